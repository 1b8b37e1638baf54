/** poll(2) for TypeScript, with the methods of Python's `select.poll`. */
import { POLLFD_EVENTS, POLLFD_FD, POLLFD_REVENTS, POLLFD_SIZE } from "../assembly/abi/epoll.ts";
import { Errno, SystemError } from "../wasi-host/internal.ts";
import { checkCore, checkEvents } from "./arguments.ts";
import { POLLIN, POLLOUT, POLLPRI } from "./constants.ts";
import { type Core, check } from "./core.ts";
import { type Fileno, filenoOf } from "./fileno.ts";
import { milliseconds, type WaitOptions } from "./timeout.ts";

/**
 * A set of any number of descriptors. Each call checks all of them. A closed set throws EBADF.
 *
 * @example
 * const poll = new Poll(core);
 * poll.register(socket, POLLIN);
 * for (const [fd, revents] of await poll.poll(1000)) serve(fd, revents);
 */
export class Poll implements Disposable {
  readonly #core: Core;
  /** Index of each descriptor's `struct pollfd` in the array. */
  readonly #indexOf = new Map<number, number>();
  #capacity = 64;
  #array: number;

  /**
   * Creates an empty set.
   *
   * @throws SystemError ENOMEM
   */
  constructor(core: Core) {
    checkCore(core, "new Poll");
    this.#core = core;
    this.#array = core.allocate(this.#capacity * POLLFD_SIZE, "poll");
  }

  /**
   * Adds a descriptor, or changes the events of a registered one.
   *
   * @param events - a combination of POLL* bits; by default POLLIN, POLLPRI and POLLOUT
   * @throws SystemError EBADF for an invalid descriptor; ENOMEM
   */
  register(target: Fileno, events: number = POLLIN | POLLPRI | POLLOUT): void {
    const fd = filenoOf(target, "poll");
    checkEvents(events, "register", "POLLIN, POLLOUT and the other POLL* bits");
    this.#checkOpen();
    const index = this.#indexOf.get(fd) ?? this.#append(fd);
    this.#core.view.setUint32(this.#array + index * POLLFD_SIZE + POLLFD_EVENTS, events & 0xffff, true);
    this.#core.sleepers.disturb();
  }

  #append(fd: number): number {
    const index = this.#indexOf.size;
    if (index === this.#capacity) {
      const { exports } = this.#core;
      const larger = this.#core.allocate(this.#capacity * 2 * POLLFD_SIZE, "poll");
      new Uint8Array(exports.memory.buffer).copyWithin(larger, this.#array, this.#array + index * POLLFD_SIZE);
      exports.pollux_free(this.#array);
      this.#array = larger;
      this.#capacity *= 2;
    }
    this.#core.view.setInt32(this.#array + index * POLLFD_SIZE + POLLFD_FD, fd, true);
    this.#indexOf.set(fd, index);
    return index;
  }

  /**
   * Changes the events of a registered descriptor.
   *
   * @throws SystemError ENOENT if it is not registered
   */
  modify(target: Fileno, events: number): void {
    this.#registered(target);
    this.register(target, events);
  }

  /**
   * Removes a descriptor.
   *
   * @throws SystemError ENOENT if it is not registered
   */
  unregister(target: Fileno): void {
    const fd = filenoOf(target, "poll");
    const index = this.#registered(target);
    const last = this.#indexOf.size - 1;
    const { view } = this.#core;
    const from = this.#array + last * POLLFD_SIZE;
    const to = this.#array + index * POLLFD_SIZE;
    this.#indexOf.set(view.getInt32(from + POLLFD_FD, true), index);
    view.setBigUint64(to, view.getBigUint64(from, true), true);
    this.#indexOf.delete(fd);
    this.#core.sleepers.disturb();
  }

  #registered(target: Fileno): number {
    const fd = filenoOf(target, "poll");
    this.#checkOpen();
    const index = this.#indexOf.get(fd);
    if (index === undefined) throw new SystemError(Errno.NOENT, "poll", `descriptor ${fd}, which is not registered`);
    return index;
  }

  /**
   * Waits for events and blocks the thread.
   *
   * @param timeout - milliseconds, rounded up; -1 or Infinity waits for ever, 0 does not wait
   * @returns [fd, revents] of each ready descriptor; POLLERR, POLLHUP and POLLNVAL are always reported. poll(2)
   */
  pollSync(timeout = -1): [fd: number, revents: number][] {
    const most = milliseconds(timeout, "poll");
    this.#checkOpen();
    const ready = this.#core.exports.pollux_poll(this.#array, this.#indexOf.size, most);
    return this.#ready(check(ready, "poll"));
  }

  /**
   * Same as `pollSync`, with the event loop free.
   *
   * @param options - an `AbortSignal` that ends the wait
   * @returns a promise; rejects with the signal's reason
   */
  async poll(timeout = -1, { signal }: WaitOptions = {}): Promise<[fd: number, revents: number][]> {
    const most = milliseconds(timeout, "poll");
    signal?.throwIfAborted();
    let ready = this.pollSync(0);
    if (ready.length > 0 || most === 0) return ready;
    const { sleepers } = this.#core;
    const attempt = (timeIsUp: boolean): boolean => {
      this.#checkOpen();
      const count = check(this.#attempt(timeIsUp), "poll");
      ready = this.#ready(count);
      return count > 0 || timeIsUp;
    };
    await sleepers.sleep(undefined, most < 0 ? Infinity : most, attempt, signal);
    return ready;
  }

  #attempt(timeIsUp: boolean): number {
    const { exports, sleepers } = this.#core;
    const count = this.#indexOf.size;
    if (!sleepers.overLevels) return exports.pollux_poll_arm(this.#array, count);
    return sleepers.outcome(exports.pollux_poll(this.#array, count, sleepers.patience(timeIsUp)));
  }

  #ready(count: number): [number, number][] {
    const { view } = this.#core;
    const ready: [number, number][] = [];
    for (let index = 0; ready.length < count; index++) {
      const entry = this.#array + index * POLLFD_SIZE;
      const revents = view.getUint16(entry + POLLFD_REVENTS, true);
      if (revents !== 0) ready.push([view.getInt32(entry + POLLFD_FD, true), revents]);
    }
    return ready;
  }

  /** A closed set has freed its memory, so nothing must be written there. */
  #checkOpen(): void {
    if (this.#array === 0) throw new SystemError(Errno.BADF, "poll", "on a closed Poll");
  }

  /** Frees the set's memory. Pending waits reject with EBADF. Can be repeated. */
  close(): void {
    if (this.#array === 0 || this.#core.disposed) return;
    this.#indexOf.clear();
    this.#core.exports.pollux_free(this.#array);
    this.#array = this.#capacity = 0;
    this.#core.sleepers.disturb();
  }

  /** Same as `close`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
