/**
 * How a guest polls: one queue of wakeups for all of its sockets, and the notes that it fills (`readiness.ts`).
 *
 * A poll is a *round*: it glances at each pollable of its list, and those that are not ready remember the round and
 * their place. A wakeup marks the waiting pollables of its socket as ready. So a poll costs a glance at
 * its list and one look at the queue, and a wakeup costs its active sockets.
 */

import { WAKEUP_SIZE } from "../../../../assembly/abi/ready-file.ts";
import { errnoName } from "../../../abi/errno.ts";
import { IN, OUT, PRI, RDHUP } from "../../../abi/readiness.ts";
import type { Driver, EdgeQueue } from "../../../drivers/contract/driver.ts";
import { pollfds, revents, setPollfd } from "../../../drivers/contract/pollfd.ts";
import { monotonicNanoseconds } from "../../../drivers/contract/time.ts";
import { trap } from "../trap.ts";
import { ReadAhead } from "./read-ahead.ts";
import { type Pollable, Readiness, unsure } from "./readiness.ts";
import { WriteBehind } from "./write-behind.ts";

/** All events of a socket. ERR and HUP are always included. */
const MASK = IN | OUT | RDHUP | PRI;
/** Wakeups taken at once. */
const BATCH = 512;

/** An object with a handle in the queue of wakeups. */
export abstract class Watched {
  /** The driver's. */
  handle = -1;
  /** Its key in wakeups; -1 if it is not in the queue. */
  key = -1;
  readonly readiness: Readiness;

  constructor(bits = 0) {
    this.readiness = new Readiness(bits);
  }

  /** Handles a wakeup with its readiness as in poll(2). */
  abstract woken(ready: number): void;
}

/** Work before the guest sleeps or looks, unless it has become unnecessary. */
export interface Deferred {
  run(): void;
}

export class Poller {
  readonly edges: EdgeQueue;
  readonly #driver: Driver;
  readonly #watched: (Watched | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #view = new DataView(new ArrayBuffer(BATCH * WAKEUP_SIZE));
  readonly #words = new Uint32Array(this.#view.buffer);

  readonly #deferred: Deferred[] = [];
  readonly readAhead: ReadAhead;
  readonly writeBehind: WriteBehind;

  /** The number of the round, and its answers: indices in its list. */
  round = 0;
  answers = new Uint32Array(64);
  answered = 0;
  /** Its list, in order; later elements belong to an earlier list. */
  #list: Pollable[] = [];
  length = 0;
  /** The deadline of the first timer in the round. */
  earliest = Infinity;
  /** The number of pollables in the round for which the driver must be asked repeatedly. */
  levels = 0;
  #timers: Pollable[] = [];
  #timed = 0;
  #asked: Pollable[] = [];
  #asking = 0;
  #fds = pollfds(64);
  /** Pollables with several places in the list, and their earlier places: a pollable remembers one. */
  readonly #repeated: { readonly pollable: Pollable; readonly index: number }[] = [];
  #repeats = 0;

  constructor(driver: Driver) {
    this.#driver = driver;
    this.edges = driver.edges();
    this.writeBehind = new WriteBehind(driver);
    this.readAhead = new ReadAhead(driver);
  }

