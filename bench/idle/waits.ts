/** Times waits: two descriptors become readable, a wait finds them, the program reads both until they are empty. */
import { BenchmarkError } from "../benchmark.ts";
import { spread } from "../statistics.ts";
import type { Crowd } from "./crowd.ts";

/**
 * Which two are active. `same`: these two every time, as in a server with two busy clients; what they need is in the
 * processor's caches. `any`: drawn anew for each wait, so that a large crowd's are in memory alone, and far from each other.
 */
export const ACTIVITIES = ["same", "any"] as const;
export type Activity = (typeof ACTIVITIES)[number];

/** Nanoseconds, medians: of the wait, and of the wait with the reads. */
export interface Cost {
  wait: number;
  withReads: number;
  samples: number;
}

/** The clock's own cost is taken off: what it shows between two looks at it with nothing between. */
export function clockCost(): number {
  const samples: number[] = [];
  for (let sample = 0; sample < 20_000; sample++) samples.push(-performance.now() + performance.now());
  return spread(samples).median * 1e6;
}

export class Waits {
  readonly #crowd: Crowd;
  readonly #size: number;
  readonly #activity: Activity;
  readonly #found = new Int32Array(256);
  readonly #waits: number[] = [];
  readonly #withReads: number[] = [];
  #random = 0x2545_f491;

  constructor(crowd: Crowd, size: number, activity: Activity) {
    this.#crowd = crowd;
    this.#size = size;
    this.#activity = activity;
  }

  /** Two waits at least; then as many as fit into these milliseconds, and not more than `most`. */
  run(milliseconds: number, most: number): void {
    const end = performance.now() + milliseconds;
    for (let count = 0; count < 2 || (count < most && performance.now() < end); count++) this.#once();
  }

  #once(): void {
    const crowd = this.#crowd;
    const found = this.#found;
    const first = this.#activity === "same" ? 0 : this.#draw();
    let second = this.#activity === "same" ? this.#size >> 1 : this.#draw();
    if (second === first) second = first === 0 ? 1 : first - 1;
    crowd.arrive(first);
    crowd.arrive(second);
    const start = performance.now();
    const count = crowd.wait(found);
    const waited = performance.now();
    for (let index = 0; index < count; index++) crowd.drain(found[index]);
    const read = performance.now();
    this.#waits.push(waited - start);
    this.#withReads.push(read - start);
    if (count !== 2 || found[0] + found[1] !== first + second || found[0] - first !== second - found[1])
      throw new BenchmarkError(`a wait found ${found.subarray(0, count)} of ${first},${second}`);
  }

  /** Xorshift: the same sequence in every run, and for every subject. */
  #draw(): number {
    this.#random ^= this.#random << 13;
    this.#random ^= this.#random >>> 17;
    this.#random ^= this.#random << 5;
    return (this.#random >>> 0) % this.#size;
  }

  /** The measurements so far were the warm-up. */
  forget(): void {
    this.#waits.length = this.#withReads.length = 0;
  }

  cost(clock: number): Cost {
    const nanoseconds = (milliseconds: number[]) => spread(milliseconds).median * 1e6 - clock;
    return {
      wait: nanoseconds(this.#waits),
      withReads: nanoseconds(this.#withReads) - clock,
      samples: this.#waits.length,
    };
  }
}
