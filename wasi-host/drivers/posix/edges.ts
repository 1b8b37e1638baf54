/**
 * The kernel's wakeups, kept apart by mask: one edge-triggered epoll instance per distinct mask.
 *
 * Why not one instance: the kernel filters wakeups by each registration's mask, and delivers the readiness under that
 * mask. Two watches of one descriptor with different masks see different wakeups, and only two registrations tell them
 * apart. Programs use one or two masks.
 *
 * A sleep takes place in one of them, the *home*, in which the others are registered: what wakes us is collected by the
 * same system call, and a wakeup of the home's costs the kernel no second one. The queue with the most descriptors is
 * the home, for the busiest is most likely there.
 *
 * What epoll_wait has delivered stays in that mask's native buffer until `take` hands it on; nothing is copied twice.
 */
import { Errno } from "../../errno.ts";
import type { EdgeQueue } from "../driver.ts";
import { POLLFD_WORDS, setPollfd } from "../pollfd.ts";
import { failure, libc, NativeBuffer } from "./libc.ts";
import { DATA, EVENT_SIZE, MaskQueue, NOBODY } from "./mask-queue.ts";

const EPOLL_CLOEXEC = 0o2000000;
const ADD = 1;
const DEL = 2;
const MOD = 3;
const IN = 1;
const ET = 0x8000_0000;
/** Each costs a kernel epoll instance; programs use one or two. */
const MOST_MASKS = 64;
/** Instances made before they are needed: reading, writing, and both. */
const SPARES = 3;
/** The home's until it gets its first one. */
const NO_MASK = -1;
/** Who is this many times larger than the home becomes the home. */
const LARGER = 2;

const ctlEvent = new NativeBuffer(16);
const pollfdMemory = new NativeBuffer(POLLFD_WORDS * 4);
const onePollfd = new Int32Array(pollfdMemory.buffer);

export class PosixEdges implements EdgeQueue {
  readonly #queues: MaskQueue[] = [];
  #home: MaskQueue;
  /** How many sleep on the home's instance outside of `park`: it must stay the home. */
  #held = 0;
  /** For masks that are new when the process has no descriptor left. */
  readonly #spares: number[] = [];

  constructor() {
    this.#home = new MaskQueue(libc.epoll_create1(EPOLL_CLOEXEC), NO_MASK);
    this.#queues.push(this.#home);
    for (let index = 0; index < SPARES; index++) this.#spares.push(libc.epoll_create1(EPOLL_CLOEXEC));
  }

  /** An operating system descriptor that poll finds readable while the kernel holds wakeups; until the next `arm`. */
  get descriptor(): number {
    return this.#home.epoll;
  }

  /** The same; but what was collected before is not the kernel's any more. */
  get handle(): number {
    for (const queue of this.#queues) if (queue.next < queue.end) return -1;
    return this.#home.epoll;
  }

  /** The same, until `release`. */
  hold(): number {
    this.#held++;
    return this.#home.epoll;
  }

  release(): void {
    this.#held--;
  }

  arm(handle: number, mask: number, key: number): number {
    const queue = this.#queueOf(mask);
    if (queue === undefined) return -Errno.NOSPC;
    if (queue.armed.has(key)) return 0;
    if (ctl(queue.epoll, ADD, handle, mask | ET, key) < 0) {
      const error = failure();
      if (error !== -Errno.EXIST) return error;
      ctl(queue.epoll, MOD, handle, mask | ET, key);
    }
    queue.armed.add(key);
    this.#swallow(queue, key);
    if (queue !== this.#home && this.#held === 0 && queue.armed.size > LARGER * this.#home.armed.size) {
      this.#moveTo(queue);
    }
    return 0;
  }

  /** The kernel reports a ready descriptor when it is registered: no wakeup, so `key`'s own event is struck out. */
  #swallow(queue: MaskQueue, key: number): void {
    // Where there is no room the event comes later, as one spurious wakeup: allowed, and of no consequence.
    const first = queue.collectMore();
    for (let index = queue.end - 1; index >= first; index--) {
      if (queue.keyAt(index) !== key) continue;
      queue.events.view.setUint32(index * EVENT_SIZE + DATA, NOBODY, true);
      if (index === queue.end - 1) queue.end--; // the usual case: nothing else had happened
    }
    queue.aged = queue.end > 0;
  }