  /** Monotonic nanoseconds as a double: exact for 104 days of uptime. */
  now(): number {
    return monotonicNanoseconds(this.#driver);
  }

  /** Takes a handle into the queue. Without a place there, every poll asks the driver for it. */
  watch(watched: Watched): void {
    const key = this.#free.pop() ?? this.#watched.length;
    watched.readiness.handle = watched.handle;
    const error = this.edges.arm(watched.handle, MASK, key);
    watched.readiness.level = error < 0;
    if (error < 0) {
      this.#free.push(key);
      return;
    }
    watched.key = key;
    this.#watched[key] = watched;
  }

  /** Call it before the handle is closed. */
  forget(watched: Watched): void {
    const { key } = watched;
    if (key < 0) return;
    this.edges.forget(watched.handle, key);
    this.#watched[key] = undefined;
    this.#free.push(key);
    watched.key = -1;
  }

  /** Schedules work before the guest sleeps or looks. */
  later(deferred: Deferred): void {
    this.#deferred.push(deferred);
  }

  /** Notes all queued wakeups. Never sleeps. */
  collect(): void {
    this.#runDeferred();
    for (;;) {
      const taken = this.edges.take(this.#view, 0, BATCH);
      if (taken < 0) failed(taken);
      for (let index = 0; index < taken; index++) {
        // The key; then the mask, and the readiness in the upper half.
        this.#watched[this.#words[2 * index]]?.woken(this.#words[2 * index + 1] >>> 16);
      }
      this.readAhead.receive();
      if (taken < BATCH) return;
    }
  }

  #runDeferred(): void {
    if (this.#deferred.length > 0) for (const deferred of this.#deferred.splice(0)) deferred.run();
  }

  /** Notes that something is ready, and marks the pollables of the round that wait for it as ready. */
  raise(readiness: Readiness, bits: number): void {
    // It is noted already, so none waits for it: most wakeups of a socket say that it is still writable.
    if ((readiness.bits & (bits | unsure(bits))) === bits) return;
    readiness.bits = (readiness.bits | bits) & ~unsure(bits);
    for (let pollable = readiness.first; pollable !== undefined; pollable = pollable.after) {
      if (pollable.round === this.round && (pollable.wanted & bits) !== 0) this.#answer(pollable);
    }
  }

  /** Begins a round: `glance` at each pollable follows, then `settle`. */
  begin(): void {
    this.writeBehind.send();
    this.round++;
    this.answered = 0;
    this.#repeats = 0;
    this.earliest = Infinity;
    this.levels = this.#timed = this.#asking = this.length = 0;
  }

  /** Adds the next pollable of the list. */
  glance(pollable: Pollable): void {
    const { readiness, wanted } = pollable;
    const index = this.length++;
    this.#list[index] = pollable;
    if ((readiness.bits & wanted) !== 0) {
      this.#push(index);
      return;
    }
    if (pollable.round === this.round) this.#repeated[this.#repeats++] = { pollable, index: pollable.index };
    pollable.round = this.round;
    pollable.index = index;
    if (pollable.deadline !== Infinity) {
      if (pollable.deadline < this.earliest) this.earliest = pollable.deadline;
      this.#timers[this.#timed++] = pollable;
    } else if ((readiness.bits & unsure(wanted)) !== 0) {
      if (readiness.level) this.levels++;
      this.#asked[this.#asking++] = pollable;
    }
  }

  /**
   * Whether anything is ready, as far as the notes, the clock and questions tell. If not, the wakeups are left to the sleep, which
   * returns at once if there are any: an event loop then makes one system call, not two.
   */
  settle(): boolean {
    if (this.#asking > 0) this.#ask();
    this.ring();
    if (this.answered === 0) this.#runDeferred();
    if (this.answered === 0) return false;
    this.collect();
    return true;
  }

  /** Answers for due timers. */
  ring(): void {
    if (this.earliest === Infinity) return;
    const now = this.now();
    if (now < this.earliest) return;
    for (let index = 0; index < this.#timed; index++) {
      const timer = this.#timers[index];
      if (timer.round === this.round && timer.deadline <= now) this.#answer(timer);
    }
  }

  /** Whether a pollable is ready. Begins no round. */
  isReady(pollable: Pollable): boolean {
    const { readiness, wanted, deadline } = pollable;
    this.writeBehind.send();
    if (deadline !== Infinity) return this.now() >= deadline;
    if ((readiness.bits & wanted) !== 0) return true;
    if ((readiness.bits & unsure(wanted)) !== 0) {
      this.#asked[0] = pollable;
      this.#asking = 1;
      this.#ask();
    } else this.collect();
    return (readiness.bits & wanted) !== 0;
  }

  /** Returns the list of the round, of `length`, for use in another round. `other`: the array for the next list. */
  exchangeList(other: Pollable[]): Pollable[] {
    const list = this.#list;
    this.#list = other;
    return list;
  }

  /** An array of `struct pollfd` for the round's pollables outside the queue, with room for one more entry. */
  levelFds(): Int32Array {
    const fds = pollfds(this.levels + 1);
    let entry = 0;
    for (let index = 0; index < this.#asking; index++) {
      const { readiness, wanted } = this.#asked[index];
      if (readiness.level) setPollfd(fds, entry++, readiness.handle, readiness.events(wanted));
    }
    return fds;
  }

  /** Asks the driver about all unsure pollables in one call. */
  #ask(): void {
    if (this.#asking * 2 + 2 > this.#fds.length) this.#fds = pollfds(this.#asking * 2);
    for (let index = 0; index < this.#asking; index++) {
      const { readiness, wanted } = this.#asked[index];
      setPollfd(this.#fds, index, readiness.handle, readiness.events(wanted));
    }
    const found = this.#driver.poll(this.#fds, this.#asking, 0);
    if (found < 0) failed(found);
    for (let index = 0; index < this.#asking; index++) {
      const { readiness, wanted } = this.#asked[index];
      if (revents(this.#fds, index) !== 0) this.raise(readiness, wanted);
      else readiness.clear(wanted);
    }
  }

  #answer(pollable: Pollable): void {
    pollable.round = 0; // once
    this.#push(pollable.index);
    for (let at = 0; at < this.#repeats; at++) {
      const repeated = this.#repeated[at];
      if (repeated.pollable === pollable) this.#push(repeated.index);
    }
  }

  #push(index: number): void {
    if (this.answered === this.answers.length) {
      const more = new Uint32Array(this.answered * 2);
      more.set(this.answers);
      this.answers = more;
    }
    this.answers[this.answered++] = index;
  }

  close(): void {
    this.edges.close();
  }
}

/** A poll itself has no error. */
function failed(error: number): never {
  return trap(`the wait for the guest's sockets failed: ${errnoName(-error)}`);
}
