/** epoll(7) for TypeScript. */

import { EPOLL_EVENT_DATA, EPOLL_EVENT_EVENTS, EPOLL_EVENT_FD, EPOLL_EVENT_SIZE } from "../assembly/abi/epoll.ts";
import { ArgumentError } from "../wasi-host/index.ts";
import { Errno, SystemError, shown } from "../wasi-host/internal.ts";
import { checkCore, checkData, checkEvents } from "./arguments.ts";
import { type Core, check } from "./core.ts";
import { type Fileno, filenoOf } from "./fileno.ts";
import { milliseconds, type WaitOptions } from "./timeout.ts";

/**
 * An array of events in the core's memory, for use in any number of waits. Only waits write to it, so check `isCurrent`
 * if handlers remove, change or close watches.
 *
 * @example
 * const events = new EpollEvents(core, 64);
 * const count = await epoll.wait(events);
 * for (let index = 0; index < count; index++) if (events.isCurrent(index)) serve(events.fd(index));
 */
export class EpollEvents {
  /** Maximum number of events of one wait. */
  readonly capacity: number;
  /** Address in linear memory. */
  readonly address: number;
  readonly #core: Core;
  /** The instance that delivered the events, and the lower 32 bits of the delivery's number. */
  #epoll = -1;
  #delivery = 0;

