/**
 * Timers in a hierarchical wheel (Varghese and Lauck 1987): to set, cancel and fire one costs the same for one timer
 * and for a million.
 *
 *       level 0   64 slots of 1 ms          ┌──┬──┬──┬ ─ ─ ┬──┐
 *       level 1   64 slots of 64 ms         │ 0│ 1│ 2│     │63│    each slot is a list, first in, first out
 *        ...                                └──┴──┴──┴ ─ ─ ┴──┘
 *       level 8   64 slots of 2^48 ms        a deadline's digits to the base 64 are its slots
 *
 * A timer is in the level of the highest digit in which its deadline differs from the time that has passed. When the
 * time reaches its slot, the slot's timers move to lower levels; from level 0 they become due. Nine levels hold every
 * deadline up to 2^53.
 */

const BITS = 6;
const SLOTS = 1 << BITS;
const LEVELS = 9;
/** Digits below this level are in the low word of a time, the others in the high word: `&` and `>>>` take 32 bits. */
const HIGH_LEVEL = 5;
const LOW_WORD = 2 ** (BITS * HIGH_LEVEL);
/** Milliseconds of a slot in each level. */
const SPAN = Array.from({ length: LEVELS + 1 }, (_, level) => 2 ** (BITS * level));
/** Number of the list of timers that are due. */
const DUE = LEVELS * SLOTS;
/** Slots with more timers than this report their start as the next deadline: finding the minimum would cost too much. */
const SCAN = 16;

/** The latest deadline; later ones become this one. */
export const LATEST = Number.MAX_SAFE_INTEGER;

/** A call that a loop makes at its time. */
export class Timer {
  /** Milliseconds of the loop's clock, whole. */
  #deadline: number;
  readonly #wheel: TimerWheel;
  /** Milliseconds; 0 for a timer that fires once. @internal */
  readonly interval: number;
  /** @internal */
  readonly callback: () => void;
  /** The list that it is in; -1 for none. @internal */
  list = -1;
  /** Neighbours in the list. @internal */
  next: Timer | undefined = undefined;
  /** @internal */
  previous: Timer | undefined = undefined;
  /** The order of due timers. @internal */
  order = 0;

  /** @internal */
  constructor(wheel: TimerWheel, deadline: number, interval: number, callback: () => void) {
    this.#wheel = wheel;
    this.#deadline = deadline;
    this.interval = interval;
    this.callback = callback;
  }

  /** When it fires: milliseconds of the loop's `now()`. */
  get deadline(): number {
    return this.#deadline;
  }

  /** Whether it will fire. False in the callback of a timer that fires once. */
  get isActive(): boolean {
    return this.list >= 0;
  }

  /** Ends the timer. In its own callback it ends the repetition. Can be repeated. */
  cancel(): void {
    this.#cancelled = true;
    this.#wheel.cancel(this);
  }

  #cancelled = false;

