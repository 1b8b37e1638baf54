/** The wakeups of one mask: an edge-triggered epoll instance, and a buffer of delivered events. */
import { Errno } from "../../abi/errno.ts";
import { ERR, HUP } from "../../abi/readiness.ts";
import { POLLFD_WORDS, revents, setPollfd } from "../contract/pollfd.ts";
import { call, callOn, numbers } from "./call-list.ts";
import { NativeBuffer, refusedByHost, timespecOf } from "./libc.ts";
import { poll } from "./poll.ts";

/** Only x86-64 packs `struct epoll_event`. */
const EVENT_WORDS = process.arch === "x64" ? 3 : 4;
const EVENT_SIZE = EVENT_WORDS * 4;
/** The words of an event's user data: a key, and the descriptor. */
export const KEY = EVENT_WORDS - 2;
export const DESCRIPTOR = KEY + 1;
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
  readonly #events = new NativeBuffer(EVENT_SIZE * BATCH);
  readonly #words = new Uint32Array(this.#events.buffer);
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
    const count = epollWait(this.epoll, this.#events.address, BATCH, timeout);
    this.end = Math.max(count, 0);
    return count;
  }

  /**
   * Appends the kernel's events to the buffer. A second wakeup of a descriptor updates the readiness of the first. Returns the
   * index of the first new event.
   */
  collectMore(): number {
    if (this.next > 0) {
      this.#words.copyWithin(0, this.next * EVENT_WORDS, this.end * EVENT_WORDS);
      this.end -= this.next;
      this.next = 0;
    }
    const first = this.end;
    if (first === BATCH) return first;
    const count = epollWait(this.epoll, this.#events.address + first * EVENT_SIZE, BATCH - first, 0);
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
    const count = this.end - this.next;
    for (let place = 0; place < count; place++) {
      setPollfd(pollfds, place, this.#words[(this.next + place) * EVENT_WORDS + DESCRIPTOR], mask);
    }
    // If the kernel refuses the call, the events stay unchanged: a spurious wakeup at most.
    if (count === 0 || poll(pollfdMemory.address, count, 0) < 0) return;
    for (let place = 0; place < count; place++) {
      const ready = revents(pollfds, place) & (mask | ERR | HUP);
      if (ready === 0) this.strikeAt(this.next + place);
      else this.#words[(this.next + place) * EVENT_WORDS] = ready;
    }
  }

  #merge(first: number): void {
    const places = new Map<number, number>();
    for (let index = 0; index < first; index++) places.set(this.keyAt(index), index);
    places.delete(TOMBSTONE);
    for (let index = first; index < this.end; index++) {
      const place = places.get(this.keyAt(index));
      if (place === undefined) continue;
      this.#words[place * EVENT_WORDS] = this.readyAt(index);
      this.strikeAt(index);
    }
  }

  keyAt(index: number): number {
    return this.#words[index * EVENT_WORDS + KEY];
  }

  /** The readiness of an event. */
  readyAt(index: number): number {
    return this.#words[index * EVENT_WORDS];
  }

  /** Strikes out an event. */
  strikeAt(index: number): void {
    this.#words[index * EVENT_WORDS + KEY] = TOMBSTONE;
  }

  /** Removes wakeups of closed registrations. Returns whether there was one. */
  clean(): boolean {
    let found = false;
    for (let index = this.end - 1; index >= this.next; index--) {
      if (this.keyAt(index) !== TOMBSTONE) continue;
      this.#words.copyWithin(index * EVENT_WORDS, (index + 1) * EVENT_WORDS, this.end * EVENT_WORDS);
      this.end--;
      found = true;
    }
    return found;
  }

  /** Removes the queued wakeups of `key`. */
  strike(key: number): void {
    for (let index = this.next; index < this.end; index++) {
      if (this.keyAt(index) === key) this.strikeAt(index);
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
  const count = callOn(numbers.epollWait, epoll, events, most, milliseconds);
  return count === -Errno.INTR ? 0 : count;
}
