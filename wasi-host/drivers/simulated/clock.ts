/**
 * Virtual time and its scheduled events. It advances only when a caller sleeps or finds nothing ready, and then it
 * jumps.
 *
 * Events of the same moment happen in the order of their scheduling. So a run depends only on the program and the seed.
 */

/** An event, which happens once. It is its own entry in the heap, so scheduling allocates nothing. */
export abstract class Scheduled {
  time = 0;
  order = 0;
  /** Its index in the heap; -1 if it is in none. */
  place = -1;
  abstract happen(): void;
}

/** Monotonic clocks count from the start of the machine: never 0. */
const START = 1_000_000_000;

export class VirtualClock {
  /** Whole nanoseconds; exact for 104 days. */
  now = START;
  /** A binary heap: the earliest is first. */
  readonly #heap: Scheduled[] = [];
  #order = 0;

  /** The time of the next event; Infinity if there is none. */
  get next(): number {
    return this.#heap.length === 0 ? Infinity : this.#heap[0].time;
  }

  schedule(entry: Scheduled, time: number): void {
    entry.time = time;
    entry.order = this.#order++;
    this.#heap.push(entry);
    this.#rise(entry, this.#heap.length - 1);
  }

  cancel(entry: Scheduled): void {
    if (entry.place < 0) return;
    const last = this.#heap.pop()!;
    if (last !== entry) {
      this.#rise(last, entry.place);
      this.#sink(last, last.place);
    }
    entry.place = -1;
  }

  /** Advances to `time`. Each due event happens at its own moment. */
  advance(time: number): void {
    while (this.next <= time) {
      const entry = this.#heap[0];
      this.cancel(entry);
      if (entry.time > this.now) this.now = entry.time;
      entry.happen();
    }
    if (time > this.now) this.now = time;
  }

  #rise(entry: Scheduled, from: number): void {
    let place = from;
    for (let above = (place - 1) >> 1; place > 0 && before(entry, this.#heap[above]); above = (place - 1) >> 1) {
      this.#put(this.#heap[above], place);
      place = above;
    }
    this.#put(entry, place);
  }

  #sink(entry: Scheduled, from: number): void {
    const heap = this.#heap;
    let place = from;
    for (let below = 2 * place + 1; below < heap.length; below = 2 * place + 1) {
      if (below + 1 < heap.length && before(heap[below + 1], heap[below])) below++;
      if (!before(heap[below], entry)) break;
      this.#put(heap[below], place);
      place = below;
    }
    this.#put(entry, place);
  }

  #put(entry: Scheduled, place: number): void {
    this.#heap[place] = entry;
    entry.place = place;
  }
}

function before(one: Scheduled, other: Scheduled): boolean {
  return one.time < other.time || (one.time === other.time && one.order < other.order);
}
