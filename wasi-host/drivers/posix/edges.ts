/**
 * The kernel's wakeups, separated by mask: one edge-triggered epoll instance for each mask.
 *
 * The kernel filters wakeups by the mask of a registration, and delivers the readiness under that mask. Two watches of one
 * descriptor with different masks see different wakeups. Only two registrations can distinguish them. Programs use one or two
 * masks.
 *
 * The thread sleeps in one instance, the *home*, which contains the others. One system call sleeps and collects the home's
 * wakeups. The instance with the most descriptors is the home, because it is most likely to be busy.
 *
 * A mask is never refused. When MAX_MASKS are in use, or MAX_MASKS_OF_ONE for one descriptor, or no descriptor is left for
 * another instance, masks share an instance. It registers a descriptor once for all its masks, and reports a wakeup to every
 * mask that is ready then. Spurious wakeups are possible there; lost ones are not.
 *
 * The events of epoll_wait stay in the native buffer of their mask until `take` returns them.
 */
import { WAKEUP_FD, WAKEUP_MASK, WAKEUP_SIZE } from "../../../assembly/abi/ready-file.ts";
import { Errno } from "../../abi/errno.ts";
import { ERR, HUP, IN } from "../../abi/readiness.ts";
import type { EdgeQueue } from "../contract/driver.ts";
import { POLLFD_WORDS, setPollfd } from "../contract/pollfd.ts";
import { failure, libc, NativeBuffer } from "./libc.ts";
import { DESCRIPTOR, KEY, MaskQueue, TOMBSTONE } from "./mask-queue.ts";
import { poll } from "./poll.ts";
import { forgotten, type Hearer, heardBy, loopDescriptor, mayHearLoop, withinReach } from "./thread-end.ts";

const EPOLL_CLOEXEC = 0o2000000;
const ADD = 1;
const DEL = 2;
const MOD = 3;
const ET = 0x8000_0000;
/** Masks with an instance of their own: each costs the process a descriptor, and programs use one or two. */
const MAX_MASKS = 64;
/**
 * Maximum number of masks of one descriptor with instances of their own. The kernel refuses an instance (EINVAL) if more than
 * ten paths of five instances lead to one file, and an asynchronous sleep has three instances above each of these.
 */
const MAX_MASKS_OF_ONE = 6;
/** Instances made before they are needed: reading, writing, both, and the last one for masks that share. */
const SPARES = 4;
/** The home's mask until it gets its first one. */
const NO_MASK = -1;
/** Instead of a mask: the queue that masks share. */
const SHARED = -2;
/** All events of the shared queue: all readiness bits of poll(2). */
const ALL_EVENTS = 0x3fff;
/** Rebalance when a queue holds this many times more descriptors than the one we sleep on. */
const REBALANCE_FACTOR = 2;

const ctlEvent = new NativeBuffer(16);
const pollfdMemory = new NativeBuffer(POLLFD_WORDS * 4);
const onePollfd = new Int32Array(pollfdMemory.buffer);

export class PosixEdges implements EdgeQueue, Hearer {
  readonly #queues: MaskQueue[] = [];
  #home: MaskQueue;
  /** The number of sleeps on the home's instance outside of `park`: with any, it must stay the home. */
  #held = 0;
  /** The event loop's descriptor is registered in the home. */
  #hearsLoop = false;
  /** For new masks when the process has no free descriptor. */
  readonly #spares: number[] = [];
  /** The queue that masks share, once it is needed; and its armed masks by key. */
  #shared: MaskQueue | undefined;
  readonly #sharedMasks = new Map<number, number[]>();
  /** The number of masks for which the next event has been returned. */
  #sharedPart = 0;

  constructor() {
    this.#home = new MaskQueue(libc.epoll_create1(EPOLL_CLOEXEC), NO_MASK);
    this.#queues.push(this.#home);
    for (let index = 0; index < SPARES; index++) this.#spares.push(libc.epoll_create1(EPOLL_CLOEXEC));
  }

  /**
   * An operating system descriptor that poll finds readable while the kernel holds wakeups; valid until the next `arm`.
   */
  get descriptor(): number {
    return this.#home.epoll;
  }

