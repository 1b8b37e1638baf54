/**
 * Selectors over select, poll and epoll, with the methods of Python's `selectors`
 * (https://docs.python.org/3/library/selectors.html). Times are milliseconds.
 */
import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, POLLIN, POLLOUT } from "../constants.ts";
import type { Core } from "../core.ts";
import { Epoll, EpollEvents } from "../epoll.ts";
import { checkSelectable, FdSets } from "../fd-sets.ts";
import type { Fileno } from "../fileno.ts";
import { Poll } from "../poll.ts";
import { milliseconds, type WaitOptions } from "../timeout.ts";
import { BaseSelector, type Found } from "./base-selector.ts";

export {
  BaseSelector,
  type DataArgument,
  EVENT_READ,
  EVENT_WRITE,
  type ReadyKey,
  type ReadyKeys,
} from "./base-selector.ts";
export type { SelectorKey } from "./key-map.ts";

/** Over select: at most FD_SETSIZE descriptors (`setFdSetSize`), all copied and scanned in every wait. */
export class SelectSelector<Data = unknown, FileObject extends Fileno = Fileno> extends BaseSelector<Data, FileObject> {
  readonly #core: Core;
  readonly #sets: FdSets;
  readonly #members = [new Set<number>(), new Set<number>(), new Set<number>()] as const;

  constructor(core: Core) {
    super(core);
    this.#core = core;
    this.#sets = new FdSets(core);
  }

  /** @throws SystemError EINVAL for a descriptor at or above FD_SETSIZE that is not an epoll instance */
  protected override watch(fd: number, interest: number): void {
    checkSelectable(this.#core, fd);
    this.rewatch(fd, interest);
  }

  protected override rewatch(fd: number, interest: number): void {
    for (const [index, bit] of [POLLIN, POLLOUT].entries()) {
      if ((interest & bit) !== 0) this.#members[index].add(fd);
      else this.#members[index].delete(fd);
    }
    this.#core.sleepers.disturb();
  }

  protected override unwatch(fd: number): void {
    this.rewatch(fd, 0);
  }

  protected override waitSync(most: number): Found[] {
    const left = this.#sets.select(this.#members, milliseconds(most, "select"));
    return left === 0 ? [] : this.#found();
  }

  protected override async wait(most: number, { signal }: WaitOptions): Promise<Found[]> {
    signal?.throwIfAborted();
    const { sleepers } = this.#core;
    let found = this.waitSync(0);
    const attempt = (timeIsUp: boolean): boolean => {
      if (sleepers.overLevels) found = this.waitSync(timeIsUp ? 0 : Infinity);
      else if (this.#sets.arm(this.#members) > 0) found = this.waitSync(0);
      return found.length > 0 || timeIsUp;
    };
    if (found.length > 0 || most === 0) return found;
    await sleepers.sleep(undefined, Math.ceil(most), attempt, signal);
    return found;
  }

  #found(): Found[] {
    const [readers, writers] = this.#members;
    const readiness = (fd: number) =>
      (readers.has(fd) && this.#sets.has(0, fd) ? POLLIN : 0) |
      (writers.has(fd) && this.#sets.has(1, fd) ? POLLOUT : 0);
    return [...new Set([...readers, ...writers])].map((fd): Found => [fd, readiness(fd)]);
  }

  protected override release(): void {
    this.#sets.free();
    this.#core.sleepers.disturb();
  }
}

/** Over poll: any number of descriptors, all checked in every wait. */
export class PollSelector<Data = unknown, FileObject extends Fileno = Fileno> extends BaseSelector<Data, FileObject> {
  readonly #poll: Poll;

  constructor(core: Core) {
    super(core);
    this.#poll = new Poll(core);
  }

  /** A watch for 0 events is not an entry: poll would report its errors. */
  protected override watch(fd: number, interest: number): void {
    if (interest !== 0) this.#poll.register(fd, interest);
  }

  protected override rewatch(fd: number, interest: number): void {
    if (interest === 0) this.#poll.unregister(fd);
    else this.#poll.register(fd, interest);
  }

  protected override unwatch(fd: number): void {
    this.#poll.unregister(fd);
  }

  protected override waitSync(most: number): Found[] {
    return this.#poll.pollSync(most);
  }

  protected override wait(most: number, options: WaitOptions): Promise<Found[]> {
    return this.#poll.poll(most, options);
  }

  protected override release(): void {
    this.#poll.close();
  }
}

/** Over epoll, level-triggered: a wait costs time only for ready descriptors. */
export class EpollSelector<Data = unknown, FileObject extends Fileno = Fileno> extends BaseSelector<Data, FileObject> {
  readonly #core: Core;
  readonly #epoll: Epoll;
  /** Descriptors registered for 0 events. */
  readonly #resting = new Set<number>();
  /** Events of a wait; undefined while a wait uses them. */
  #events: EpollEvents | undefined;

  constructor(core: Core) {
    super(core);
    this.#core = core;
    this.#epoll = new Epoll(core);
  }

  /** The epoll instance's descriptor, which other selectors, poll and select can watch. */
  fileno(): number {
    return this.#epoll.fd;
  }

  /**
   * @throws SystemError EPERM for a descriptor that cannot be polled, such as a regular file; EBADF for a closed one
   */
  protected override watch(fd: number, interest: number): void {
    this.#epoll.ctl(EPOLL_CTL_ADD, fd, interest);
    if (interest === 0) this.#rest(fd);
  }

  protected override rewatch(fd: number, interest: number): void {
    if (this.#resting.delete(fd)) this.watch(fd, interest);
    else if (interest === 0) this.#rest(fd);
    else this.#epoll.ctl(EPOLL_CTL_MOD, fd, interest);
  }

  /** Ends a watch for 0 events, because epoll would report its errors and hangups. */
  #rest(fd: number): void {
    this.#epoll.ctl(EPOLL_CTL_DEL, fd);
    this.#resting.add(fd);
  }

  protected override unwatch(fd: number): void {
    if (!this.#resting.delete(fd)) this.#epoll.ctl(EPOLL_CTL_DEL, fd);
  }

  protected override waitSync(most: number): Found[] {
    const events = this.#takeRoom();
    try {
      return found(events, this.#epoll.waitSync(events, most));
    } finally {
      this.#putBack(events);
    }
  }

  protected override async wait(most: number, options: WaitOptions): Promise<Found[]> {
    const events = this.#takeRoom();
    try {
      return found(events, await this.#epoll.wait(events, most, options));
    } finally {
      this.#putBack(events);
    }
  }

  #takeRoom(): EpollEvents {
    const events = this.#events;
    this.#events = undefined;
    if (events !== undefined && events.capacity >= this.count) return events;
    events?.free();
    return new EpollEvents(this.#core, Math.max(64, 2 * this.count));
  }

  #putBack(events: EpollEvents): void {
    this.#events?.free();
    this.#events = events;
  }

  protected override release(): void {
    this.#epoll.close();
    this.#events?.free();
    this.#events = undefined;
  }
}

function found(events: EpollEvents, count: number): Found[] {
  return Array.from({ length: count }, (_, index): Found => [events.fd(index), events.events(index)]);
}

/** The best selector: epoll, then poll, then select. A core has all three on every platform. */
export { EpollSelector as DefaultSelector };
