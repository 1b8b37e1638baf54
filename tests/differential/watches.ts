/** The watches that a comparison knows, from calls on which both sides agreed. */

import { READINESS } from "../../assembly/abi/events.ts";
import { EPOLLERR, EPOLLET, EPOLLHUP, EPOLLONESHOT, EPOLLPRI, EPOLLRDHUP } from "../../src/constants.ts";

const READABLE = 0x0c1;

export class Watch {
  readonly epoll: string;
  readonly target: string;
  readonly nested: boolean;
  events = 0;
  data = 0n;
  /** Its place among others on the ready list cannot be told (`unobservable.ts`). */
  placeUnknown = false;
  /** The kernel may have been woken where the engine could not see it (`unobservable.ts`). */
  mayFire = false;

  constructor(epoll: string, target: string, nested: boolean) {
    this.epoll = epoll;
    this.target = target;
    this.nested = nested;
  }

  /** The mask that wakes it: its interest, and the bits that the engine arms with it. */
  get mask(): number {
    const interest = (this.events & READINESS) | EPOLLERR | EPOLLHUP;
    return (interest & READABLE) !== 0 ? interest | EPOLLRDHUP | EPOLLPRI : interest;
  }

  /** The bits that it delivers. */
  get interest(): number {
    return (this.events & READINESS) | EPOLLERR | EPOLLHUP;
  }

  get edge(): boolean {
    return (this.events & EPOLLET) !== 0;
  }

  get oneShot(): boolean {
    return (this.events & EPOLLONESHOT) !== 0;
  }

  /** Whether it stays on the ready list after a delivery. */
  get stays(): boolean {
    return !this.edge && !this.oneShot;
  }
}

export class Watches {
  readonly #of = new Map<string, Map<string, Watch>>();
  /** Every mask that a watch of a stream ever had here. */
  readonly masks = new Set<number>();

  open(epoll: string): void {
    this.#of.set(epoll, new Map());
  }

  isEpoll(name: string): boolean {
    return this.#of.has(name);
  }

  get(epoll: string, target: string): Watch | undefined {
    return this.#of.get(epoll)?.get(target);
  }

  /** An agreed ADD or MOD. Returns the watch. */
  set(epoll: string, target: string, events: number, data: bigint): Watch {
    let watch = this.get(epoll, target);
    if (watch === undefined) {
      watch = new Watch(epoll, target, this.isEpoll(target));
      this.#of.get(epoll)!.set(target, watch);
    }
    watch.events = events;
    watch.data = data;
    if (!watch.nested) this.masks.add(watch.mask);
    return watch;
  }

  remove(epoll: string, target: string): void {
    this.#of.get(epoll)?.delete(target);
  }

  /** The end of a stream or of an instance. */
  close(name: string): void {
    this.#of.delete(name);
    for (const watches of this.#of.values()) watches.delete(name);
  }

  /** All watches of an instance. */
  in(epoll: string): IterableIterator<Watch> {
    return this.#of.get(epoll)!.values();
  }

  /** All watches on a stream or an instance. */
  *on(target: string): Generator<Watch> {
    for (const watches of this.#of.values()) {
      const watch = watches.get(target);
      if (watch !== undefined) yield watch;
    }
  }
}