  /**
   * Allocates the array.
   *
   * @param capacity - number of events, 1 or more
   * @throws SystemError EINVAL for another capacity; ENOMEM
   */
  constructor(core: Core, capacity = 256) {
    checkCore(core, "new EpollEvents");
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new SystemError(
        Errno.INVAL,
        "epoll_wait",
        `room for ${capacity} events: expected a whole number from 1 on`,
      );
    }
    this.#core = core;
    this.capacity = capacity;
    this.address = core.allocate(capacity * EPOLL_EVENT_SIZE, "epoll_wait");
  }

  /** Frees the array. */
  free(): void {
    if (!this.#core.disposed) this.#core.exports.pollux_free(this.address);
  }

  /** Notes the instance that delivered the events. @internal */
  delivered(epoll: number): void {
    this.#epoll = epoll;
    // Reads one word, because every wait pays for it: a call that returns 64 bits costs a tenth of a wait.
    this.#delivery = this.#core.view.getUint32(this.#core.deliveries, true);
  }

  /**
   * Whether event `index` of the last wait is still current: false if its watch was removed or changed by `ctl` since
   * then, or its descriptor or instance closed.
   */
  isCurrent(index: number): boolean {
    const { view, deliveries } = this.#core;
    // The number only grows: if the lower word is smaller now, it has overflowed since.
    const carried = view.getUint32(deliveries, true) < this.#delivery ? 1 : 0;
    const delivery = (BigInt(view.getUint32(deliveries + 4, true) - carried) << 32n) | BigInt(this.#delivery);
    return this.#core.exports.pollux_epoll_is_current(this.#epoll, this.fd(index), delivery) !== 0;
  }

  /** The EPOLL* bits of event `index`. */
  events(index: number): number {
    return this.#core.view.getUint32(this.address + index * EPOLL_EVENT_SIZE + EPOLL_EVENT_EVENTS, true);
  }

  /** The descriptor of event `index`. */
  fd(index: number): number {
    return this.#core.view.getInt32(this.address + index * EPOLL_EVENT_SIZE + EPOLL_EVENT_FD, true);
  }

  /** The user data of event `index`, 64 bits. */
  data(index: number): bigint {
    return this.#core.view.getBigUint64(this.address + index * EPOLL_EVENT_SIZE + EPOLL_EVENT_DATA, true);
  }
}

/**
 * An epoll instance. Its descriptor can be watched by another instance, poll or select.
 *
 * @example
 * const epoll = new Epoll(core);
 * epoll.ctl(EPOLL_CTL_ADD, socket, EPOLLIN | EPOLLET);
 * const count = await epoll.wait(events, 1000);
 */
export class Epoll implements Disposable {
  readonly fd: number;
  readonly #core: Core;

  /**
   * Creates an instance.
   *
   * @throws SystemError ENOMEM. epoll_create(2)
   */
  constructor(core: Core) {
    checkCore(core, "new Epoll");
    this.#core = core;
    this.fd = check(core.exports.pollux_epoll_create(), "epoll_create");
  }

  /**
   * Adds, changes or ends the watch of a descriptor.
   *
   * @param op - EPOLL_CTL_ADD, EPOLL_CTL_MOD or EPOLL_CTL_DEL
   * @param target - a descriptor number, or an object that has one
   * @param events - a combination of EPOLL* bits
   * @param data - 64 bits, returned with each event; by default the descriptor's number
   * @throws SystemError EBADF, EEXIST, EINVAL, ELOOP, ENOENT, ENOMEM or EPERM, as in epoll_ctl(2)
   */
  ctl(op: number, target: Fileno, events = 0, data?: bigint): void {
    const fd = filenoOf(target, "epoll_ctl");
    checkEvents(op, "ctl", "EPOLL_CTL_ADD, EPOLL_CTL_MOD or EPOLL_CTL_DEL");
    checkEvents(events, "ctl", "EPOLLIN, EPOLLOUT and the other EPOLL* bits");
    checkData(data, "ctl");
    const { exports, sleepers } = this.#core;
    check(exports.pollux_epoll_ctl(this.fd, op, fd, events, data ?? BigInt(fd)), "epoll_ctl", fd);
    sleepers.disturb();
  }

  /**
   * Waits for events and blocks the thread.
   *
   * @param events - receives the events
   * @param timeout - milliseconds, rounded up; -1 or Infinity waits for ever, 0 does not wait
   * @returns the number of events; 0 at the timeout
   * @throws SystemError EBADF, EINVAL or ENOMEM, or the host's error. epoll_wait(2)
   */
  waitSync(events: EpollEvents, timeout = -1): number {
    checkRoom(events);
    return this.#deliver(events, this.#wait(events, milliseconds(timeout, "epoll_wait")));
  }

  #wait({ address, capacity }: EpollEvents, timeout: number): number {
    return this.#core.exports.pollux_epoll_wait(this.fd, address, capacity, timeout);
  }

  #deliver(events: EpollEvents, count: number): number {
    if (count > 0) events.delivered(this.fd);
    return check(count, "epoll_wait", this.fd);
  }

  /**
   * Same as `waitSync`, with the event loop free.
   *
   * @param options - an `AbortSignal` that ends the wait
   * @returns a promise of the number of events; rejects with the signal's reason
   */
  async wait(events: EpollEvents, timeout = -1, { signal }: WaitOptions = {}): Promise<number> {
    checkRoom(events);
    const most = milliseconds(timeout, "epoll_wait");
    signal?.throwIfAborted();
    if (most === 0) return this.waitSync(events, 0);
    let count = 0;
    const attempt = (timeIsUp: boolean): boolean => {
      count = this.attempt(events, timeIsUp);
      return count > 0 || timeIsUp;
    };
    await this.#core.sleepers.sleep(this.fd, most < 0 ? Infinity : most, attempt, signal);
    return count;
  }

  /** One try of a sleeping caller: the number of events. @internal */
  attempt(events: EpollEvents, timeIsUp: boolean): number {
    const { sleepers } = this.#core;
    return this.#deliver(events, sleepers.outcome(this.#wait(events, sleepers.patience(timeIsUp))));
  }

  /** Ends all watches of the instance, and those on it. Can be repeated. */
  close(): void {
    if (this.#core.disposed || this.#core.exports.pollux_close(this.fd) !== 0) return;
    this.#core.closings.note(this.fd);
    this.#core.sleepers.disturb();
  }

  /** Same as `close`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Without an address the core would write to the start of its memory. */
function checkRoom(events: EpollEvents): void {
  if (events?.address > 0) return;
  throw new ArgumentError(
    `wait(${shown(events)}): expected an EpollEvents as the first argument`,
    "ERR_INVALID_ARG_TYPE",
  );
}
