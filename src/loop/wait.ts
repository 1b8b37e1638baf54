/** Promises that the loop settles: by readiness, a deadline, a signal, or a close. */

import { ArgumentError } from "../../wasi-host/index.ts";
import { Errno, SystemError, shown } from "../../wasi-host/internal.ts";
import { checkMilliseconds } from "./errors.ts";
import type { Timer } from "./timer-wheel.ts";

/** Options of every call that waits. */
export interface TimedOptions {
  /** Ends the wait; the promise rejects with the signal's reason, by default an AbortError. */
  readonly signal?: AbortSignal;
  /** Milliseconds, after which the promise rejects with ETIMEDOUT. Default: no limit. */
  readonly timeout?: number;
}

/** Sets timers: the loop. */
interface Clock {
  callLater(delay: number, callback: () => void): Timer;
}

/**
 * Checks the options of a call that waits.
 *
 * @throws ArgumentError, OutOfRangeError for invalid options; the signal's reason if it is aborted
 */
export function checkTimed(options: TimedOptions, call: string): void {
  if (typeof options !== "object" || options === null) {
    throw new ArgumentError(`${call}: ${shown(options)} is not an options object`, "ERR_INVALID_ARG_TYPE");
  }
  const { signal, timeout } = options;
  if (timeout !== undefined) checkMilliseconds(timeout, `${call}: timeout `);
  if (signal === undefined) return;
  if (typeof signal?.throwIfAborted !== "function") {
    throw new ArgumentError(`${call}: signal ${shown(signal)}: expected an AbortSignal`, "ERR_INVALID_ARG_TYPE");
  }
  signal.throwIfAborted();
}

/** One promise. It is settled once. */
export class Wait<Value> {
  readonly promise: Promise<Value>;
  #resolve!: (value: Value) => void;
  #reject!: (error: unknown) => void;
  #timer: Timer | undefined;
  #signal: AbortSignal | undefined;
  #abort: (() => void) | undefined;

  /**
   * @param clock - the loop
   * @param options - checked by `checkTimed`
   * @param call - the call that waits, for ETIMEDOUT
   * @param cancelled - called before the promise rejects because of a deadline or a signal
   */
  constructor(clock: Clock, { signal, timeout }: TimedOptions, call: string, cancelled: (wait: Wait<Value>) => void) {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const cancel = (error: unknown) => {
      cancelled(this);
      this.reject(error);
    };
    if (timeout !== undefined) {
      const late = () => cancel(new SystemError(Errno.TIMEDOUT, call, `after ${timeout} ms`));
      this.#timer = clock.callLater(timeout, late);
    }
    if (signal === undefined) return;
    this.#signal = signal;
    this.#abort = () => cancel(signal.reason);
    signal.addEventListener("abort", this.#abort);
  }

  resolve(value: Value): void {
    this.#leave();
    this.#resolve(value);
  }

  reject(error: unknown): void {
    this.#leave();
    this.#reject(error);
  }

  #leave(): void {
    this.#timer?.cancel();
    if (this.#abort !== undefined) this.#signal!.removeEventListener("abort", this.#abort);
  }
}
