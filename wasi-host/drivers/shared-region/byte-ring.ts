/**
 * Bytes from one thread to another: a ring with one writer and one reader, who never wait for each other.
 *
 *       bytes  ┌──────────┬──────────────────┬────────────┐
 *              │ free     │ unread           │ free       │
 *              └──────────┴──────────────────┴────────────┘
 *              0         read              written      size
 *
 * Positions run over twice the size, so that a full ring and an empty one are told apart. Each is moved by one side, after
 * it is done with the bytes.
 */
export class ByteRing {
  readonly #words: Int32Array;
  readonly #written: number;
  readonly #read: number;
  readonly #bytes: Uint8Array;
  readonly size: number;

  /** `written`, `read`: the words of the positions. */
  constructor(words: Int32Array, written: number, read: number, bytes: Uint8Array) {
    this.#words = words;
    this.#written = written;
    this.#read = read;
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  /** Unread bytes. */
  get length(): number {
    const used = Atomics.load(this.#words, this.#written) - Atomics.load(this.#words, this.#read);
    return used < 0 ? used + 2 * this.size : used;
  }

  get room(): number {
    return this.size - this.length;
  }

  /** For the writer: appends as many of `length` bytes as fit. Returns their number. */
  push(source: Uint8Array, offset: number, length: number): number {
    const count = Math.min(length, this.room);
    if (count === 0) return 0;
    const position = this.#words[this.#written];
    this.#write(position, source, offset, count);
    this.#move(this.#written, position, count);
    return count;
  }

  /** For the writer: appends both parts, or nothing: then false. */
  pushBoth(first: Uint8Array, source: Uint8Array, offset: number, length: number): boolean {
    if (first.length + length > this.room) return false;
    const position = this.#words[this.#written];
    this.#write(position, first, 0, first.length);
    this.#write((position + first.length) % (2 * this.size), source, offset, length);
    this.#move(this.#written, position, first.length + length);
    return true;
  }

  #write(position: number, source: Uint8Array, offset: number, count: number): void {
    const at = position % this.size;
    const first = Math.min(count, this.size - at);
    this.#bytes.set(source.subarray(offset, offset + first), at);
    if (first < count) this.#bytes.set(source.subarray(offset + first, offset + count), 0);
  }

  /** For the reader: copies up to `length` bytes after the first `skip`; all bytes stay. Returns their number. */
  peek(target: Uint8Array, offset: number, length: number, skip = 0): number {
    const count = Math.min(length, this.length - skip);
    if (count <= 0) return 0;
    const at = (this.#words[this.#read] + skip) % this.size;
    const first = Math.min(count, this.size - at);
    target.set(this.#bytes.subarray(at, at + first), offset);
    if (first < count) target.set(this.#bytes.subarray(0, count - first), offset + first);
    return count;
  }

  /** For the reader: the oldest contiguous bytes, in place. They are valid until they are dropped. */
  oldest(): Uint8Array {
    const at = this.#words[this.#read] % this.size;
    return this.#bytes.subarray(at, Math.min(at + this.length, this.size));
  }

  /** For the reader: removes the first `count` bytes. */
  drop(count: number): void {
    this.#move(this.#read, this.#words[this.#read], count);
  }

  #move(word: number, position: number, count: number): void {
    const next = position + count;
    Atomics.store(this.#words, word, next >= 2 * this.size ? next - 2 * this.size : next);
  }
}
