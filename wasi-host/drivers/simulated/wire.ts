/** The network between the two ends of a TCP connection: its latency, and the buffers of each end. */
import type { Scheduled, VirtualClock } from "./clock.ts";
import type { Random } from "./random.ts";

export class Wire {
  readonly clock: VirtualClock;
  /** Bytes in each send buffer, and in each receive buffer. */
  readonly size: number;
  readonly #random: Random;
  readonly #least: number;
  readonly #most: number;

  /** `latency`: nanoseconds one way, or a minimum and a maximum, between which each segment has a random latency. */
  constructor(clock: VirtualClock, random: Random, size: number, latency: number | readonly [number, number]) {
    this.clock = clock;
    this.size = size;
    this.#random = random;
    [this.#least, this.#most] = typeof latency === "number" ? [latency, latency] : latency;
  }

  /** Sends `segment`; it arrives no earlier than at `earliest`. Returns the time of its arrival. */
  carry(segment: Scheduled, earliest: number): number {
    const { clock } = this;
    const time = Math.max(earliest, clock.now + this.#random.between(this.#least, this.#most));
    // Nothing can be under way before it: without latency, an effect happens within the call that causes it.
    if (time <= clock.now && this.#most === 0) segment.happen();
    else clock.schedule(segment, time);
    return time;
  }
}
