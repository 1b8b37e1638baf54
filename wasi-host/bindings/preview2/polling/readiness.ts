/**
 * What is known of the readiness of a socket, a stream or a timer, and the pollables that wait for it.
 *
 * Sockets are in one queue of wakeups from birth, and what a wakeup says is noted here until a call finds nothing more. A note
 * can be wrong in one way only: a call that got exactly what it asked for does not know whether there is more. Then the note is
 * *unsure*, and the driver is asked before anybody is told "ready".
 *
 *      not ready ── wakeup ──▶ ready ── would-block, short count ──▶ not ready
 *          ▲                     │
 *          │                     └── full count ──▶ unsure ── asked: yes ──▶ ready
 *          └───────────────────────── asked: no ──────┘
 */
import { IN, OUT, RDHUP } from "../../../abi/readiness.ts";

/** Bytes, or the end of the stream, can be read. */
export const READABLE = 1;
/** `check-write` and `check-send` permit something, or report a failure. */
export const WRITABLE = 2;
/** A socket's operation has ended, or a connection waits to be accepted. */
export const SETTLED = 4;
/** The distance to the bit that says: ask the driver. */
const UNSURE_SHIFT = 4;

/** Bits behind a short count, which then does not mean that everything was read: an end, an error, or urgent data. */
export const BEHIND = 0x100;

export const EVERYTHING = READABLE | WRITABLE | SETTLED;

/** Whether `bits` are unsure. */
export function unsure(bits: number): number {
  return bits << UNSURE_SHIFT;
}

export class Readiness {
  bits: number;
  /** The driver's handle for questions; -1: the driver is never asked. */
  handle = -1;
  /** In no queue: each poll asks the driver, and waits by the handle. */
  level = false;
  /** The event for SETTLED: IN of a listener, else OUT. */
  settles = OUT;
  first: Pollable | undefined;

  constructor(bits: number) {
    this.bits = bits;
  }

  /** `bits` are used up: the next wakeup reports more. */
  clear(bits: number): void {
    const rest = this.bits & ~(bits | unsure(bits) | BEHIND);
    this.bits = this.level ? rest | unsure(bits) : rest;
  }

  /** A call got less of `bits` than it asked for. */
  short(bits: number): void {
    if ((this.bits & BEHIND) === 0) this.clear(bits);
    else this.doubt(bits);
  }

  /** A call got all of `bits` that it asked for. */
  doubt(bits: number): void {
    this.bits = (this.bits & ~bits) | unsure(bits);
  }

  /** The events of poll(2) that make `wanted` ready. */
  events(wanted: number): number {
    if (wanted === READABLE) return IN | RDHUP;
    return wanted === WRITABLE ? OUT : this.settles;
  }
}

/** For objects that are always ready. */
export const ALWAYS = new Readiness(EVERYTHING);
/** For pollables with only a deadline. */
const TIMER = new Readiness(0);

/** wasi:io/poll's resource: an event to wait for. */
export class Pollable {
  readonly readiness: Readiness;
  readonly wanted: number;
  /** Nanoseconds of the monotonic clock; Infinity without a deadline. */
  readonly deadline: number;
  /** The poll that waits for it, and its index there. */
  round = 0;
  index = 0;
  /** Its neighbours in the list of the readiness. */
  after: Pollable | undefined;
  #before: Pollable | undefined;

  constructor(readiness: Readiness, wanted: number, deadline = Infinity) {
    this.readiness = readiness;
    this.wanted = wanted;
    this.deadline = deadline;
    if (readiness === ALWAYS || readiness === TIMER) return;
    this.after = readiness.first;
    if (this.after !== undefined) this.after.#before = this;
    readiness.first = this;
  }

  static at(deadline: number): Pollable {
    return new Pollable(TIMER, 0, deadline);
  }

  drop(): void {
    if (this.after !== undefined) this.after.#before = this.#before;
    if (this.#before !== undefined) this.#before.after = this.after;
    else if (this.readiness.first === this) this.readiness.first = this.after;
    this.after = this.#before = undefined;
  }
}
