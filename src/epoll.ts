/** epoll(7) for TypeScript: the calls over a core, on any descriptor of it. */
import { EPOLL_EVENT_DATA, EPOLL_EVENT_EVENTS, EPOLL_EVENT_FD, EPOLL_EVENT_SIZE } from "../assembly/memory/layout.ts";
import { Errno } from "../wasi-host/errno.ts";
import { SystemError } from "../wasi-host/system-error.ts";
import { type Core, check } from "./core.ts";
import { type Fileno, filenoOf } from "./fileno.ts";
import { milliseconds, type WaitOptions } from "./timeout.ts";

/** Where waits deliver: room for events in the core's memory, used again from wait to wait. */
export class EpollEvents {
  /** The most that one wait delivers here. */
  readonly capacity: number;
  /** The address in linear memory. */
  readonly address: number;
  readonly #core: Core;

  constructor(core: Core, capacity = 256) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new SystemError(
        Errno.INVAL,
        "epoll_wait",
        `room for ${capacity} events: expected a whole number from 1 on`,
      );
    }
    this.#core = core;
    this.capacity = capacity;
    this.address = core.exports.pollux_alloc(capacity * EPOLL_EVENT_SIZE);
  }

  /** Gives the room back to the core. */
  free(): void {
    this.#core.exports.pollux_free(this.address);
  }

  /** The readiness bits of event `index`; 0 when its watch was removed, changed or closed since: pass it over. */
  events(index: number): number {
    return this.#core.view.getUint32(this.address + index * EPOLL_EVENT_SIZE + EPOLL_EVENT_EVENTS, true);
  }

  fd(index: number): number {
    return this.#core.view.getInt32(this.address + index * EPOLL_EVENT_SIZE + EPOLL_EVENT_FD, true);
  }

  /** The user data of the watch, 64 bits. */
  data(index: number): bigint {
    return this.#core.view.getBigUint64(this.address + index * EPOLL_EVENT_SIZE + EPOLL_EVENT_DATA, true);
  }
}

/** An epoll instance. It has a descriptor itself, and can be watched by another. */
export class Epoll implements Disposable {
  readonly fd: number;
  readonly #core: Core;

  /** epoll_create(2). */
  constructor(core: Core) {
    this.#core = core;
    this.fd = check(core.exports.pollux_epoll_create(), "epoll_create");
  }

  /**
   * epoll_ctl(2): adds, changes or ends the watch on a descriptor. `events` is a sum of EPOLL* bits and flags; `data`, 64
   * bits, comes back with each event (the descriptor's number where nothing is given).
   * Throws EBADF, EEXIST, EINVAL, ELOOP, ENOENT, ENOMEM, EPERM, in the manual page's cases.
   */
  ctl(op: number, target: Fileno, events = 0, data?: bigint): void {
    const fd = filenoOf(target, "epoll_ctl");
    const { exports, sleepers } = this.#core;
    check(exports.pollux_epoll_ctl(this.fd, op, fd, events, data ?? BigInt(fd)), "epoll_ctl");
    sleepers.disturb();
  }

  /**
   * epoll_wait(2): delivers to `events` and returns how many there are; 0 when `timeout` milliseconds are over. -1,
   * Infinity or nothing waits for ever, 0 does not wait. The thread sleeps: nothing else of the process runs.
   * Throws EBADF, EINVAL.
   */
  waitSync(events: EpollEvents, timeout = -1): number {
    const count = this.#core.exports.pollux_epoll_wait(
      this.fd,
      events.address,
      events.capacity,
      milliseconds(timeout, "epoll_wait"),
    );
    return check(count, "epoll_wait");
  }

  /** The same, with the event loop free. */
  async wait(events: EpollEvents, timeout = -1, { signal }: WaitOptions = {}): Promise<number> {
    const most = milliseconds(timeout, "epoll_wait");
    signal?.throwIfAborted();
    if (most === 0) return this.waitSync(events, 0);
    let count = 0;
    await this.#core.sleepers.sleep(
      this.fd,
      most < 0 ? Infinity : most,
      (timeIsUp) => (count = this.waitSync(events, 0)) > 0 || timeIsUp,
      signal,
    );
    return count;
  }

  /** Ends all of its watches, and those that others have on it. Closing twice is fine. */
  close(): void {
    if (this.#core.exports.pollux_close(this.fd) === 0) this.#core.sleepers.disturb();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
