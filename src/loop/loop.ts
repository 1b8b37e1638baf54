/**
 * The loop: timers, callbacks and events of descriptors, one turn after the other.
 *
 * One epoll instance watches all descriptors, edge-triggered for both directions, while they are open. So a message
 * costs no epoll_ctl; each object keeps its readiness, and moves bytes until AGAIN. A turn is bounded (`maxPerTurn`);
 * the rest follows in the next turn, before which the loop does not sleep.
 *
 * The loop turns in a task of the platform's event loop while something is open. Its sleep is that of the library's awaited waits
 * (`sleepers.ts`), which leaves the platform's loop free. `runSync` turns in the caller's thread and sleeps in the driver.
 */

import { ArgumentError, DisposedError } from "../../wasi-host/index.ts";
import { checkOptions, shown, turn } from "../../wasi-host/internal.ts";
import { EPOLL_CTL_ADD, EPOLLET, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from "../constants.ts";
import { Core, type CoreOptions } from "../core.ts";
import { Epoll, EpollEvents } from "../epoll.ts";
import type { WaitOptions } from "../timeout.ts";
import { checkCallback, checkMilliseconds, StateError } from "./errors.ts";
import { Hook, HookList } from "./hooks.ts";
import { listenForSignal, type SignalName } from "./signals.ts";
import { LATEST, Timer, TimerWheel } from "./timer-wheel.ts";
import { Waker } from "./waker.ts";
import type { Watched } from "./watched.ts";

/** Options of `Loop.open`. */
export interface LoopOptions extends CoreOptions {
  /** Gets what callbacks and handlers throw. Default: an uncaught error. */
  readonly onError?: (error: unknown) => void;
  /** Maximum number of timers, callbacks, events, receives and connections of one turn, each. Default: 256. */
  readonly maxPerTurn?: number;
}

const LOOP_OPTIONS: Readonly<Record<keyof LoopOptions, true>> = {
  module: true,
  driver: true,
  edgeSource: true,
  maxDescriptors: true,
  onError: true,
  maxPerTurn: true,
};

const ALL_EVENTS = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET;
/** Milliseconds after which `runSync` looks at wakers, because another thread cannot end its sleep. */
const NAP = 10;

/** A call of `run` that waits for the loop's end. */
interface Run {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A loop over one core.
 *
 * @example
 * using loop = await Loop.open();
 * const timer = loop.callEvery(1000, () => console.log("tick"));
 * loop.callLater(3500, () => timer.cancel());
 * await loop.run();
 */
export class Loop implements Disposable {
  readonly core: Core;
  /** Gets what callbacks and handlers throw. */
  onError: (error: unknown) => void;
  /** The buffer for handlers' bytes, which are valid during the call. @internal */
  readonly buffer = new Uint8Array(65_536);
  /** The buffer for reads, which a handler may start. @internal */
  readonly readBuffer = new Uint8Array(65_536);
  readonly #maxPerTurn: number;
  readonly #epoll: Epoll;
  readonly #events: EpollEvents;
  /** `runSync` may run while the other array waits to be dispatched. */
  readonly #syncEvents: EpollEvents;
  readonly #timers = new TimerWheel(() => {
    if (!this.#isOpen) this.wake();
  });
  /** Nanoseconds of the driver's clock when the loop was opened. */
  readonly #opened: bigint;
  #soon: (() => void)[] = [];
  /** By descriptor. */
  readonly #watched: (Watched | undefined)[] = [];
  /** The objects that proceed in the next turn. */
  #proceeding: Watched[] = [];
  readonly #idle: HookList;
  readonly #prepare: HookList;
  readonly #signals = new Set<Hook>();
  readonly #wakers = new Set<Waker>();
  /** Number of open descriptors. */
  #held = 0;
  /** Number of waits that have returned. */
  #waits = 0;
  /** The receives and accepts left in this turn. */
  #budget = 0;
  /** Events found by an awaited wait. */
  #found = 0;
  #running = false;
  #sleeping = false;
  #woken = false;
  #stopped = false;
  #inTurn = false;
  #disposed = false;
  #runs: Run[] = [];

  /**
   * Opens a loop with a core of its own.
   *
   * @param options - see `LoopOptions`
   * @throws ArgumentError for an unknown or wrong option; Error if the platform lacks the driver
   */
  static async open(options: LoopOptions = {}): Promise<Loop> {
    checkOptions("Loop.open", options, LOOP_OPTIONS);
    const { onError = uncaught, maxPerTurn = 256, ...rest } = options;
    checkCallback(onError, "Loop.open: onError ");
    if (!Number.isInteger(maxPerTurn) || maxPerTurn < 1) {
      throw new ArgumentError(`Loop.open: maxPerTurn ${shown(maxPerTurn)}: expected a whole number from 1 on`);
    }
    return new Loop(await Core.open(rest), onError, maxPerTurn);
  }

  private constructor(core: Core, onError: (error: unknown) => void, maxPerTurn: number) {
    this.core = core;
    this.onError = onError;
    this.#maxPerTurn = maxPerTurn;
    this.#opened = core.driver.now();
    this.#epoll = new Epoll(core);
    this.#events = new EpollEvents(core, maxPerTurn);
    this.#syncEvents = new EpollEvents(core, maxPerTurn);
    this.#idle = new HookList(this);
    this.#prepare = new HookList(this);
  }

  /** Milliseconds since the loop was opened, by the driver's clock. */
  now(): number {
    return Number(this.core.driver.now() - this.#opened) / 1e6;
  }

  /**
   * Calls `callback` in the next turn, in the order of the calls.
   *
   * @throws ArgumentError for another value than a function
   */
  callSoon(callback: () => void): void {
    checkCallback(callback, "callSoon");
    this.#checkOpen();
    this.#soon.push(callback);
    this.wake();
  }

  /**
   * Calls `callback` once.
   *
   * @param delay - milliseconds, 0 to 2^53 - 1, rounded up: never early. 0 is the next turn
   * @throws OutOfRangeError for a negative delay, NaN, or one above 2^53 - 1; ArgumentError for another type
   */
  callLater(delay: number, callback: () => void): Timer {
    checkMilliseconds(delay, "callLater");
    return this.#set(delay === 0 ? 0 : Math.ceil(this.now() + delay), 0, callback, "callLater");
  }

  /**
   * Calls `callback` once at a time of `now()`. A past time means the next turn.
   *
   * @param time - milliseconds since the loop was opened
   * @throws OutOfRangeError, ArgumentError as `callLater`
   */
  callAt(time: number, callback: () => void): Timer {
    checkMilliseconds(time, "callAt", -Number.MAX_SAFE_INTEGER);
    return this.#set(Math.ceil(time), 0, callback, "callAt");
  }

  /**
   * Calls `callback` at multiples of an interval from now, until the timer is cancelled. It leaves out calls that a
   * busy loop has missed.
   *
   * @param interval - milliseconds, more than 0, rounded up
   * @throws OutOfRangeError, ArgumentError as `callLater`
   */
  callEvery(interval: number, callback: () => void): Timer {
    checkMilliseconds(interval, "callEvery", Number.MIN_VALUE);
    const whole = Math.ceil(interval);
    return this.#set(Math.ceil(this.now() + whole), whole, callback, "callEvery");
  }

  #set(deadline: number, interval: number, callback: () => void, call: string): Timer {
    checkCallback(callback, call);
    this.#checkOpen();
    const timer = new Timer(this.#timers, Math.min(deadline, LATEST), interval, callback);
    this.#timers.add(timer);
    if (!this.#running || deadline < this.#sleepsUntil) this.wake();
    return timer;
  }

  /**
   * The deadline of the sleep. It stays when its timer is cancelled: an early end costs one turn, and a timer that is
   * set and cancelled repeatedly, such as a read's deadline, ends no sleep.
   */
  #sleepsUntil = Infinity;

  /**
   * Resolves after a delay.
   *
   * @param delay - milliseconds, as `callLater`'s
   * @param options - an `AbortSignal`; the promise rejects with its reason
   */
  async sleep(delay: number, { signal }: WaitOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    checkMilliseconds(delay, "sleep");
    this.#checkOpen();
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        timer.cancel();
        signal?.removeEventListener("abort", abort);
        this.#sleepers.delete(fail);
      };
      const abort = () => fail(signal!.reason);
      const fail = (error: unknown) => {
        leave();
        reject(error);
      };
      const timer = this.callLater(delay, () => {
        leave();
        resolve();
      });
      signal?.addEventListener("abort", abort);
      this.#sleepers.add(fail);
    });
  }

  /** The promises of `sleep`. */
  readonly #sleepers = new Set<(error: Error) => void>();

  /** Calls `callback` in every turn. The loop does not sleep meanwhile. uv_idle_t */
  onIdle(callback: () => void): Hook {
    checkCallback(callback, "onIdle");
    this.#checkOpen();
    const hook = this.#idle.add(callback);
    this.wake();
    return hook;
  }

  /** Calls `callback` before every wait. It does not keep the loop open. uv_prepare_t */
  onPrepare(callback: () => void): Hook {
    checkCallback(callback, "onPrepare");
    this.#checkOpen();
    return this.#prepare.add(callback);
  }

  /**
   * Calls `callback` after a signal of the process, instead of the signal's default action. It does not keep the loop
   * open.
   *
   * @param name - such as "SIGTERM"
   * @throws ArgumentError for a name that is none; SystemError EINVAL for SIGKILL and SIGSTOP, ENOTSUP without a process
   */
  onSignal(name: SignalName, callback: () => void): Hook {
    checkCallback(callback, "onSignal");
    this.#checkOpen();
    const stop = listenForSignal(name, () => {
      this.callSoon(callback);
    });
    const hook = new Hook(callback, () => {
      this.#signals.delete(hook);
      stop();
    });
    this.#signals.add(hook);
    return hook;
  }

  /**
   * Opens a waker, with which another thread or a callback of the platform makes the loop call `callback`. It keeps the
   * loop open until `close`.
   */
  waker(callback: () => void): Waker {
    checkCallback(callback, "waker");
    this.#checkOpen();
    const waker = new Waker(this, callback, () => {
      this.#wakers.delete(waker);
      this.wake();
    });
    this.#wakers.add(waker);
    this.wake();
    return waker;
  }

  /**
   * Turns until nothing is open, or `stop` is called. The loop also turns without it; the promise reports its end.
   *
   * @returns a promise; it rejects with the error of a wait that failed, and with DisposedError
   */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#checkOpen();
      this.#stopped = false;
      this.#runs.push({ resolve, reject });
      this.#start();
    });
  }

  /**
   * Same as `run`, blocking the thread. Callbacks and handlers are called; promises of the loop are settled, but code
   * that awaits them runs only after `runSync`. A wake from another thread is noticed after up to 10 ms.
   *
   * @throws StateError in a callback of the loop, and while signals are awaited, which a blocked thread never gets
   */
  runSync(): void {
    this.#checkOpen();
    if (this.#inTurn) throw new StateError("runSync in a callback of the loop: the loop runs already");
    if (this.#signals.size > 0) throw new StateError("runSync: a blocked thread gets no signals; use run");
    this.#stopped = false;
    const events = this.#syncEvents;
    this.#dispatchFound();
    while (this.#isOpen && !this.#stopped && !this.#disposed) {
      this.#begin();
      if (!this.#isOpen || this.#stopped || this.#disposed) break;
      const timeout = this.#timeout();
      const count = this.#epoll.waitSync(events, this.#wakers.size === 0 ? timeout : Math.min(timeout, NAP));
      this.#waits++;
      this.#dispatch(events, count);
      for (const waker of this.#wakers) waker.look();
    }
    if (!this.#isOpen) this.#end();
  }

  /** Ends the loop after this turn, until `run` or `runSync` is called again. Open objects stay open. */
  stop(): void {
    this.#stopped = true;
    this.wake();
  }

  /** Closes everything on the loop, and its core. Pending promises reject with a DisposedError. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#fail(new DisposedError("loop"));
    this.core.dispose();
  }

  /** Same as `dispose`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Ends everything with an error. */
  #fail(error: Error): void {
    for (const watched of this.#watched) watched?.fail(error);
    for (const fail of this.#sleepers) fail(error);
    for (const waker of this.#wakers) waker.close();
    for (const hook of this.#signals) hook.cancel();
    this.#timers.clear();
    this.#idle.clear();
    this.#prepare.clear();
    this.#soon = [];
    this.#proceeding = [];
    const runs = this.#runs;
    this.#runs = [];
    for (const { reject } of runs) reject(error);
  }

  #checkOpen(): void {
    if (this.#disposed) throw new DisposedError("loop");
  }

  /** Whether the loop is disposed. @internal */
  get disposed(): boolean {
    return this.#disposed;
  }

  /** Watches a descriptor until `unwatch`. @internal */
  watch(fd: number, watched: Watched): void {
    this.#epoll.ctl(EPOLL_CTL_ADD, fd, ALL_EVENTS);
    this.#watched[fd] = watched;
    watched.since = this.#waits;
    this.#held++;
    this.wake();
  }

  /** Forgets a descriptor before its close, which ends the watch. @internal */
  unwatch(fd: number): void {
    if (this.#watched[fd] === undefined) return;
    this.#watched[fd] = undefined;
    this.#held--;
    if (this.#held === 0) this.wake();
  }

  /** Whether this turn allows another receive or accept, which it counts. @internal */
  takeBudget(): boolean {
    if (this.#budget === 0) return false;
    this.#budget--;
    return true;
  }

  /** `watched` proceeds in the next turn. @internal */
  postpone(watched: Watched): void {
    if (watched.proceeds) return;
    watched.proceeds = true;
    this.#proceeding.push(watched);
    this.wake();
  }

  /** Calls a user's callback; errors go to `onError`. @internal */
  call<Arguments extends unknown[]>(callback: (...given: Arguments) => void, ...given: Arguments): void {
    try {
      callback(...given);
    } catch (error) {
      this.onError(error);
    }
  }

  /** Makes the loop turn: ends its sleep, or starts it. @internal */
  wake(): void {
    if (this.#sleeping) {
      if (this.#woken) return;
      this.#woken = true;
      this.core.sleepers.disturb();
    } else if (!this.#running && !this.#stopped) this.#start();
  }

  get #isOpen(): boolean {
    return (
      this.#held > 0 ||
      this.#timers.size > 0 ||
      this.#soon.length > 0 ||
      this.#proceeding.length > 0 ||
      this.#idle.size > 0 ||
      this.#wakers.size > 0
    );
  }

  #start(): void {
    if (this.#running || this.#disposed) return;
    this.#running = true;
    void this.#turns();
  }

  async #turns(): Promise<void> {
    // The statements after the call that starts the loop run before the first turn.
    await undefined;
    try {
      while (this.#isOpen && !this.#stopped && !this.#disposed) {
        this.#begin();
        if (!this.#isOpen || this.#stopped || this.#disposed) break;
        await this.#wait(this.#timeout());
        if (this.#disposed) break;
        this.#dispatchFound();
      }
      this.#running = false;
      this.#end();
    } catch (error) {
      this.#running = false;
      if (this.#runs.length === 0 && !this.#disposed) this.onError(error);
      this.#fail(error as Error);
    }
  }

  #end(): void {
    const runs = this.#runs;
    this.#runs = [];
    for (const { resolve } of runs) resolve();
  }

  /** The part of a turn before the wait. */
  #begin(): void {
    this.#inTurn = true;
    this.#budget = this.#maxPerTurn;
    this.#fireTimers();
    this.#callSoon();
    this.#proceed();
    this.#idle.callAll();
    this.#prepare.callAll();
    this.#inTurn = false;
  }

  #fireTimers(): void {
    if (this.#timers.size === 0) return;
    const now = Math.floor(this.now());
    const limit = this.#timers.advance(now);
    for (let left = this.#maxPerTurn; left > 0; left--) {
      const timer = this.#timers.takeDue(limit);
      if (timer === undefined) return;
      try {
        timer.callback();
      } catch (error) {
        this.onError(error);
      }
      timer.repeat(now);
    }
  }

  #callSoon(): void {
    if (this.#soon.length === 0) return;
    const now = this.#soon;
    this.#soon = now.length > this.#maxPerTurn ? now.splice(this.#maxPerTurn) : [];
    for (const callback of now) this.call(callback);
  }

  #proceed(): void {
    if (this.#proceeding.length === 0) return;
    const now = this.#proceeding;
    this.#proceeding = [];
    for (const watched of now) {
      watched.proceeds = false;
      watched.proceed();
    }
  }

  /** Milliseconds that the wait may sleep. */
  #timeout(): number {
    if (this.#soon.length > 0 || this.#proceeding.length > 0 || this.#idle.size > 0) return 0;
    const next = this.#timers.next();
    if (next === Infinity && this.#sleepsUntil === Infinity) return Infinity;
    const now = this.now();
    if (next < this.#sleepsUntil || this.#sleepsUntil <= now) this.#sleepsUntil = next;
    return Math.max(0, this.#sleepsUntil - now);
  }

  async #wait(timeout: number): Promise<void> {
    if (timeout === 0) {
      // Other tasks of the platform get their turn.
      await turn();
      if (this.#disposed) return;
      this.#found = this.#epoll.waitSync(this.#events, 0);
      this.#waits++;
      return;
    }
    this.#sleeping = true;
    this.#woken = false;
    try {
      await this.core.sleepers.sleep(this.#epoll.fd, timeout, this.#attempt);
    } finally {
      this.#sleeping = false;
    }
  }

  /** A try of the sleep: looks for events. */
  readonly #attempt = (timeIsUp: boolean): boolean => {
    if (this.#woken) return true;
    this.#found = this.#epoll.attempt(this.#events, timeIsUp);
    if (this.#found === 0) return timeIsUp;
    this.#waits++;
    return true;
  };

  /** Dispatches the events of an awaited wait. */
  #dispatchFound(): void {
    const count = this.#found;
    this.#found = 0;
    this.#dispatch(this.#events, count);
  }

  #dispatch(events: EpollEvents, count: number): void {
    this.#inTurn = true;
    for (let index = 0; index < count; index++) {
      const watched = this.#watched[events.fd(index)];
      if (watched !== undefined && watched.since < this.#waits) watched.ready(events.events(index));
    }
    this.#inTurn = false;
  }
}

/** Makes an error an uncaught exception of the process. */
function uncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

let shared: Promise<Loop> | undefined;

/**
 * The loop of calls without the option `loop`. The first call opens it; after a dispose, the next call opens a new one.
 *
 * @returns a promise of the same loop for all callers
 */
export async function defaultLoop(): Promise<Loop> {
  if (shared === undefined || (await shared.catch(() => undefined))?.disposed !== false) shared = Loop.open();
  return shared;
}

/**
 * The loop of a call's options.
 *
 * @throws ArgumentError for another value than a loop; DisposedError
 */
export async function loopOf({ loop }: { readonly loop?: Loop }, call: string): Promise<Loop> {
  if (loop === undefined) return defaultLoop();
  if (!(loop instanceof Loop)) {
    throw new ArgumentError(`${call}: loop ${shown(loop)}: expected a Loop`, "ERR_INVALID_ARG_TYPE");
  }
  if (loop.disposed) throw new DisposedError("loop");
  return loop;
}