  /**
   * After a call of a repeating timer: sets it to the next multiple of its interval after `now`, unless it was
   * cancelled. @internal
   */
  repeat(now: number): void {
    if (this.interval === 0 || this.#cancelled) return;
    const missed = Math.max(0, Math.floor((now - this.#deadline) / this.interval));
    this.#deadline = Math.min(this.#deadline + (missed + 1) * this.interval, LATEST);
    this.#wheel.add(this);
  }
}

/** All timers of a loop. Times are whole milliseconds. */
export class TimerWheel {
  /** Number of timers. */
  size = 0;
  /** Every timer up to this time is due or gone. */
  #elapsed = 0;
  #order = 0;
  readonly #first: (Timer | undefined)[] = new Array(DUE + 1).fill(undefined);
  readonly #last: (Timer | undefined)[] = new Array(DUE + 1).fill(undefined);
  /** A bit for each slot that has timers, two words for each level. */
  readonly #occupied = new Int32Array(2 * LEVELS);
  readonly #emptied: () => void;

  /** @param emptied - called when the last timer was cancelled */
  constructor(emptied: () => void) {
    this.#emptied = emptied;
  }

  /** Adds a timer by its deadline; a past deadline is due. */
  add(timer: Timer): void {
    this.size++;
    if (timer.deadline <= this.#elapsed) this.#becomeDue(timer);
    else this.#place(timer);
  }

  /** Removes a timer before it fires. */
  cancel(timer: Timer): void {
    if (timer.list < 0) return;
    this.#remove(timer);
    if (this.size === 0) this.#emptied();
  }

  /** Removes a timer from any list. */
  #remove(timer: Timer): void {
    const { list, next, previous } = timer;
    this.size--;
    if (previous === undefined) this.#first[list] = next;
    else previous.next = next;
    if (next === undefined) this.#last[list] = previous;
    else next.previous = previous;
    timer.list = -1;
    timer.next = timer.previous = undefined;
    if (list < DUE && this.#first[list] === undefined) this.#occupied[list >> 5] &= ~(1 << (list & 31));
  }

  /**
   * Makes timers due at `now`, in the order of their deadlines.
   *
   * @returns a limit for `takeDue`: timers that become due later are for a later turn
   */
  advance(now: number): number {
    for (let list = this.#earliest(); list >= 0 && this.#startOf(list) <= now; list = this.#earliest()) {
      this.#elapsed = this.#startOf(list);
      this.#empty(list);
    }
    if (now > this.#elapsed) this.#elapsed = now;
    return this.#order;
  }

  /** Removes the oldest due timer; undefined if there is none up to `limit`. */
  takeDue(limit: number): Timer | undefined {
    const timer = this.#first[DUE];
    if (timer === undefined || timer.order > limit) return undefined;
    this.#remove(timer);
    return timer;
  }

  /**
   * The time of the next look: at the latest the earliest deadline, and at most once too early for each level.
   *
   * @returns milliseconds; Infinity if there are no timers
   */
  next(): number {
    if (this.#first[DUE] !== undefined) return this.#elapsed;
    const list = this.#earliest();
    if (list < 0) return Infinity;
    if (list < SLOTS) return this.#startOf(list);
    let earliest = Infinity;
    let timer = this.#first[list];
    for (let count = 0; timer !== undefined && count < SCAN; count++) {
      earliest = Math.min(earliest, timer.deadline);
      timer = timer.next;
    }
    return timer === undefined ? earliest : this.#startOf(list);
  }

  /** Removes all timers. */
  clear(): void {
    for (let list = 0; list <= DUE; list++) {
      for (let timer = this.#first[list]; timer !== undefined; timer = this.#first[list]) this.#remove(timer);
    }
  }

  /** Moves the timers of a slot whose time has come to lower levels, in order. */
  #empty(list: number): void {
    let timer = this.#first[list];
    this.#first[list] = this.#last[list] = undefined;
    this.#occupied[list >> 5] &= ~(1 << (list & 31));
    while (timer !== undefined) {
      const { next } = timer;
      if (timer.deadline <= this.#elapsed) this.#becomeDue(timer);
      else this.#place(timer);
      timer = next;
    }
  }

  #becomeDue(timer: Timer): void {
    timer.order = ++this.#order;
    this.#append(timer, DUE);
  }

  #place(timer: Timer): void {
    const level = levelOf(this.#elapsed, timer.deadline);
    const list = level * SLOTS + digitOf(timer.deadline, level);
    this.#occupied[list >> 5] |= 1 << (list & 31);
    this.#append(timer, list);
  }

  #append(timer: Timer, list: number): void {
    const last = this.#last[list];
    timer.list = list;
    timer.previous = last;
    timer.next = undefined;
    if (last === undefined) this.#first[list] = timer;
    else last.next = timer;
    this.#last[list] = timer;
  }

  /**
   * The slot with the earliest timers; -1 for none. Every timer of a level is earlier than those of the levels above,
   * and no occupied slot is in the past.
   */
  #earliest(): number {
    for (let word = 0; word < 2 * LEVELS; word++) {
      const bits = this.#occupied[word];
      if (bits !== 0) return word * 32 + 31 - Math.clz32(bits & -bits);
    }
    return -1;
  }

  /** The start of a slot: the digits above its level are those of the present. */
  #startOf(list: number): number {
    const level = Math.floor(list / SLOTS);
    const above = SPAN[level + 1];
    return Math.floor(this.#elapsed / above) * above + (list % SLOTS) * SPAN[level];
  }
}

/** The highest digit that differs in two times. */
function levelOf(one: number, other: number): number {
  if (one < LOW_WORD && other < LOW_WORD) return highestDigit(one ^ other);
  const high = Math.floor(one / LOW_WORD) ^ Math.floor(other / LOW_WORD);
  return high === 0 ? highestDigit((one ^ other) & (LOW_WORD - 1)) : HIGH_LEVEL + highestDigit(high);
}

function highestDigit(bits: number): number {
  return Math.floor((31 - Math.clz32(bits)) / BITS);
}

function digitOf(time: number, level: number): number {
  return level < HIGH_LEVEL
    ? ((time & (LOW_WORD - 1)) >>> (BITS * level)) & (SLOTS - 1)
    : (Math.floor(time / LOW_WORD) >>> (BITS * (level - HIGH_LEVEL))) & (SLOTS - 1);
}
