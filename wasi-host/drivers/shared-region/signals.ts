/**
 * Messages of one side to the other: bits on a channel, and a queue of the channels with bits. A channel is queued at
 * most once, so the queue never overflows and no bit is lost.
 */

import type { Channel } from "./channel.ts";
import { NOTICES, NOTICES_PUT, QUEUES, REQUESTS, REQUESTS_PUT } from "./layout.ts";
import type { SharedRegion } from "./region.ts";

export class Signals {
  readonly #region: SharedRegion;
  readonly #word: number;
  readonly #put: number;
  readonly #queue: number;
  /** The number of channels that the receiver has taken, as a 32-bit number. */
  taken = 0;

  /** From the I/O end to the client end. Each side makes its own object. */
  static notices(region: SharedRegion): Signals {
    return new Signals(region, NOTICES, NOTICES_PUT, QUEUES / 4);
  }

  /** From the client end to the I/O end. */
  static requests(region: SharedRegion): Signals {
    return new Signals(region, REQUESTS, REQUESTS_PUT, QUEUES / 4 + region.capacity);
  }

  private constructor(region: SharedRegion, word: number, put: number, queue: number) {
    this.#region = region;
    this.#word = word;
    this.#put = put;
    this.#queue = queue;
  }

  /** Returns true if the other side must be woken; false if it was woken and has not looked yet. */
  raise(channel: Channel, bits: number): boolean {
    const { control, capacity, words } = this.#region;
    if (Atomics.or(words, channel.first + this.#word, bits) !== 0) return false;
    const put = control[this.#put];
    control[this.#queue + (put & (capacity - 1))] = channel.index;
    Atomics.store(control, this.#put, (put + 1) | 0);
    return true;
  }

  get pending(): boolean {
    return Atomics.load(this.#region.control, this.#put) !== this.taken;
  }

  /** The channel that has waited longest; undefined if none waits. */
  next(): Channel | undefined {
    if (!this.pending) return undefined;
    const { control, capacity } = this.#region;
    const index = control[this.#queue + (this.taken & (capacity - 1))];
    this.taken = (this.taken + 1) | 0;
    return this.#region.channel(index);
  }

  /** Takes the bits of a channel. */
  take(channel: Channel): number {
    return Atomics.exchange(this.#region.words, channel.first + this.#word, 0);
  }
}
