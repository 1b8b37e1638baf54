/**
 * Callers that await readiness while the event loop stays free.
 *
 * A sleeper is a function that tries without sleeping. Whenever the host has wakeups or a watch changes, all sleepers
 * try again. Between, one asynchronous sleep in the driver serves all of them, up to the earliest deadline.
 *
 * A wakeup is read once, by the core's next call. It may be meant for another sleeper, or arrive after a sleeper's own
 * look. So all sleepers try again whenever a call has read wakeups.
 *
 * Without a ready file there are no wakeups. There a try is a wait of the core on a host that notes the sleep instead
 * of sleeping. The driver's sleep covers all noted sleeps.
 */

import { DisposedError, type Driver, type WasiHost } from "../wasi-host/index.ts";
import { NOTED, type Noted, pollfds, SystemError, turn } from "../wasi-host/internal.ts";
import type { CoreExports } from "./abi.ts";

/** Bit of `pollux_capabilities`: there is a ready file. */
const EXACT_EDGES = 1;

interface Sleeper {
  /** The epoll instance; undefined for sleepers in poll and select. */
  readonly epfd: number | undefined;
  /** Milliseconds on the driver's clock; Infinity for ever. */
  readonly deadline: number;
  /** Tries once. Returns true when the sleeper is done. */
  readonly attempt: (timeIsUp: boolean) => boolean;
  /** Without a ready file: the sleep that its last try noted. */
  noted: Noted | undefined;
  readonly fail: (error: Error) => void;
}

export class Sleepers {
  readonly #core: CoreExports;
  readonly #host: WasiHost;
  readonly #driver: Driver;
  readonly #waiting = new Set<Sleeper>();
  #running = false;
  /** A sleeper must try again before the next sleep. */
  #disturbed = false;
  /** Ends the driver's current sleep. */
  #alarm: AbortController | undefined;

  constructor(core: CoreExports, host: WasiHost, driver: Driver) {
    this.#core = core;
    this.#host = host;
    this.#driver = driver;
    host.onWakeupsTaken(() => this.disturb());
  }

  /** Makes all sleepers try again after an event that the driver does not report. */
  disturb(): void {
    this.#disturbed = true;
    this.#alarm?.abort();
  }

  /**
   * Timeout of a core call in a try, in milliseconds: 0, or -1 without a ready file, where the host notes the sleep.
   * Pass the result to `outcome`.
   */
  patience(timeIsUp: boolean): number {
    return timeIsUp || !this.overLevels ? 0 : -1;
  }

  /** Whether there is no ready file. */
  get overLevels(): boolean {
    return (this.#core.pollux_capabilities() & EXACT_EDGES) === 0;
  }

  /** The result of a core call in a try: 0 if the host noted a sleep. */
  outcome(result: number): number {
    return result === -NOTED ? 0 : result;
  }

  /** Tries at once, then sleeps. Resolves when `attempt` returns true, at the latest at the timeout. */
  sleep(
    epfd: number | undefined,
    timeout: number,
    attempt: (timeIsUp: boolean) => boolean,
    signal?: AbortSignal,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(sleeper);
        signal?.removeEventListener("abort", abort);
      };
      const abort = () => {
        leave();
        reject(signal?.reason);
        this.disturb();
      };
      const sleeper: Sleeper = {
        epfd,
        deadline: this.#now() + timeout,
        noted: undefined,
        attempt: (timeIsUp) => {
          let done = false;
          const calls = () => (done = attempt(timeIsUp));
          if (this.overLevels) sleeper.noted = this.#host.noting(calls);
          else calls();
          if (done) {
            leave();
            resolve();
          }
          return done;
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      if (signal?.aborted) return reject(signal.reason);
      if (!this.#running) this.#disturbed = false;
      if (sleeper.attempt(false)) return;
      signal?.addEventListener("abort", abort);
      this.#waiting.add(sleeper);
      this.#sleepIn(sleeper);
      if (this.#running) this.disturb();
      else void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.size > 0) {
      try {
        // Gives other tasks a turn, however often this happens.
        if (this.#disturbed) await turn();
        else await this.#sleep();
        if (this.#waiting.size > 0) this.#tryAll();
      } catch (error) {
        for (const sleeper of [...this.#waiting]) sleeper.fail(error as Error);
      }
    }
    this.#running = false;
  }

  async #sleep(): Promise<void> {
    let earliest = Infinity;
    for (const sleeper of this.#waiting) earliest = Math.min(earliest, sleeper.deadline);
    const nanoseconds = Math.max(0, (earliest - this.#now()) * 1e6);
    this.#alarm = new AbortController();
    try {
      if (this.overLevels) await this.#sleepOverLevels(nanoseconds, this.#alarm.signal);
      else await this.#host.wakeup(nanoseconds, this.#alarm.signal);
    } finally {
      this.#alarm = undefined;
    }
  }

  async #sleepOverLevels(nanoseconds: number, cancel: AbortSignal): Promise<void> {
    let count = 0;
    for (const { noted } of this.#waiting) {
      if (noted === undefined) return; // no sleep was noted: try all again
      count += noted.count;
    }
    const fds = pollfds(count + 1);
    let at = 0;
    for (const { noted } of this.#waiting) {
      fds.set(noted!.fds, at);
      at += noted!.fds.length;
    }
    const ready = await this.#driver.pollAsync(fds, count, nanoseconds, undefined, cancel);
    if (ready < 0) throw new SystemError(-ready, "poll");
  }

  /** Milliseconds, on the driver's clock if it has one. */
  #now(): number {
    return Number(this.#driver.now()) / 1e6;
  }

  /** Tells the core which instances are waited on: an exclusive watch wakes one waiter. */
  #sleepIn({ epfd }: Sleeper): void {
    if (epfd !== undefined) this.#core.pollux_epoll_sleep(epfd);
  }

  #tryAll(): void {
    // Take the wakeups while all sleepers count as asleep: an exclusive watch wakes one sleeper, not also the next.
    const taken = this.#core.pollux_take();
    if (taken < 0) throw new SystemError(-taken, "epoll_wait");
    this.#disturbed = false;
    for (const sleeper of [...this.#waiting]) {
      if (!this.#waiting.has(sleeper)) continue;
      try {
        if (!sleeper.attempt(this.#now() >= sleeper.deadline)) this.#sleepIn(sleeper);
      } catch (error) {
        sleeper.fail(error as Error);
      }
    }
  }

  /** Rejects all waits. */
  dispose(): void {
    for (const sleeper of [...this.#waiting]) sleeper.fail(new DisposedError("core"));
    this.disturb();
  }
}
