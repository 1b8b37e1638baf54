/**
 * A pipe: a ring of pages, each filled by one write or several small ones (fs/pipe.c). What is full and who is woken
 * goes by pages, not by bytes:
 *
 *       ┌────────────┬──────┬────────────┬──────┬────────┬ ─ ─ ─
 *       │ read │ left│ left │    left    │ left │        │  free
 *       └────────────┴──────┴────────────┴──────┴────────┴ ─ ─ ─
 *             filled[0]  [1]           [2]  the last page: a write that fits into it goes there
 */
import { Errno } from "../../abi/errno.ts";
import { ERR, HUP } from "../../abi/readiness.ts";
import { ByteQueue } from "./byte-queue.ts";
import { Endpoint, READABLE, STATE_CHANGE, WRITABLE } from "./endpoint.ts";

const PAGES = 16;

/** [read end, write end] of a new pipe that holds at most `size` bytes. */
export function openPipe(size: number): [Endpoint, Endpoint] {
  const pipe = new Pipe(Math.max(1, Math.floor(size / PAGES)));
  return [new PipeReader(pipe), new PipeWriter(pipe)];
}

class Pipe {
  readonly page: number;
  reader: PipeReader | null = null;
  writer: PipeWriter | null = null;
  bytes: ByteQueue | null = null;
  /** The fill level of each used page. */
  filled: number[] = NO_PAGES;
  /** The read position in the first page. */
  read = 0;

  constructor(page: number) {
    this.page = page;
  }

  get full(): boolean {
    return this.filled.length === PAGES;
  }

  get length(): number {
    return this.bytes === null ? 0 : this.bytes.length;
  }

  put(source: Uint8Array, offset: number, length: number): number {
    if (this.bytes === null) {
      this.bytes = ByteQueue.open();
      this.filled = [];
    }
    const { filled, page } = this;
    const odd = length % page;
    let put = 0;
    if (odd > 0 && filled.length > 0 && filled[filled.length - 1] + odd <= page) {
      filled[filled.length - 1] += odd;
      put = odd;
    }
    while (put < length && !this.full) {
      const part = Math.min(page, length - put);
      filled.push(part);
      put += part;
    }
    this.bytes.push(source, offset, put);
    return put;
  }

  /** Returns whether a page became free while none was free. */
  take(length: number): boolean {
    let freed = false;
    let left = length;
    while (left > 0) {
      const part = Math.min(left, this.filled[0] - this.read);
      this.read += part;
      left -= part;
      if (this.read < this.filled[0]) break;
      freed ||= this.full;
      this.filled.shift();
      this.read = 0;
    }
    this.bytes!.drop(length);
    if (this.bytes!.length === 0) this.clear();
    return freed;
  }

  clear(): void {
    this.bytes?.release();
    this.bytes = null;
    this.filled = NO_PAGES;
    this.read = 0;
  }
}

const NO_PAGES: number[] = [];

class PipeReader extends Endpoint {
  readonly #pipe: Pipe;

  constructor(pipe: Pipe) {
    super();
    this.#pipe = pipe;
    pipe.reader = this;
  }

  level(): number {
    return (this.#pipe.length > 0 ? READABLE : 0) | (this.#pipe.writer === null ? HUP : 0);
  }

  recv(bytes: Uint8Array, offset: number, length: number, peek: boolean): number {
    const pipe = this.#pipe;
    if (peek) return -Errno.NOTSUP;
    if (length === 0) return 0;
    if (pipe.bytes === null) return pipe.writer === null ? 0 : -Errno.AGAIN;
    const count = Math.min(length, pipe.length);
    pipe.bytes.peek(bytes, offset, count);
    if (pipe.take(count)) pipe.writer?.wake(WRITABLE);
    return count;
  }

  send(): number {
    return -Errno.BADF;
  }

  available(): number {
    return this.#pipe.length;
  }

  close(): void {
    this.#pipe.reader = null;
    if (this.#pipe.writer === null) this.#pipe.clear();
    else this.#pipe.writer.wake(STATE_CHANGE);
  }
}

class PipeWriter extends Endpoint {
  readonly #pipe: Pipe;

  constructor(pipe: Pipe) {
    super();
    this.#pipe = pipe;
    pipe.writer = this;
  }

  level(): number {
    return (this.#pipe.full ? 0 : WRITABLE) | (this.#pipe.reader === null ? ERR : 0);
  }

  recv(_bytes: Uint8Array, _offset: number, _length: number, peek: boolean): number {
    return peek ? -Errno.NOTSUP : -Errno.BADF;
  }

  send(bytes: Uint8Array, offset: number, length: number): number {
    const pipe = this.#pipe;
    if (length === 0) return 0;
    if (pipe.reader === null) return -Errno.PIPE;
    const count = pipe.put(bytes, offset, length);
    pipe.reader.wake(READABLE);
    return count === 0 ? -Errno.AGAIN : count;
  }

  available(): number {
    return this.#pipe.length;
  }

  close(): void {
    this.#pipe.writer = null;
    if (this.#pipe.reader === null) this.#pipe.clear();
    else this.#pipe.reader.wake(STATE_CHANGE);
  }
}
