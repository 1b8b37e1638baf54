/** The wakeups of one mask: an edge-triggered epoll instance, and a buffer of delivered events. */
import { Errno } from "../../abi/errno.ts";
import { ERR, HUP } from "../../abi/readiness.ts";
import { POLLFD_WORDS, revents, setPollfd } from "../contract/pollfd.ts";
import { call, numbers } from "./call-list.ts";
import { NativeBuffer, refusedByHost, timespecOf } from "./libc.ts";
import { poll } from "./poll.ts";

/** Only x86-64 packs `struct epoll_event`. */
export const EVENT_SIZE = process.arch === "x64" ? 12 : 16;
/** The offsets of an event's user data: a key, and the descriptor. */
export const DATA = EVENT_SIZE - 8;
export const DESCRIPTOR = DATA + 4;
/** Instead of a key: a struck-out event, or another mask's instance in the home. */
export const TOMBSTONE = 0xffff_ffff;
const BATCH = 512;

/** One pollfd for each event of a buffer. */
const pollfdMemory = new NativeBuffer(BATCH * POLLFD_WORDS * 4);
const pollfds = new Int32Array(pollfdMemory.buffer);

export class MaskQueue {
  readonly epoll: number;
  mask: number;
  readonly armed = new Set<number>();
  readonly events = new NativeBuffer(EVENT_SIZE * BATCH);
  next = 0;
  end = 0;
  /** The buffered events are old: the kernel may have another wakeup of the same descriptors. */
  aged = false;

  constructor(epoll: number, mask: number) {
    this.epoll = epoll;
    this.mask = mask;
  }

  /** Fills the empty buffer from the kernel; `timeout` in nanoseconds. Returns their number, or a negated errno. */
  collect(timeout: number): number {
    this.next = 0;
    const count = epollWait(this.epoll, this.events.address, BATCH, timeout);
    this.end = Math.max(count, 0);
    return count;
  }

  /**
   * Appends the kernel's events to the buffer. A second wakeup of a descriptor updates the readiness of the first. Returns the
   * index of the first new event.
   */
  collectMore(): number {
    if (this.next > 0) {
      new Uint8Array(this.events.buffer).copyWithin(0, this.next * EVENT_SIZE, this.end * EVENT_SIZE);
      this.end -= this.next;
      this.next = 0;
    }
    const first = this.end;
    if (first === BATCH) return first;
    const count = epollWait(this.epoll, this.events.address + first * EVENT_SIZE, BATCH - first, 0);
    this.end = first + Math.max(count, 0);
    if (first > 0 && count > 0) this.#merge(first);
    return first;
  }

  /**
   * Updates the readiness of the buffered events and removes those that are no longer ready, as epoll_wait does at delivery.
   *
   * @param mask the events to ask for
   */
  renew(mask: number): void {
    this.clean();
    const { view } = this.events;
    const count = this.end - this.next;
    for (let place = 0; place < count; place++) {
      setPollfd(pollfds, place, view.getInt32((this.next + place) * EVENT_SIZE + DESCRIPTOR, true), mask);
    }
    // If the kernel refuses the call, the events stay unchanged: a spurious wakeup at most.
    if (count === 0 || poll(pollfdMemory.address, count, 0) < 0) return;
    for (let place = 0; place < count; place++) {
      const event = (this.next + place) * EVENT_SIZE;
      const ready = revents(pollfds, place) & (mask | ERR | HUP);
      if (ready === 0) view.setUint32(event + DATA, TOMBSTONE, true);
      else view.setUint32(event, ready, true);
    }
  }

  #merge(first: number): void {
    const { view } = this.events;
    const places = new Map<number, number>();
    for (let index = 0; index < first; index++) places.set(this.keyAt(index), index);
    places.delete(TOMBSTONE);
    for (let index = first; index < this.end; index++) {
      const place = places.get(this.keyAt(index));
      if (place === undefined) continue;
      view.setUint32(place * EVENT_SIZE, view.getUint32(index * EVENT_SIZE, true), true);
      view.setUint32(index * EVENT_SIZE + DATA, TOMBSTONE, true);
    }
  }

  keyAt(index: number): number {
    return this.events.view.getUint32(index * EVENT_SIZE + DATA, true);
  }

  /** Removes wakeups of closed registrations. Returns whether there was one. */
  clean(): boolean {
    const bytes = new Uint8Array(this.events.buffer);
    let found = false;
    for (let index = this.end - 1; index >= this.next; index--) {
      if (this.keyAt(index) !== TOMBSTONE) continue;
      bytes.copyWithin(index * EVENT_SIZE, (index + 1) * EVENT_SIZE, this.end * EVENT_SIZE);
      this.end--;
      found = true;
    }
    return found;
  }

  /** Removes the queued wakeups of `key`. */
  strike(key: number): void {
    for (let index = this.next; index < this.end; index++) {
      if (this.keyAt(index) === key) this.events.view.setUint32(index * EVENT_SIZE + DATA, TOMBSTONE, true);
    }
  }
}

/** Whether the kernel has epoll_pwait2(2), from 5.11 on, and no container's filter refuses it. */
let waitsNanoseconds = true;

/**
 * epoll_wait(2), to the nanosecond if possible, else to the millisecond, rounded up. Returns a count, 0 if a signal
 * ended the sleep, or a negated errno.
 */
function epollWait(epoll: number, events: number, most: number, timeout: number): number {
  if (timeout !== 0 && timeout !== Infinity && waitsNanoseconds) {
    const count = call(numbers.epollWaitNanoseconds, epoll, events, most, timespecOf(timeout));
    if (!refusedByHost(count)) return count === -Errno.INTR ? 0 : count;
    waitsNanoseconds = false;
  }
  const milliseconds = timeout === Infinity ? -1 : Math.min(Math.ceil(timeout / 1e6), 0x7fff_ffff);
  const count = call(numbers.epollWait, epoll, events, most, milliseconds);
  return count === -Errno.INTR ? 0 : count;
}
