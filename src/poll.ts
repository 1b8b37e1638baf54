/** poll(2) for TypeScript: Python's `select.poll` over the array that C's poll takes. */
import { POLLFD_EVENTS, POLLFD_FD, POLLFD_REVENTS, POLLFD_SIZE } from "../assembly/memory/layout.ts";
import { Errno } from "../wasi-host/errno.ts";
import { SystemError } from "../wasi-host/system-error.ts";
import { POLLIN, POLLOUT, POLLPRI } from "./constants.ts";
import { type Core, check } from "./core.ts";
import { type Fileno, filenoOf } from "./fileno.ts";
import { milliseconds, type WaitOptions } from "./timeout.ts";

/** A set of descriptors, all of which are looked at in every call. There is no limit to how many. Closed, it throws EBADF. */
export class Poll implements Disposable {
  readonly #core: Core;
  /** Where each descriptor's `struct pollfd` is in the array. */
  readonly #indexOf = new Map<number, number>();
  #capacity = 64;
  #array: number;

  constructor(core: Core) {
    this.#core = core;
    this.#array = core.exports.pollux_alloc(this.#capacity * POLLFD_SIZE);
  }

  /** Adds a descriptor, or changes what one is watched for; a sum of POLL* bits. */
  register(target: Fileno, events: number = POLLIN | POLLPRI | POLLOUT): void {
    const fd = filenoOf(target, "poll");
    this.#checkOpen();
    const index = this.#indexOf.get(fd) ?? this.#append(fd);
    this.#core.view.setUint32(this.#array + index * POLLFD_SIZE + POLLFD_EVENTS, events & 0xffff, true);
    this.#core.sleepers.disturb();
  }

  #append(fd: number): number {
    const index = this.#indexOf.size;
    if (index === this.#capacity) {
      const { exports } = this.#core;
      const larger = exports.pollux_alloc(this.#capacity * 2 * POLLFD_SIZE);
      new Uint8Array(exports.memory.buffer).copyWithin(larger, this.#array, this.#array + index * POLLFD_SIZE);
      exports.pollux_free(this.#array);
      this.#array = larger;
      this.#capacity *= 2;
    }
    this.#core.view.setInt32(this.#array + index * POLLFD_SIZE + POLLFD_FD, fd, true);
    this.#indexOf.set(fd, index);
    return index;
  }

  /** Changes what a descriptor is watched for. Throws ENOENT where it is not registered. */
  modify(target: Fileno, events: number): void {
    this.#registered(target);
    this.register(target, events);
  }

  /** Throws ENOENT where it is not registered. */
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
   * Waits at most `timeout` milliseconds (-1, Infinity or nothing: for ever) and returns [fd, revents] of each descriptor
   * that has something; POLLERR, POLLHUP and POLLNVAL come unasked. The thread sleeps.
   */
  pollSync(timeout = -1): [fd: number, revents: number][] {
    const most = milliseconds(timeout, "poll");
    this.#checkOpen();
    const ready = this.#core.exports.pollux_poll(this.#array, this.#indexOf.size, most);
    return this.#ready(check(ready, "poll"));
  }

  /** The same, with the event loop free. */
  async poll(timeout = -1, { signal }: WaitOptions = {}): Promise<[fd: number, revents: number][]> {
    const most = milliseconds(timeout, "poll");
    signal?.throwIfAborted();
    let ready = this.pollSync(0);
    if (ready.length > 0 || most === 0) return ready;
    const { exports, sleepers } = this.#core;
    const attempt = (timeIsUp: boolean): boolean => {
      this.#checkOpen();
      const count = check(exports.pollux_poll_arm(this.#array, this.#indexOf.size), "poll");
      ready = this.#ready(count);
      return count > 0 || timeIsUp;
    };
    await sleepers.sleep(undefined, most < 0 ? Infinity : most, attempt, signal);
    return ready;
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

  /** Its memory is the core's again: nothing may be written there. */
  #checkOpen(): void {
    if (this.#array === 0) throw new SystemError(Errno.BADF, "poll", "on a Poll that was closed");
  }

  /** Gives its memory back to the core; waits that are under way reject. Closing twice is fine. */
  close(): void {
    if (this.#array === 0) return;
    this.#indexOf.clear();
    this.#core.exports.pollux_free(this.#array);
    this.#array = this.#capacity = 0;
    this.#core.sleepers.disturb();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