  /** The same; but the kernel no longer has the wakeups collected before. */
  get handle(): number {
    for (const queue of this.#queues) if (queue.next < queue.end) return -1;
    return this.#home.epoll;
  }

  /** The same, until `release`. */
  hold(): number {
    this.#held++;
    this.forgetLoop();
    return this.#home.epoll;
  }

  release(): void {
    this.#held--;
  }

  arm(handle: number, mask: number, key: number): number {
    const queue = this.#queueOf(mask, key);
    if (typeof queue === "number") return queue;
    if (queue === this.#shared) return this.#share(queue, handle, mask, key);
    if (queue.armed.has(key)) return 0;
    const error = register(queue, handle, mask, key);
    if (error < 0) return error;
    queue.armed.add(key);
    this.#swallow(queue, key);
    if (queue !== this.#home && this.#held === 0 && queue.armed.size > REBALANCE_FACTOR * this.#home.armed.size) {
      this.#moveTo(queue);
    }
    return 0;
  }

  /** Adds a mask for `key` to the shared queue. */
  #share(queue: MaskQueue, handle: number, mask: number, key: number): number {
    const masks = this.#sharedMasks.get(key) ?? [];
    if (masks.includes(mask)) return 0;
    const error = register(
      queue,
      handle,
      masks.reduce((all, other) => all | other, mask),
      key,
    );
    if (error < 0) return error;
    queue.armed.add(key);
    this.#sharedMasks.set(key, [...masks, mask]);
    // An event in the shared queue may be a wakeup of these masks.
    if (masks.length === 0) this.#swallow(queue, key);
    else queue.aged = true;
    return 0;
  }

  /**
   * The kernel reports a ready descriptor at its registration: this is no wakeup, so the event of `key` is struck out.
   */
  #swallow(queue: MaskQueue, key: number): void {
    // Without room the event comes later, as one allowed spurious wakeup.
    const first = queue.collectMore();
    for (let index = queue.end - 1; index >= first; index--) {
      if (queue.keyAt(index) !== key) continue;
      queue.strikeAt(index);
      if (index === queue.end - 1) queue.end--; // the usual case: there are no other events
    }
    queue.aged = queue.end > 0;
  }

  disarm(handle: number, mask: number, key: number): void {
    const queue = this.#queues.find((candidate) => candidate.mask === mask);
    if (queue?.armed.delete(key)) {
      ctl(queue.epoll, DEL, handle, 0, 0);
      queue.strike(key);
    } else this.#disarmShared(handle, mask, key);
  }

