/**
 * Timers in a binary heap: to set, cancel or fire one of n takes O(log n) steps.
 *
 *              0              an entry is due before the two below it: at 2i + 1 and 2i + 2
 *          1       2          a timer knows its index, so that it can be taken out wherever it is
 *        3   4   5   6
 */

/** What a loop calls. A subclass keeps in its fields what it needs. */
export abstract class Callback {
  /** Called by the loop. */
  abstract call(): void;
}

/** No index: the timer is in no heap. */
const NONE: i32 = -1;

/** A call that a loop makes at its time: from `callLater`, `callAt` and `callEvery`. */
export class Timer {
  /** Nanoseconds of the system's clock. */
  deadline: i64;
  /** Nanoseconds; 0 for a timer that fires once. */
  interval: i64;
  callback: Callback;
  /** Timers of the same time fire in the order in which they were set. */
  order: u64 = 0;
  index: i32 = NONE;
  private heap: TimerHeap;
  private isCancelled: bool = false;

  /** @internal */
  constructor(heap: TimerHeap, deadline: i64, interval: i64, callback: Callback) {
    this.heap = heap;
    this.deadline = deadline;
    this.interval = interval;
    this.callback = callback;
  }

  /** Will it fire? False in the callback of a timer that fires once. */
  get isActive(): bool {
    return this.index != NONE;
  }

  /** Ends the timer; in its own callback it ends the repetition. Can be repeated. */
  cancel(): void {
    this.isCancelled = true;
    if (this.index != NONE) this.heap.remove(this);
  }

  /** After a call of a repeating timer: sets it to the next multiple of its interval after `now`. @internal */
  repeat(now: i64): void {
    if (this.interval == 0 || this.isCancelled) return;
    const missed = max(0, (now - this.deadline) / this.interval);
    this.deadline += (missed + 1) * this.interval;
    this.heap.add(this);
  }
}

/** The timers of a loop. */
export class TimerHeap {
  private timers: Timer[] = [];
  private orders: u64 = 0;

  get size(): i32 {
    return this.timers.length;
  }

  /** The order of the timer that was set last: those above it are for a later turn. */
  get lastOrder(): u64 {
    return this.orders;
  }

  /** The earliest deadline. Only where there are timers. */
  get next(): i64 {
    return this.timers[0].deadline;
  }

  add(timer: Timer): void {
    timer.order = ++this.orders;
    timer.index = this.timers.push(timer) - 1;
    this.rise(timer);
  }

  remove(timer: Timer): void {
    const index = timer.index;
    const last = this.timers.pop();
    timer.index = NONE;
    if (last === timer) return;
    this.put(last, index);
    this.rise(last);
    this.sink(last);
  }

  /** Takes out the earliest timer that is due at `now` and was set no later than `order`; null if there is none. */
  takeDue(now: i64, order: u64): Timer | null {
    if (this.timers.length == 0) return null;
    const first = this.timers[0];
    if (first.deadline > now || first.order > order) return null;
    this.remove(first);
    return first;
  }

  private put(timer: Timer, index: i32): void {
    this.timers[index] = timer;
    timer.index = index;
  }

  private rise(timer: Timer): void {
    while (timer.index > 0) {
      const index = timer.index;
      const above = this.timers[(index - 1) >> 1];
      if (!isEarlier(timer, above)) return;
      this.put(timer, above.index);
      this.put(above, index);
    }
  }

  private sink(timer: Timer): void {
    while (true) {
      const index = timer.index;
      let below = 2 * index + 1;
      if (below >= this.timers.length) return;
      if (below + 1 < this.timers.length && isEarlier(this.timers[below + 1], this.timers[below])) below++;
      const other = this.timers[below];
      if (!isEarlier(other, timer)) return;
      this.put(timer, below);
      this.put(other, index);
    }
  }
}

function isEarlier(one: Timer, other: Timer): bool {
  return one.deadline < other.deadline || (one.deadline == other.deadline && one.order < other.order);
}
