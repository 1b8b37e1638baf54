/** The actions of a hostile guest as data: generated, shrunk, printed and repeated. */

/** A number, or one that depends on the size of memory: `end` bytes before its end. */
export type Word = number | { readonly end: number };

/** Written to memory before a call, as little-endian words or as bytes. */
export interface Poke {
  readonly at: Word;
  readonly words?: readonly Word[];
  readonly bytes?: readonly number[];
}

/** `port`: the port of the guest's own listener, which only the run knows. */
export type Argument = Word | bigint | "port";

export interface Call {
  readonly call: string;
  readonly args: readonly Argument[];
  readonly pokes: readonly Poke[];
}

/** Memory grows by that many pages. */
export interface Growth {
  readonly grow: number;
}

export type Step = Call | Growth;

export type DriverName = "posix" | "simulated" | "net";

/** The subject of a run, by name. */
export interface Run {
  /** They take turns. */
  readonly drivers: readonly DriverName[];
  /** The most steps of a sequence. */
  readonly longest: number;
}

/**
 * The net driver starts a thread for each guest, which takes as long as a hundred calls: so each guest makes more
 * calls.
 */
export const RUNS: Readonly<Record<string, Run>> = {
  posix: { drivers: ["posix", "simulated"], longest: 100 },
  net: { drivers: ["net"], longest: 400 },
};

export interface Sequence {
  readonly driver: DriverName;
  /** The guest shares its memory with another of its threads. */
  readonly shared: boolean;
  /** With shared memory: the seed of that thread's writes between the host's reads; 0 for none. */
  readonly meddler: number;
  readonly steps: readonly Step[];
}

/** The first bytes of memory, for pokes and meddlers: few, so that everything overlaps. */
export const ARENA = 4096;