  /** The registration keeps its width until the last mask goes. */
  #disarmShared(handle: number, mask: number, key: number): void {
    const masks = this.#sharedMasks.get(key);
    if (this.#shared === undefined || masks?.includes(mask) !== true) return;
    this.#sharedPart = 0;
    if (masks.length > 1) {
      const left = masks.filter((other) => other !== mask);
      this.#sharedMasks.set(key, left);
      return;
    }
    this.#sharedMasks.delete(key);
    this.#shared.armed.delete(key);
    ctl(this.#shared.epoll, DEL, handle, 0, 0);
    this.#shared.strike(key);
  }

  forget(handle: number, key: number): void {
    if (this.#sharedMasks.delete(key)) this.#sharedPart = 0;
    for (const queue of this.#queues) {
      if (!queue.armed.delete(key)) continue;
      // close(2) may not remove it: the file can stay open under another number or in another process.
      ctl(queue.epoll, DEL, handle, 0, 0);
      queue.strike(key);
    }
  }

  take(view: DataView, offset: number, room: number): number {
    if (room === 0) return 0;
    this.#refresh();
    let taken = this.#hand(view, offset, room);
    if (taken === 0) {
      let failed = 0;
      for (const queue of this.#queues) if (queue.armed.size > 0) failed = Math.min(failed, queue.collect(0));
      taken = this.#hand(view, offset, room);
      if (taken === 0) return failed;
    }
    return taken;
  }

  /** Asks the kernel again about events collected earlier: there may be more, and their readiness may have ended. */
  #refresh(): void {
    let aged = false;
    for (let index = 0; index < this.#queues.length; index++) aged ||= this.#queues[index].aged;
    if (!aged) return;
    for (const queue of this.#queues) {
      if (queue.armed.size > 0) queue.collectMore();
      if (queue.aged) queue.renew(queue === this.#shared ? ALL_EVENTS : queue.mask);
    }
  }

  #hand(view: DataView, offset: number, room: number): number {
    let at = offset;
    const end = offset + room * WAKEUP_SIZE;
    for (let index = 0; index < this.#queues.length; index++) {
      const queue = this.#queues[index];
      for (; queue.next < queue.end && at < end; queue.next++) {
        const key = queue.keyAt(queue.next);
        if (key === TOMBSTONE) continue;
        const ready = queue.readyAt(queue.next);
        if (queue === this.#shared) {
          at = this.#handShared(key, ready, view, at, end);
          if (this.#sharedPart > 0) break;
          continue;
        }
        putWakeup(view, at, key, queue.mask, ready);
        at += WAKEUP_SIZE;
      }
      queue.aged = queue.next < queue.end;
    }
    return (at - offset) / WAKEUP_SIZE;
  }

  /**
   * Writes a record for each mask that the event makes ready, as far as there is room; `#sharedPart` keeps the
   * position.
   */
  #handShared(key: number, ready: number, view: DataView, offset: number, end: number): number {
    const masks = this.#sharedMasks.get(key) ?? [];
    let at = offset;
    let part = this.#sharedPart;
    for (; part < masks.length && at < end; part++) {
      const readiness = ready & (masks[part] | ERR | HUP);
      if (readiness === 0) continue;
      putWakeup(view, at, key, masks[part], readiness);
      at += WAKEUP_SIZE;
    }
    this.#sharedPart = part < masks.length ? part : 0;
    return at;
  }

  park(timeout: number): number {
    for (let index = 0; index < this.#queues.length; index++) {
      if (this.#queues[index].next < this.#queues[index].end) return 1;
    }
    // A look collects nothing: events collected now could be out of date when they are taken.
    if (timeout === 0) return look(this.#home.epoll);
    let collected = this.#home.collect(this.beforeSleep(timeout));
    if ((this.#queues.length > 1 || this.#hearsLoop) && collected > 0 && this.#home.clean()) {
      collected = this.#home.end;
      for (const queue of this.#queues) if (queue !== this.#home) collected += Math.max(queue.collect(0), 0);
    }
    return Math.min(collected, 1);
  }

  close(): void {
    this.forgetLoop();
    for (const queue of this.#queues) libc.close(queue.epoll);
    for (const epoll of this.#spares) libc.close(epoll);
    this.#queues.length = this.#spares.length = 0;
  }

  /** The queue for a mask; a negated errno if the kernel has no memory for one. */
  #queueOf(mask: number, key: number): MaskQueue | number {
    if (this.#shared !== undefined && this.#sharedMasks.get(key)?.includes(mask) === true) return this.#shared;
    const queue = this.#queues.find((each) => each.mask === mask);
    if (queue?.armed.has(key)) return queue;
    if (this.#hasMany(key)) return this.#sharedQueue();
    if (queue !== undefined) return queue;
    if (this.#home.mask === NO_MASK) {
      this.#home.mask = mask;
      return this.#home;
    }
    const own = this.#queues.length - (this.#shared === undefined ? 0 : 1);
    if (own < MAX_MASKS) {
      let epoll = libc.epoll_create1(EPOLL_CLOEXEC);
      if (epoll < 0 && this.#spares.length > 1) epoll = this.#spares.pop()!;
      if (epoll >= 0) return this.#newQueue(epoll, mask);
    }
    return this.#idleQueue(mask) ?? this.#sharedQueue();
  }

  #hasMany(key: number): boolean {
    if (this.#queues.length < MAX_MASKS_OF_ONE) return false;
    let masks = 0;
    for (const queue of this.#queues) if (queue !== this.#shared && queue.armed.has(key)) masks++;
    return masks >= MAX_MASKS_OF_ONE;
  }

  #newQueue(epoll: number, mask: number): MaskQueue | number {
    if (ctl(this.#home.epoll, ADD, epoll, IN, TOMBSTONE) < 0) {
      const error = failure();
      libc.close(epoll);
      return error;
    }
    const queue = new MaskQueue(epoll, mask);
    this.#queues.push(queue);
    return queue;
  }

  #sharedQueue(): MaskQueue | number {
    if (this.#shared !== undefined) return this.#shared;
    const spare = this.#spares.pop() ?? -1;
    const epoll = spare >= 0 ? spare : libc.epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) return failure();
    const queue = this.#newQueue(epoll, SHARED);
    if (typeof queue !== "number") this.#shared = queue;
    return queue;
  }

  /**
   * Call it before the thread sleeps on the home, in this call or in a poll of `descriptor`. Events of the event loop then
   * wake it (`thread-end.ts`). Returns the maximum sleep, at most `timeout` nanoseconds. While the event loop watches the
   * home, the home must not watch the event loop: the kernel refuses circles (ELOOP).
   */
  beforeSleep(timeout: number): number {
    if (!this.#hearsLoop && this.#held === 0 && mayHearLoop()) {
      this.#hearsLoop = ctl(this.#home.epoll, ADD, loopDescriptor, IN | ET, TOMBSTONE) >= 0;
      if (this.#hearsLoop) heardBy(this);
    }
    return withinReach(timeout, this.#hearsLoop);
  }

  /** For an asynchronous wait in this thread, of any driver (`thread-end.ts`). */
  forgetLoop(): void {
    if (!this.#hearsLoop) return;
    ctl(this.#home.epoll, DEL, loopDescriptor, 0, 0);
    this.#hearsLoop = false;
    forgotten(this);
  }

  #moveTo(home: MaskQueue): void {
    const before = this.#home;
    this.forgetLoop();
    for (const queue of this.#queues) if (queue !== before) ctl(before.epoll, DEL, queue.epoll, 0, 0);
    this.#home = home;
    for (const queue of this.#queues) {
      if (queue === home || ctl(home.epoll, ADD, queue.epoll, IN, TOMBSTONE) >= 0) continue;
      // Unregistered, its wakeups would end no sleep: go back to the previous home.
      for (const other of this.#queues) if (other !== home) ctl(home.epoll, DEL, other.epoll, 0, 0);
      this.#home = before;
      for (const other of this.#queues) if (other !== before) ctl(before.epoll, ADD, other.epoll, IN, TOMBSTONE);
      return;
    }
  }

  /** An instance without a mask. Masks belong to registrations. */
  #idleQueue(mask: number): MaskQueue | undefined {
    const queue = this.#queues.find((each) => each !== this.#shared && each.armed.size === 0 && each.next === each.end);
    if (queue !== undefined) queue.mask = mask;
    return queue;
  }
}

/** Writes a record for the guest. The readiness is behind the mask. */
function putWakeup(view: DataView, at: number, key: number, mask: number, ready: number): void {
  view.setUint32(at + WAKEUP_FD, key, true);
  view.setUint32(at + WAKEUP_MASK, mask | (ready << 16), true);
}

/** Registers a descriptor in a queue, or changes its registration. 0, or a negated errno. */
function register(queue: MaskQueue, handle: number, mask: number, key: number): number {
  if (ctl(queue.epoll, ADD, handle, mask | ET, key) >= 0) return 0;
  const error = failure();
  if (error !== -Errno.EXIST) return error;
  return ctl(queue.epoll, MOD, handle, mask | ET, key) < 0 ? failure() : 0;
}

function ctl(epoll: number, op: number, fd: number, events: number, key: number): number {
  ctlEvent.view.setUint32(0, events, true);
  ctlEvent.view.setUint32(KEY * 4, key, true);
  ctlEvent.view.setInt32(DESCRIPTOR * 4, fd, true);
  return libc.epoll_ctl(epoll, op, fd, ctlEvent.address);
}

/** Whether the kernel holds events for an instance: 1, 0, or a negated errno. Takes no event. */
function look(epoll: number): number {
  setPollfd(onePollfd, 0, epoll, IN);
  return poll(pollfdMemory.address, 1, 0);
}
