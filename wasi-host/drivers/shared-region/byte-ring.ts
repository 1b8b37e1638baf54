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
 *
 * A write into an empty ring begins at byte 0: the writer sets `start`, the distance from positions to bytes, before it moves
 * `written`. The reader of an empty ring does not use it. So short messages always use the same few cache lines, long ones
 * are in one piece, and their bytes are aligned, without which V8 copies shared memory byte by byte.
 */
export interface RingMemory {
  readonly words: Int32Array;
  /** May be replaced by a longer view of the same memory. */
  readonly bytes: Uint8Array;
}

/** The words of a ring in its memory. */
export interface RingWords {
  readonly written: number;
  readonly read: number;
  readonly start: number;
}

export class ByteRing {
  readonly #memory: RingMemory;
  readonly #written: number;
  readonly #read: number;
  readonly #start: number;
  /** The place of byte 0. */
  readonly #at: number;
  readonly size: number;

  /** `first`: added to the numbers of `words`. `at`, `size`: the bytes. */
  constructor(memory: RingMemory, words: RingWords, first: number, at: number, size: number) {
    this.#memory = memory;
    this.#written = first + words.written;
    this.#read = first + words.read;
    this.#start = first + words.start;
    this.#at = at;
    this.size = size;
  }

  /** Unread bytes: for the reader, to whom more may come meanwhile. */
  get length(): number {
    const { words } = this.#memory;
    return this.#between(words[this.#read], Atomics.load(words, this.#written));
  }

  /** Unread bytes: for the writer, from whom some may be taken meanwhile. */
  get used(): number {
    const { words } = this.#memory;
    return this.#between(Atomics.load(words, this.#read), words[this.#written]);
  }

  #between(read: number, written: number): number {
    const used = written - read;
    return used < 0 ? used + 2 * this.size : used;
  }

  /** For the writer. */
  get room(): number {
    return this.size - this.used;
  }

  /** For the writer: appends as many of `length` bytes as fit. Returns their number. */
  push(source: Uint8Array, offset: number, length: number): number {
    const used = this.used;
    const count = Math.min(length, this.size - used);
    if (count === 0) return 0;
    const position = this.#memory.words[this.#written];
    if (used === 0) this.#restart(position);
    this.#write(position, source, offset, count);
    this.#move(this.#written, position, count);
    return count;
  }

  /** For the writer: appends both parts, or nothing: then false. */
  pushBoth(first: Uint8Array, source: Uint8Array, offset: number, length: number): boolean {
    const used = this.used;
    if (first.length + length > this.size - used) return false;
    const position = this.#memory.words[this.#written];
    if (used === 0) this.#restart(position);
    this.#write(position, first, 0, first.length);
    this.#write(position + first.length, source, offset, length);
    this.#move(this.#written, position, first.length + length);
    return true;
  }

  /** From now on this position is byte 0. */
  #restart(position: number): void {
    const { size } = this;
    Atomics.store(this.#memory.words, this.#start, (2 * size - position) % size);
  }

  /** The byte of a position: from 0 to the size. */
  #byteOf(position: number): number {
    return (position + this.#memory.words[this.#start]) % this.size;
  }

  #write(position: number, source: Uint8Array, offset: number, count: number): void {
    const { bytes } = this.#memory;
    const at = this.#byteOf(position);
    const first = Math.min(count, this.size - at);
    const whole = offset === 0 && first === source.length;
    bytes.set(whole ? source : source.subarray(offset, offset + first), this.#at + at);
    if (first < count) bytes.set(source.subarray(offset + first, offset + count), this.#at);
  }

  /** For the reader: copies up to `length` bytes after the first `skip`; all bytes stay. Returns their number. */
  peek(target: Uint8Array, offset: number, length: number, skip = 0): number {
    const count = Math.min(length, this.length - skip);
    if (count <= 0) return 0;
    const { words, bytes } = this.#memory;
    const at = this.#byteOf(words[this.#read] + skip);
    const first = Math.min(count, this.size - at);
    target.set(bytes.subarray(this.#at + at, this.#at + at + first), offset);
    if (first < count) target.set(bytes.subarray(this.#at, this.#at + count - first), offset + first);
    return count;
  }

  /** For the reader: the oldest contiguous bytes, in place. They are valid until they are dropped. */
  oldest(): Uint8Array {
    const { length } = this;
    const { words, bytes } = this.#memory;
    const at = this.#byteOf(words[this.#read]);
    return bytes.subarray(this.#at + at, this.#at + Math.min(at + length, this.size));
  }

  /** For the reader: removes the first `count` bytes. */
  drop(count: number): void {
    this.#move(this.#read, this.#memory.words[this.#read], count);
  }

  #move(word: number, position: number, count: number): void {
    const next = position + count;
    Atomics.store(this.#memory.words, word, next >= 2 * this.size ? next - 2 * this.size : next);
  }
}
