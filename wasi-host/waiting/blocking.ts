/** Blocking: the thread itself sleeps in the driver. For platforms where a driver can do that, and nothing else runs. */
import type { Driver, EdgeQueue } from "../drivers/contract/driver.ts";
import { monotonicNanoseconds } from "../drivers/contract/time.ts";
import { beforeSleep } from "./first-sleep.ts";
import { isOver, look } from "./look.ts";
import { isWait, type Wait } from "./wait.ts";
import type { Way } from "./way.ts";

/** The sleep that a call would make: an array of `struct pollfd` (`pollfd.ts`), and its number of entries. */
export interface Noted {
  readonly fds: Int32Array;
  readonly count: number;
}

/** Sentinel: the wait of the call was noted instead of executed. Larger than any errno. */
export const NOTED = 0x1_0000;

export class Blocking implements Way {
  readonly #driver: Driver;
  /** True while `noting` makes calls. */
  #notes = false;
  #noted: Noted | undefined;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  finish<Answer>(result: Answer | Wait<Answer>): Answer {
    if (!isWait(result)) return result;
    return result.wakeupsAlone && !this.#notes ? this.#park(result, result.edges!) : this.#execute(result);
  }

  /** The wait of an event loop. `#execute` takes 20 ns more, of 370 without the kernel. */
  #park<Answer>(wait: Wait<Answer>, edges: EdgeQueue): Answer {
    let next: Answer | Wait<Answer> = wait;
    try {
      beforeSleep();
      while (next === wait) {
        const parked = edges.park(Infinity);
        // Nothing where a signal has woken the thread: it sleeps on.
        if (parked !== 0) next = wait.resume(parked);
      }
    } finally {
      wait.release();
    }
    return this.finish(next);
  }

  #execute<Answer>(first: Wait<Answer>): Answer {
    let wait = first;
    for (;;) {
      const next = this.#resume(wait);
      if (!isWait(next)) return next;
      wait = next;
    }
  }

  #resume<Answer>(wait: Wait<Answer>): Answer | Wait<Answer> {
    let next: Answer | Wait<Answer> | undefined;
    try {
      if (this.#notes && this.#wouldSleep(wait)) {
        // Nothing sleeps here: the embedder sleeps instead of the call.
        this.#noted = { fds: wait.fds.slice(0, wait.count * 2), count: wait.count };
        return NOTED as Answer;
      }
      next = wait.resume(this.#sleep(wait));
      return next;
    } finally {
      if (next !== wait) wait.release();
    }
  }

  #wouldSleep(wait: Wait<unknown>): boolean {
    return wait.looked || (look(this.#driver, wait) === 0 && !isOver(this.#driver, wait));
  }

  /** Sleeps for a wait. Returns the argument of `resume`. */
  #sleep(wait: Wait<unknown>): number {
    const { fds, count, deadline, edges } = wait;
    for (;;) {
      let timeout = deadline === Infinity ? Infinity : Math.max(0, deadline - monotonicNanoseconds(this.#driver));
      if (timeout > 0) beforeSleep();
      if (count === 0 && edges !== undefined) {
        const parked = edges.park(timeout);
        if (parked !== 0) return parked;
      } else if (count > 0 || timeout > 0 || !wait.looked) {
        // The driver's poll does not wake for wakeups that the queue has already taken from the kernel.
        if (edges !== undefined && edges.park(0) !== 0) timeout = 0;
        const ready = this.#driver.poll(fds, count, timeout, edges);
        if (ready !== 0) return ready;
        const queued = edges === undefined ? 0 : edges.park(0);
        if (queued !== 0) return queued;
      }
      // Woken by a signal, or a little early: sleep on.
      if (isOver(this.#driver, wait)) return 0;
    }
  }

  /**
   * For an embedder that sleeps outside of the guest: runs calls that do not sleep. A call that would sleep returns NOTED, and
   * this returns the sleep; undefined if there was none.
   */
  noting(calls: () => void): Noted | undefined {
    this.#notes = true;
    this.#noted = undefined;
    try {
      calls();
      return this.#noted;
    } finally {
      this.#notes = false;
    }
  }
}
