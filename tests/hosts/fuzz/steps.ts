/** What a hostile guest does, as data: it can be generated, shrunk, printed and played again. */

/** A number, or one that depends on how large memory is by then: `end` bytes before its end. */
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

/** Memory grows by so many pages. */
export interface Growth {
  readonly grow: number;
}

export type Step = Call | Growth;

export type DriverName = "posix" | "simulated" | "net";

/** What a run is over, by its name. */
export interface Run {
  /** They take turns. */
  readonly drivers: readonly DriverName[];
  /** Steps of a sequence, at the most. */
  readonly longest: number;
}

/** The net driver starts a thread for each guest, in which time a hundred calls are made: so each guest makes more of them. */
export const RUNS: Readonly<Record<string, Run>> = {
  posix: { drivers: ["posix", "simulated"], longest: 100 },
  net: { drivers: ["net"], longest: 400 },
};

export interface Sequence {
  readonly driver: DriverName;
  /** The guest's memory is shared with another thread of its. */
  readonly shared: boolean;
  /** With shared memory: that thread writes between the host's reads, by this seed; 0 for never. */
  readonly meddler: number;
  readonly steps: readonly Step[];
}

/** The first bytes of memory, where pokes go and where meddlers write: small, so that everything overlaps. */
export const ARENA = 4096;
