/**
 * Callers that await readiness while the event loop stays free.
 *
 * A sleeper is a function that tries without sleeping. All of them are tried again whenever the host has wakeups, or
 * somebody changed a watch; between, one asynchronous sleep in the driver serves them all, up to the earliest deadline.
 *
 * A wakeup is read once, by whichever call of the core comes first: a try may read one behind its own look, or one that
 * another sleeper waits for, and so may a call that does not wait. So whenever wakeups are read, all are tried again.
 */
import type { Driver } from "../wasi-host/drivers/driver.ts";
import { turn } from "../wasi-host/event-loop.ts";
import type { WasiHost } from "../wasi-host/host.ts";
import type { CoreExports } from "./abi.ts";

interface Sleeper {
  /** The instance that it sleeps on; undefined for sleepers in poll and select. */
  readonly epfd: number | undefined;
  /** Milliseconds of the driver's clock; Infinity for ever. */
  readonly deadline: number;
  /** Tries once; true when it is done, whatever that means to the caller. */
  readonly attempt: (timeIsUp: boolean) => boolean;
  readonly fail: (error: Error) => void;
}

export class Sleepers {
  readonly #core: CoreExports;
  readonly #host: WasiHost;
  readonly #driver: Driver;
  readonly #waiting = new Set<Sleeper>();
  #running = false;
  /** Somebody has to be tried again: there is nothing to sleep for. */
  #disturbed = false;
  /** Ends the driver's sleep, while there is one. */
  #alarm: AbortController | undefined;

  constructor(core: CoreExports, host: WasiHost, driver: Driver) {
    this.#core = core;
    this.#host = host;
    this.#driver = driver;
    host.onWakeupsTaken(() => this.disturb());
  }

  /** Something happened that the driver does not tell of: sleepers look again. */
  disturb(): void {
    this.#disturbed = true;
    this.#alarm?.abort();
  }

  /** Tries at once. Resolves when `attempt` has returned true, at the latest when the time is up. */
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
        attempt: (timeIsUp) => {
          const done = attempt(timeIsUp);
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
        // However often that happens: everybody else has a turn too.
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
      await this.#host.wakeup(nanoseconds, this.#alarm.signal);
    } finally {
      this.#alarm = undefined;
    }
  }

  /** Milliseconds. A driver with a clock of its own sleeps by that one. */
  #now(): number {
    return this.#driver.now === undefined ? performance.now() : Number(this.#driver.now()) / 1e6;
  }

  /** An exclusive watch wakes one sleeper: the core has to know who sleeps. */
  #sleepIn({ epfd }: Sleeper): void {
    if (epfd !== undefined) this.#core.pollux_epoll_sleep(epfd);
  }

  #tryAll(): void {
    // First the wakeups, with everybody still asleep: an exclusive watch wakes one sleeper, not the next one too.
    this.#core.pollux_take();
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

  /** Everybody's wait is over. */
  dispose(): void {
    for (const sleeper of [...this.#waiting]) sleeper.fail(new Error("the core was disposed of"));
    this.disturb();
  }
}
