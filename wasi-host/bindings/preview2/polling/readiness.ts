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
/** `check-write` and `check-send` permit something, or tell of a failure. */
export const WRITABLE = 2;
/** What a socket does has come to an end, or a connection waits to be accepted. */
export const SETTLED = 4;
/** This far to the left of each of them: the driver has to be asked. */
const UNSURE_SHIFT = 4;

/** A short count does not mean that all has been read: behind it may be an end, an error, or urgent data. */
export const BEHIND = 0x100;

export const EVERYTHING = READABLE | WRITABLE | SETTLED;

/** Is `bits` unsure? */
export function unsure(bits: number): number {
  return bits << UNSURE_SHIFT;
}

export class Readiness {
  bits: number;
  /** The driver's handle, for questions; -1: the driver is never asked. */
  handle = -1;
  /** Of no queue: the driver is asked in every poll, and waited for by its handle. */
  level = false;
  /** What to ask for SETTLED: IN of a listener, else OUT. */
  settles = OUT;
  first: Pollable | undefined;

  constructor(bits: number) {
    this.bits = bits;
  }

  /** `bits` were used up, and nothing is behind them: the next wakeup says when there is more. */
  clear(bits: number): void {
    const rest = this.bits & ~(bits | unsure(bits) | BEHIND);
    this.bits = this.level ? rest | unsure(bits) : rest;
  }

  /** A call got less than it asked for of `bits`. */
  short(bits: number): void {
    if ((this.bits & BEHIND) === 0) this.clear(bits);
    else this.doubt(bits);
  }

  /** A call got all that it asked for of `bits`. */
  doubt(bits: number): void {
    this.bits = (this.bits & ~bits) | unsure(bits);
  }

  /** The events of poll(2) that make `wanted` ready. */
  events(wanted: number): number {
    if (wanted === READABLE) return IN | RDHUP;
    return wanted === WRITABLE ? OUT : this.settles;
  }
}

/** Of what is always ready. */
export const ALWAYS = new Readiness(EVERYTHING);
/** Of what its deadline alone makes ready. */
const TIMER = new Readiness(0);

/** wasi:io/poll's resource: one thing to wait for. */
export class Pollable {
  readonly readiness: Readiness;
  readonly wanted: number;
  /** Nanoseconds of the monotonic clock; Infinity: none. */
  readonly deadline: number;
  /** The poll that waits for it, and its place in that one's list. */
  round = 0;
  index = 0;
  /** Its neighbours in the readiness' list. */
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
