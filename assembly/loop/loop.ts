/**
 * The loop: calls due callbacks, and sleeps until one is due.
 *
 * A turn runs due timers, `callSoon`, streams that the limit cut off, idle hooks, prepare hooks, the wait, and its
 * events. It makes at most MOST_PER_TURN calls of each kind, so no timer, peer or listener starves the others.
 */
import { EPOLL_CTL_ADD, EPOLLET, EPOLLIN } from "../abi/events";
import { close } from "../net/stream";
import { create, ctl } from "../readiness/epoll";
import { EpollEvents } from "../readiness/epoll-events";
import { clock } from "../sys/system";
import { caughtSignals } from "./caught-signals";
import { callHooks, Hook } from "./hooks";
import { Callback, Timer, TimerHeap } from "./timers";
import { Watched } from "./watched";

const MOST_PER_TURN: i32 = 256;
const MILLISECOND: i64 = 1_000_000;
/** Milliseconds: the longest delay, and the longest wait. */
const LONGEST_DELAY: f64 = 4_000_000_000_000;
const LONGEST_WAIT: i64 = 0x7fffffff;

/** An event loop. Times are milliseconds. */
export class Loop {
  private epoll: i32 = create();
  private events: EpollEvents = new EpollEvents(this.epoll, MOST_PER_TURN);
  private opened: i64 = clock();
  private timers: TimerHeap = new TimerHeap();
  private soon: Callback[] = [];
  private cutOff: Watched[] = [];
  private idle: Hook[] = [];
  private prepare: Hook[] = [];
  private watched: Map<i32, Watched> = new Map();
  /** How many of `watched` do not keep the loop open. */
  private background: i32 = 0;
  private isStopped: bool = false;

  /** Milliseconds since the loop was opened. */
  now(): f64 {
    return <f64>(clock() - this.opened) / <f64>MILLISECOND;
  }

  /** Calls in the next turn, in the order of the calls. */
  callSoon(callback: Callback): void {
    this.soon.push(callback);
  }

  /**
   * Calls once, not before `delay` milliseconds; 0 and negative numbers mean the next turn. NaN aborts. Timers of the
   * same time are called in the order they were set.
   */
  callLater(delay: f64, callback: Callback): Timer {
    return this.set(clock() + nanoseconds(delay), 0, callback);
  }

  /** Calls once at a time of `now()`; a past time means the next turn. */
  callAt(time: f64, callback: Callback): Timer {
    return this.set(this.opened + nanoseconds(time), 0, callback);
  }

  /** Calls at multiples of `interval`, which must be positive, without those that a busy loop has missed. */
  callEvery(interval: f64, callback: Callback): Timer {
    if (!(interval > 0)) throw new RangeError("an interval is more than 0 milliseconds");
    const every = nanoseconds(interval);
    return this.set(clock() + every, every, callback);
  }

  private set(deadline: i64, interval: i64, callback: Callback): Timer {
    const timer = new Timer(this.timers, deadline, interval, callback);
    this.timers.add(timer);
    return timer;
  }

  /** Calls in every turn; the loop does not sleep meanwhile. */
  onIdle(callback: Callback): Hook {
    const hook = new Hook(callback);
    this.idle.push(hook);
    return hook;
  }

  /** Calls before every wait. Does not keep the loop open. */
  onPrepare(callback: Callback): Hook {
    const hook = new Hook(callback);
    this.prepare.push(hook);
    return hook;
  }

  /**
   * Calls after a signal of the process, in place of its default action: `SIGTERM`, `SIGINT` or `SIGHUP`. Does not keep the loop open.
   * A second SIGTERM or SIGINT ends the process. The hook is inactive from the start on a host that delivers no signals: they have
   * their default action. `pollux run` delivers them to modules. Another name aborts.
   */
  onSignal(name: string, callback: Callback): Hook {
    const signals = caughtSignals();
    const hook = signals.add(name, callback);
    if (hook.isActive && !this.watched.has(signals.fd)) {
      assert(this.watch(signals, EPOLLIN) == 0, "the signals cannot be watched");
      this.background++;
    }
    return hook;
  }

  /** Returns when nothing is open any more, or after `stop`. Aborts if the host cannot wait. */
  run(): void {
    this.isStopped = false;
    while (!this.isStopped && this.isOpen()) this.turn();
  }

  /** `run` returns after this turn. */
  stop(): void {
    this.isStopped = true;
  }

  /** Watches a descriptor for edges of `events`. @returns 0 or a negated errno @internal */
  watch(watched: Watched, events: u32): i32 {
    const error = ctl(this.epoll, EPOLL_CTL_ADD, watched.fd, events | EPOLLET, <u64>watched.fd);
    if (error == 0) this.watched.set(watched.fd, watched);
    return error;
  }

  /** Closes a watched descriptor. @internal */
  close(watched: Watched): void {
    this.watched.delete(watched.fd);
    close(watched.fd);
    watched.fd = -1;
  }

  /** Calls `proceed` in the next turn, before the wait. @internal */
  proceedLater(watched: Watched): void {
    this.cutOff.push(watched);
  }

  private isOpen(): bool {
    return (
      this.timers.size > 0 ||
      this.watched.size > this.background ||
      this.soon.length > 0 ||
      this.cutOff.length > 0 ||
      this.idle.length > 0
    );
  }

  private turn(): void {
    this.fireTimers();
    this.callAllSoon();
    const cutOff = this.cutOff;
    this.cutOff = [];
    for (let index = 0; index < cutOff.length; index++) if (cutOff[index].fd >= 0) cutOff[index].proceed();
    this.idle = callHooks(this.idle);
    this.prepare = callHooks(this.prepare);
    if (this.isStopped || !this.isOpen()) return;
    const result = this.events.wait(this.timeout());
    assert(result >= 0, "the host cannot wait");
    for (let index = 0; index < this.events.count; index++) {
      if (!this.events.isCurrent(index)) continue;
      const fd = this.events.fd(index);
      if (this.watched.has(fd)) this.watched.get(fd).onEvents(this.events.events(index));
    }
  }

  private fireTimers(): void {
    const now = clock();
    const last = this.timers.lastOrder;
    for (let count = 0; count < MOST_PER_TURN; count++) {
      const timer = this.timers.takeDue(now, last);
      if (timer == null) return;
      timer.callback.call();
      timer.repeat(now);
    }
  }

  private callAllSoon(): void {
    const soon = this.soon;
    const count = min(soon.length, MOST_PER_TURN);
    this.soon = soon.slice(count);
    for (let index = 0; index < count; index++) soon[index].call();
  }

  /** The timeout of the wait, rounded up: a timer is never early. */
  private timeout(): i32 {
    if (this.soon.length > 0 || this.cutOff.length > 0 || this.idle.length > 0) return 0;
    if (this.timers.size == 0) return -1;
    const remaining = this.timers.next - clock();
    return remaining <= 0 ? 0 : <i32>min((remaining + MILLISECOND - 1) / MILLISECOND, LONGEST_WAIT);
  }
}

function nanoseconds(delay: f64): i64 {
  if (F64.isNaN(delay)) throw new RangeError("a time is not NaN");
  return <i64>Math.ceil(min(max(delay, 0), LONGEST_DELAY) * <f64>MILLISECOND);
}

let common: Loop | null = null;

/** The loop that listeners and streams use. */
export function defaultLoop(): Loop {
  let loop = common;
  if (loop == null) common = loop = new Loop();
  return loop;
}
