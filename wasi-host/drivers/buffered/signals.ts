/**
 * What one side tells the other: bits on a line, and a queue of the lines that have some. A line is in the queue once,
 * however often there is news of it: the queue never overflows, and nothing is lost.
 */
import type { Block } from "./block.ts";
import { NOTICES, NOTICES_PUT, QUEUES, REQUESTS, REQUESTS_PUT } from "./layout.ts";
import type { Line } from "./line.ts";

export class Signals {
  readonly #block: Block;
  readonly #word: number;
  readonly #put: number;
  readonly #queue: number;
  /** How many lines the hearing side has taken, as a 32-bit number. */
  taken = 0;

  /** From the back to the front. Each side makes its own. */
  static notices(block: Block): Signals {
    return new Signals(block, NOTICES, NOTICES_PUT, QUEUES / 4);
  }

  /** From the front to the back. */
  static requests(block: Block): Signals {
    return new Signals(block, REQUESTS, REQUESTS_PUT, QUEUES / 4 + block.most);
  }

  private constructor(block: Block, word: number, put: number, queue: number) {
    this.#block = block;
    this.#word = word;
    this.#put = put;
    this.#queue = queue;
  }

  /** True where the other side has to be told that there is something: else it has been, and has not looked yet. */
  raise(line: Line, bits: number): boolean {
    if (Atomics.or(line.words, this.#word, bits) !== 0) return false;
    const { control, most } = this.#block;
    const put = control[this.#put];
    control[this.#queue + (put & (most - 1))] = line.index;
    Atomics.store(control, this.#put, (put + 1) | 0);
    return true;
  }

  get pending(): boolean {
    return Atomics.load(this.#block.control, this.#put) !== this.taken;
  }

  /** The line that has waited longest; undefined: none waits. */
  next(): Line | undefined {
    if (!this.pending) return undefined;
    const { control, most } = this.#block;
    const index = control[this.#queue + (this.taken & (most - 1))];
    this.taken = (this.taken + 1) | 0;
    return this.#block.line(index);
  }

  /** What there is of news of it. */
  take(line: Line): number {
    return Atomics.exchange(line.words, this.#word, 0);
  }
}
