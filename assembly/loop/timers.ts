/// <reference path="./collector.d.ts" />
/**
 * Timers in a binary heap: setting, cancelling or firing one of n takes O(log n) steps.
 *
 *              0              an entry is due before the two below it: at 2i + 1 and 2i + 2
 *          1       2          a timer knows its index, so that it can be taken out wherever it is
 *        3   4   5   6
 *
 * The heap has the timers' addresses in a block that the collector does not know, and pins them. In a managed array each change would
 * make the collector look through all of it again.
 */

/** What a loop calls. A subclass keeps its state in its fields. */
export abstract class Callback {
  /** Called by the loop. */
  abstract call(): void;
}

/** No index: the timer is in no heap. */
const NONE: i32 = -1;

/** A timed call of a loop: from `callLater`, `callAt` and `callEvery`. */
export class Timer {
  /** Nanoseconds of the system's clock. */
  deadline: i64;
  /** Nanoseconds; 0 for a timer that fires once. */
  interval: i64;
  callback: Callback;
  /** Timers of the same time fire in the order they were set. */
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

  /** Whether it will fire. False in the callback of a timer that fires once. */
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

/** `usize` in bytes, as a shift. */
const ADDRESS: usize = alignof<usize>();
const LEAST: i32 = 16;

/** The timers of a loop. */
export class TimerHeap {
  private block: usize = 0;
  private capacity: i32 = 0;
  private count: i32 = 0;
  private orders: u64 = 0;

  get size(): i32 {
    return this.count;
  }

  /** The order of the newest timer: later ones wait for a later turn. */
  get lastOrder(): u64 {
    return this.orders;
  }

  /** The earliest deadline. Only if there are timers. */
  get next(): i64 {
    return this.at(0).deadline;
  }

  add(timer: Timer): void {
    if (this.count == this.capacity) this.grow();
    __pin(changetype<usize>(timer));
    timer.order = ++this.orders;
    this.rise(timer, this.count++);
  }

  remove(timer: Timer): void {
    const index = timer.index;
    const last = this.at(--this.count);
    if (last !== timer) {
      this.rise(last, index);
      this.sink(last, last.index);
    }
    timer.index = NONE;
    __unpin(changetype<usize>(timer));
  }

  /** Removes the earliest timer that is due at `now` and was set no later than `order`; null if there is none. */
  takeDue(now: i64, order: u64): Timer | null {
    if (this.count == 0) return null;
    const first = this.at(0);
    if (first.deadline > now || first.order > order) return null;
    this.remove(first);
    return first;
  }

  private at(index: i32): Timer {
    return changetype<Timer>(load<usize>(this.block + ((<usize>index) << ADDRESS)));
  }

  private put(timer: Timer, index: i32): void {
    store<usize>(this.block + ((<usize>index) << ADDRESS), changetype<usize>(timer));
    timer.index = index;
  }

  private grow(): void {
    this.capacity = max(2 * this.capacity, LEAST);
    const size = (<usize>this.capacity) << ADDRESS;
    this.block = this.block == 0 ? heap.alloc(size) : heap.realloc(this.block, size);
  }

  /** Puts a timer where there is none, or above. */
  private rise(timer: Timer, index: i32): void {
    while (index > 0) {
      const above = this.at((index - 1) >> 1);
      if (!isEarlier(timer, above)) break;
      this.put(above, index);
      index = (index - 1) >> 1;
    }
    this.put(timer, index);
  }

  /** Puts a timer where there is none, or below. */
  private sink(timer: Timer, index: i32): void {
    for (let below = 2 * index + 1; below < this.count; below = 2 * index + 1) {
      if (below + 1 < this.count && isEarlier(this.at(below + 1), this.at(below))) below++;
      const other = this.at(below);
      if (!isEarlier(other, timer)) break;
      this.put(other, index);
      index = below;
    }
    this.put(timer, index);
  }
}

function isEarlier(one: Timer, other: Timer): bool {
  return one.deadline < other.deadline || (one.deadline == other.deadline && one.order < other.order);
}
