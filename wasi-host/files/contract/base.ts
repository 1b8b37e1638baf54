/**
 * A base implements preview1's calls for files and directories.
 *
 * Its functions have preview1's names and signatures and use the guest's memory, but their own descriptor numbers: the
 * host keeps the guest's numbers and translates (`bindings/preview1/files.ts`).
 */
import type { Imports } from "../../abi/imports.ts";

/** A granted directory. */
export interface GrantedDirectory {
  readonly path: string;
  /** Whether the directory is read-only: every change is EROFS. Default: false. */
  readonly readOnly?: boolean;
}

/** A file-system implementation of a host. */
export interface Base {
  readonly name: string;
  /** fd_* and path_* functions. A missing one is ENOSYS. */
  readonly imports: Imports;
  /** The base's descriptors of the granted directories, in the order of granting. */
  readonly preopens: readonly number[];
  /** Its descriptors of read-only directories; undefined if there are none. */
  readonly readOnly?: ReadonlySet<number>;
  /** The guest's memory, once the instance exists. */
  attach(memory: WebAssembly.Memory): void;
  /** Closes everything that is open. */
  dispose(): void;
}
