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

  /** `latency`: nanoseconds one way, or a minimum and a maximum, of which each segment draws its own. */
  constructor(clock: VirtualClock, random: Random, size: number, latency: number | readonly [number, number]) {
    this.clock = clock;
    this.size = size;
    this.#random = random;
    [this.#least, this.#most] = typeof latency === "number" ? [latency, latency] : latency;
  }

  /** Sends `segment` off; it arrives no earlier than at `earliest`. Returns when it does, or did. */
  carry(segment: Scheduled, earliest: number): number {
    const { clock } = this;
    const time = Math.max(earliest, clock.now + this.#random.between(this.#least, this.#most));
    // Nothing can be under way before it: in a network without latency things happen within the call that causes them.
    if (time <= clock.now && this.#most === 0) segment.happen();
    else clock.schedule(segment, time);
    return time;
  }
}