  disarm(handle: number, mask: number, key: number): void {
    const queue = this.#queues.find((candidate) => candidate.mask === mask);
    if (queue?.armed.delete(key)) {
      ctl(queue.epoll, DEL, handle, 0, 0);
      queue.strike(key);
    }
  }

  forget(handle: number, key: number): void {
    for (const queue of this.#queues) {
      if (!queue.armed.delete(key)) continue;
      // Not left to close(2): the file may stay open, by another number or because somebody else has it too.
      ctl(queue.epoll, DEL, handle, 0, 0);
      queue.strike(key);
    }
  }

  take(view: DataView, offset: number, room: number): number {
    if (room === 0) return 0;
    for (const queue of this.#queues) if (queue.aged) queue.collectMore();
    let taken = this.#hand(view, offset, room);
    if (taken === 0) {
      for (const queue of this.#queues) if (queue.armed.size > 0) queue.collect(0);
      taken = this.#hand(view, offset, room);
    }
    return taken;
  }

  #hand(view: DataView, offset: number, room: number): number {
    let at = offset;
    const end = offset + room * 8;
    for (const queue of this.#queues) {
      const events = queue.events.view;
      for (; queue.next < queue.end && at < end; queue.next++) {
        const event = queue.next * EVENT_SIZE;
        const key = events.getUint32(event + DATA, true);
        if (key === NOBODY) continue;
        view.setUint32(at, key, true);
        view.setUint16(at + 4, queue.mask, true);
        view.setUint16(at + 6, events.getUint32(event, true), true);
        at += 8;
      }
      queue.aged = queue.next < queue.end;
    }
    return (at - offset) / 8;
  }

  park(timeout: number): number {
    for (const queue of this.#queues) if (queue.next < queue.end) return 1;
    // A look alone collects nothing: by the time it is taken, what was collected would have aged.
    if (timeout === 0) return isReadable(this.#home.epoll) ? 1 : 0;
    let collected = this.#home.collect(timeout);
    if (this.#queues.length > 1 && collected > 0 && this.#home.clean()) {
      collected = this.#home.end;
      for (const queue of this.#queues) if (queue !== this.#home) collected += queue.collect(0);
    }
    return collected > 0 ? 1 : 0;
  }

  close(): void {
    for (const queue of this.#queues) libc.close(queue.epoll);
    for (const epoll of this.#spares) libc.close(epoll);
    this.#queues.length = this.#spares.length = 0;
  }

  #queueOf(mask: number): MaskQueue | undefined {
    for (const queue of this.#queues) if (queue.mask === mask) return queue;
    if (this.#home.mask === NO_MASK) {
      this.#home.mask = mask;
      return this.#home;
    }
    if (this.#queues.length === MOST_MASKS) return this.#idleQueue(mask);
    let epoll = libc.epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) epoll = this.#spares.pop() ?? -1;
    if (epoll < 0) return undefined;
    const queue = new MaskQueue(epoll, mask);
    ctl(this.#home.epoll, ADD, epoll, IN, NOBODY);
    this.#queues.push(queue);
    return queue;
  }

  #moveTo(home: MaskQueue): void {
    for (const queue of this.#queues) if (queue !== this.#home) ctl(this.#home.epoll, DEL, queue.epoll, 0, 0);
    this.#home = home;
    for (const queue of this.#queues) if (queue !== home) ctl(home.epoll, ADD, queue.epoll, IN, NOBODY);
  }

  /** One whose mask nobody has any more; a mask is a matter of each registration. */
  #idleQueue(mask: number): MaskQueue | undefined {
    const queue = this.#queues.find(({ armed, next, end }) => armed.size === 0 && next === end);
    if (queue !== undefined) queue.mask = mask;
    return queue;
  }
}

function ctl(epoll: number, op: number, fd: number, events: number, key: number): number {
  ctlEvent.view.setUint32(0, events, true);
  ctlEvent.view.setUint32(DATA, key, true);
  ctlEvent.view.setUint32(DATA + 4, 0, true);
  return libc.epoll_ctl(epoll, op, fd, ctlEvent.address);
}

/** Does the kernel hold events for an instance? Nothing is taken. */
function isReadable(epoll: number): boolean {
  setPollfd(onePollfd, 0, epoll, IN);
  return libc.poll(pollfdMemory.address, 1, 0) > 0;
}
