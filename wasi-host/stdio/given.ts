/** A guest's stdin, stdout and stderr in memory: always ready. */

import { Filetype } from "../abi/file-attributes.ts";
import { Rights } from "../abi/rights.ts";
import type { IoVector } from "../drivers/contract/io-vector.ts";
import { Descriptor } from "../kernel/descriptors.ts";

export const STDIO_RIGHTS = Rights.FD_FDSTAT_SET_FLAGS | Rights.FD_FILESTAT_GET | Rights.POLL_FD_READWRITE;

/** Bytes in memory: always ready, as a file. */
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

  override available(): number {
    return this.#bytes.length - this.#at;
  }

  close(): number {
    return 0;
  }
}

/** Takes all bytes at once: always ready. */
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

  /** One call for all buffers: a line written in parts is one line. The vector may be reused after the call. */
  override writeVector(bytes: Uint8Array, vector: IoVector): number {
    const whole = new Uint8Array(vector.length);
    vector.gather(bytes, 0, whole);
    this.#take(whole);
    return whole.length;
  }

  close(): number {
    this.#end?.();
    return 0;
  }
}
