/** Bytes that wait to be sent. */
import type { Wait } from "./wait.ts";

/** Small writes share blocks of this size. */
const BLOCK = 4096;

/** A part of the queue: bytes from `start` to `end`. */
export interface Segment {
  bytes: Uint8Array;
  start: number;
  end: number;
  /** Whether the queue owns the bytes, and may append to them. */
  owned: boolean;
  /** The write that waits for these bytes, which belong to its caller. */
  wait: Wait<void> | undefined;
}

/** First in, first out. Copies bytes that its callers may reuse. */
export class SendQueue {
  /** Number of bytes. */
  length = 0;
  readonly #segments: Segment[] = [];

  /** The oldest segment; undefined if nothing waits. */
  get head(): Segment | undefined {
    return this.#segments[0];
  }

  /** Appends a copy. */
  push(bytes: Uint8Array): void {
    this.length += bytes.length;
    const last = this.#segments.at(-1);
    if (last?.owned && last.bytes.length - last.end >= bytes.length) {
      last.bytes.set(bytes, last.end);
      last.end += bytes.length;
      return;
    }
    const block = new Uint8Array(Math.max(BLOCK, bytes.length));
    block.set(bytes);
    this.#segments.push({ bytes: block, start: 0, end: bytes.length, owned: true, wait: undefined });
  }

  /** Appends bytes that their caller does not change until `wait` is settled. */
  pushFor(wait: Wait<void>, bytes: Uint8Array): void {
    this.length += bytes.length;
    this.#segments.push({ bytes, start: 0, end: bytes.length, owned: false, wait });
  }

  /** Removes sent bytes from the oldest segment. Returns the write that they complete. */
  shift(count: number): Wait<void> | undefined {
    const [head] = this.#segments;
    this.length -= count;
    head.start += count;
    if (head.start < head.end) return undefined;
    this.#segments.shift();
    return head.wait;
  }

  /** Cancels a waiting write: removes its unsent segments, and copies the rest of a partly sent one. */
  cancel(wait: Wait<void>): void {
    const index = this.#segments.findIndex((segment) => segment.wait === wait);
    if (index < 0) return;
    const segment = this.#segments[index];
    if (segment.start === 0) {
      this.length -= segment.end;
      this.#segments.splice(index, 1);
      return;
    }
    segment.bytes = segment.bytes.slice(segment.start, segment.end);
    segment.end -= segment.start;
    segment.start = 0;
    segment.wait = undefined;
  }

  /** Removes everything. Returns the writes that were waiting. */
  clear(): Wait<void>[] {
    this.length = 0;
    return this.#segments.splice(0).flatMap(({ wait }) => wait ?? []);
  }
}
