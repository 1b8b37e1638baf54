/**
 * Callers that await readiness while the event loop stays free.
 *
 * A sleeper is a function that tries without sleeping. All of them are tried again whenever the host has wakeups, or
 * somebody changed a watch; between, one asynchronous sleep in the driver serves them all, up to the earliest deadline.
 */
import type { WasiHost } from "../wasi-host/index.ts";
import type { CoreExports } from "./abi.ts";

interface Sleeper {
  /** The instance that it sleeps on; undefined for sleepers in poll and select. */
  readonly epfd: number | undefined;
  /** Milliseconds of `performance.now()`; Infinity for ever. */
  readonly deadline: number;
  /** Tries once; true when it is done, whatever that means to the caller. */
  readonly attempt: (timeIsUp: boolean) => boolean;
  readonly fail: (error: Error) => void;
}

export class Sleepers {
  readonly #core: CoreExports;
  readonly #host: WasiHost;
  readonly #waiting = new Set<Sleeper>();
  #running = false;
  #alarm = new AbortController();

  constructor(core: CoreExports, host: WasiHost) {
    this.#core = core;
    this.#host = host;
  }

  /** Something changed that the driver does not tell of: sleepers look again. */
  disturb(): void {
    if (this.#running) this.#alarm.abort();
  }

  /** Resolves when `attempt` has returned true: at once when it does, and at the latest when the time is up. */
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
        deadline: performance.now() + timeout,
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
      this.#alarm = new AbortController();
      let earliest = Infinity;
      for (const sleeper of this.#waiting) earliest = Math.min(earliest, sleeper.deadline);
      const nanoseconds = Math.max(0, (earliest - performance.now()) * 1e6);
      try {
        await this.#host.wakeup(nanoseconds, this.#alarm.signal);
        this.#tryAll();
      } catch (error) {
        for (const sleeper of [...this.#waiting]) sleeper.fail(error as Error);
      }
    }
    this.#running = false;
  }

  /** An exclusive watch wakes one sleeper: the core has to know who sleeps. */
  #sleepIn({ epfd }: Sleeper): void {
    if (epfd !== undefined) this.#core.pollux_epoll_sleep(epfd);
  }

  #tryAll(): void {
    // First the wakeups, with everybody still asleep: an exclusive watch wakes one sleeper, not the next one too.
    this.#core.pollux_take();
    for (const sleeper of [...this.#waiting]) {
      if (!this.#waiting.has(sleeper)) continue;
      try {
        if (!sleeper.attempt(performance.now() >= sleeper.deadline)) this.#sleepIn(sleeper);
      } catch (error) {
        sleeper.fail(error as Error);
      }
    }
  }

  /** Everybody's wait is over. */
  dispose(): void {
    for (const sleeper of [...this.#waiting]) sleeper.fail(new Error("the core was disposed of"));
    this.#alarm.abort();
  }
}
