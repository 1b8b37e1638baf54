/**
 * A base: the part of preview1 that is about files and directories, by somebody else's hand or ours.
 *
 * Its functions are preview1's own, with their signatures, over the guest's memory, but over descriptor numbers of
 * its own: the host keeps the guest's numbers and translates (`preview1/files.ts`).
 */
import type { Imports } from "../imports.ts";

export interface Base {
  readonly name: string;
  /** fd_*, path_* functions; a name that is missing is ENOSYS. */
  readonly imports: Imports;
  /** The base's own descriptor numbers of the granted directories, in the order in which they were granted. */
  readonly preopens: readonly number[];
  /** The guest's memory, once the instance exists. */
  attach(memory: WebAssembly.Memory): void;
  /** Closes what is still open. */
  dispose(): void;
}
