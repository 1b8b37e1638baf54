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

/** What a run goes over, by its name. The simulated network, which is the fastest, takes turns with the kernel's sockets. */
export const RUNS: Readonly<Record<string, readonly DriverName[]>> = {
  posix: ["posix", "simulated"],
  net: ["net"],
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
