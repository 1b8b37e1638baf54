/** wasi:filesystem/types' descriptor: an open file or directory of the base, which its streams may outlive. */
import { Filetype } from "../../../abi/file-attributes.ts";
import type { Files } from "./files.ts";

/** descriptor-flags. */
export const READ = 1;
export const WRITE = 2;
export const FILE_INTEGRITY_SYNC = 4;
export const DATA_INTEGRITY_SYNC = 8;
export const REQUESTED_WRITE_SYNC = 16;
export const MUTATE_DIRECTORY = 32;

/** descriptor-type by preview1's filetype: both kinds of sockets are one, and preview1 has no FIFO. */
const TYPES: Readonly<Record<number, number>> = {
  [Filetype.UNKNOWN]: 0,
  [Filetype.BLOCK_DEVICE]: 1,
  [Filetype.CHARACTER_DEVICE]: 2,
  [Filetype.DIRECTORY]: 3,
  [Filetype.SYMBOLIC_LINK]: 5,
  [Filetype.REGULAR_FILE]: 6,
  [Filetype.SOCKET_DGRAM]: 7,
  [Filetype.SOCKET_STREAM]: 7,
};

export function typeOf(filetype: number): number {
  return TYPES[filetype] ?? 0;
}

export class FileDescriptor {
  /** The base's own number. */
  readonly number: number;
  /** descriptor-flags of its opening. */
  readonly flags: number;
  readonly #files: Files;
  /** The resource and its streams: the last one closes the file. */
  #users = 1;

  constructor(files: Files, number: number, flags: number) {
    this.#files = files;
    this.number = number;
    this.flags = flags;
  }

  keep(): void {
    this.#users++;
  }

  drop(): void {
    if (--this.#users === 0) this.#files.close(this.number);
  }
}
