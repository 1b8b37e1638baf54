/** Timers in a binary heap, as libuv keeps them (deps/uv/src/heap-inl.h, timer.c): by deadline, then by the order of setting. */

export interface HeapTimer {
  readonly deadline: number;
  readonly order: number;
  readonly callback: () => void;
  /** Its index in the heap; -1 when it is in none. */
  place: number;
}

export class TimerHeap {
  readonly #heap: HeapTimer[] = [];
  #order = 0;

  set(deadline: number, callback: () => void): HeapTimer {
    const timer = { deadline, order: this.#order++, callback, place: this.#heap.length };
    this.#heap.push(timer);
    this.#rise(timer, timer.place);
    return timer;
  }

  cancel(timer: HeapTimer): void {
    const { place } = timer;
    if (place < 0) return;
    timer.place = -1;
    const last = this.#heap.pop()!;
    if (last === timer) return;
    this.#rise(last, place);
    this.#sink(last, last.place);
  }

  /** Fires what is due at `now`. */
  fire(now: number): void {
    for (let [first] = this.#heap; first !== undefined && first.deadline <= now; first = this.#heap[0]) {
      this.cancel(first);
      first.callback();
    }
  }

  #rise(timer: HeapTimer, from: number): void {
    let place = from;
    for (let above = (place - 1) >> 1; place > 0 && before(timer, this.#heap[above]); above = (place - 1) >> 1) {
      this.#put(this.#heap[above], place);
      place = above;
    }
    this.#put(timer, place);
  }

  #sink(timer: HeapTimer, from: number): void {
    const heap = this.#heap;
    let place = from;
    for (let below = 2 * place + 1; below < heap.length; below = 2 * place + 1) {
      if (below + 1 < heap.length && before(heap[below + 1], heap[below])) below++;
      if (!before(heap[below], timer)) break;
      this.#put(heap[below], place);
      place = below;
    }
    this.#put(timer, place);
  }

  #put(timer: HeapTimer, place: number): void {
    this.#heap[place] = timer;
    timer.place = place;
  }
}

function before(one: HeapTimer, other: HeapTimer): boolean {
  return one.deadline < other.deadline || (one.deadline === other.deadline && one.order < other.order);
}
