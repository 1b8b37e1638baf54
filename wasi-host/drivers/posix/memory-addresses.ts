/**
 * Native addresses of byte arrays for the C library. Asked once for each memory, and again after it has grown into
 * another buffer.
 */
import { addressOf } from "./libc.ts";

/** It remembers two: a guest's memory, and a buffer for its bytes. */
export class MemoryAddresses {
  #bytes: Uint8Array = new Uint8Array(0);
  #base = 0;
  #otherBytes: Uint8Array = new Uint8Array(0);
  #otherBase = 0;

  /** The address of the first byte. */
  of(bytes: Uint8Array): number {
    if (bytes === this.#bytes) return this.#base;
    const base = bytes === this.#otherBytes ? this.#otherBase : addressOf(bytes);
    this.#otherBytes = this.#bytes;
    this.#otherBase = this.#base;
    this.#bytes = bytes;
    this.#base = base;
    return base;
  }
}
