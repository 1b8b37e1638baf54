/** One mask's wakeups: an edge-triggered epoll instance of the kernel's, and the buffer of what it has delivered. */
import { libc, NativeBuffer, timespecOf } from "./libc.ts";

/** `struct epoll_event` is packed on x86-64 alone. */
export const EVENT_SIZE = process.arch === "x64" ? 12 : 16;
/** Where the user data of an event is: a key. */
export const DATA = EVENT_SIZE - 8;
/** In place of a key: an event that was struck out, or another mask's instance in the home. */
export const NOBODY = 0xffff_ffff;
const BATCH = 512;

export class MaskQueue {
  readonly epoll: number;
  mask: number;
  readonly armed = new Set<number>();
  readonly events = new NativeBuffer(EVENT_SIZE * BATCH);
  next = 0;
  end = 0;
  /** What is in the buffer was collected a while ago: the kernel may have another wakeup of the same descriptors. */
  aged = false;

  constructor(epoll: number, mask: number) {
    this.epoll = epoll;
    this.mask = mask;
  }

  /** Fills the empty buffer from the kernel; `timeout` in nanoseconds. Returns how many there are. */
  collect(timeout: number): number {
    this.next = 0;
    const count = epollWait(this.epoll, this.events.address, BATCH, timeout);
    this.end = Math.max(count, 0);
    return this.end;
  }

  /**
   * Adds what the kernel has by now to what is in the buffer; a second wakeup of a descriptor is the first one, with the
   * readiness of now. Returns where what is new begins.
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

  #merge(first: number): void {
    const { view } = this.events;
    const places = new Map<number, number>();
    for (let index = 0; index < first; index++) places.set(this.keyAt(index), index);
    places.delete(NOBODY);
    for (let index = first; index < this.end; index++) {
      const place = places.get(this.keyAt(index));
      if (place === undefined) continue;
      view.setUint32(place * EVENT_SIZE, view.getUint32(index * EVENT_SIZE, true), true);
      view.setUint32(index * EVENT_SIZE + DATA, NOBODY, true);
    }
  }

  keyAt(index: number): number {
    return this.events.view.getUint32(index * EVENT_SIZE + DATA, true);
  }

  /** Takes out what is nobody's. Was there any? */
  clean(): boolean {
    const bytes = new Uint8Array(this.events.buffer);
    let found = false;
    for (let index = this.end - 1; index >= this.next; index--) {
      if (this.keyAt(index) !== NOBODY) continue;
      bytes.copyWithin(index * EVENT_SIZE, (index + 1) * EVENT_SIZE, this.end * EVENT_SIZE);
      this.end--;
      found = true;
    }
    return found;
  }

  /** Strikes out what is waiting for `key`. */
  strike(key: number): void {
    for (let index = this.next; index < this.end; index++) {
      if (this.keyAt(index) === key) this.events.view.setUint32(index * EVENT_SIZE + DATA, NOBODY, true);
    }
  }
}

/** epoll_wait(2) with nanoseconds where the C library has it, and milliseconds rounded up where it does not. */
function epollWait(epoll: number, events: number, most: number, timeout: number): number {
  if (timeout === 0) return libc.epoll_wait(epoll, events, most, 0);
  if (timeout === Infinity) return libc.epoll_wait(epoll, events, most, -1);
  if (libc.epoll_pwait2 === undefined) {
    return libc.epoll_wait(epoll, events, most, Math.min(Math.ceil(timeout / 1e6), 0x7fff_ffff));
  }
  return libc.epoll_pwait2(epoll, events, most, timespecOf(timeout), 0, 0);
}
