/** A guest's stdin, stdout and stderr in memory: always ready. */
import { Descriptor, Filetype } from "../descriptors.ts";
import { Rights } from "../rights.ts";

export const STDIO_RIGHTS = Rights.FD_FDSTAT_SET_FLAGS | Rights.FD_FILESTAT_GET | Rights.POLL_FD_READWRITE;

/** Bytes that are all there: as a file is, always ready. */
export class BytesInput extends Descriptor {
  readonly kind = "stdio";
  readonly filetype = Filetype.UNKNOWN;
  readonly rights = STDIO_RIGHTS | Rights.FD_READ;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    super();
    this.#bytes = bytes;
  }

  override read(bytes: Uint8Array, offset: number, length: number): number {
    const part = this.#bytes.subarray(this.#at, this.#at + length);
    bytes.set(part, offset);
    this.#at += part.length;
    return part.length;
  }

  close(): number {
    return 0;
  }
}

/** Takes everything at once: always ready. */
export class CallbackOutput extends Descriptor {
  readonly kind = "stdio";
  readonly filetype = Filetype.UNKNOWN;
  readonly rights = STDIO_RIGHTS | Rights.FD_WRITE;
  readonly #take: (bytes: Uint8Array) => void;
  readonly #end: (() => void) | undefined;

  constructor(take: (bytes: Uint8Array) => void, end?: () => void) {
    super();
    this.#take = take;
    this.#end = end;
  }

  override write(bytes: Uint8Array, offset: number, length: number): number {
    this.#take(bytes.slice(offset, offset + length));
    return length;
  }

  close(): number {
    this.#end?.();
    return 0;
  }
}
