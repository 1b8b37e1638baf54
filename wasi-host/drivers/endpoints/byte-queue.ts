/**
 * Bytes on their way: first in, first out.
 *
 *       bytes  ┌──────────┬──────────────────┬────────────┐
 *              │ gone     │ length           │ room       │
 *              └──────────┴──────────────────┴────────────┘
 *              0        start               end
 *
 * A stream has one only while it holds something. An emptied one goes back to a small store, from which the next stream
 * that needs one takes it.
 */
const SMALLEST = 256;
/** Larger buffers, and those beyond this number, are left to the garbage collector. */
const LARGEST_KEPT = 4096;
const MAX_KEPT = 256;

const store: ByteQueue[] = [];

export class ByteQueue {
  #bytes = new Uint8Array(SMALLEST);
  #start = 0;
  #end = 0;

  static open(): ByteQueue {
    return store.pop() ?? new ByteQueue();
  }

  /** Empties it for its next use. */
  release(): void {
    this.#start = this.#end = 0;
    if (this.#bytes.length <= LARGEST_KEPT && store.length < MAX_KEPT) store.push(this);
  }

  get length(): number {
    return this.#end - this.#start;
  }

  push(source: Uint8Array, offset: number, length: number): void {
    if (this.#end + length > this.#bytes.length) this.#makeRoom(length);
    this.#bytes.set(source.subarray(offset, offset + length), this.#end);
    this.#end += length;
  }

  #makeRoom(length: number): void {
    const held = this.length;
    let size = this.#bytes.length;
    while (size < (held + length) * 2) size *= 2;
    const bytes = size === this.#bytes.length ? this.#bytes : new Uint8Array(size);
    bytes.set(this.#bytes.subarray(this.#start, this.#end));
    this.#bytes = bytes;
    this.#start = 0;
    this.#end = held;
  }

  /** Copies the first `length` bytes, which stay. */
  peek(target: Uint8Array, offset: number, length: number): void {
    target.set(this.#bytes.subarray(this.#start, this.#start + length), offset);
  }

  /** Moves the first `length` bytes to the end of `other`. */
  moveTo(other: ByteQueue, length: number): void {
    other.push(this.#bytes, this.#start, length);
    this.drop(length);
  }

  /** Removes the first `length` bytes. */
  drop(length: number): void {
    this.#start += length;
    if (this.#start === this.#end) this.#start = this.#end = 0;
  }

  /** Removes all but the first `length` bytes. */
  truncate(length: number): void {
    this.#end = this.#start + length;
  }
}
