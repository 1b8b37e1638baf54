/**
 * Asynchronous waits: the event loop reports a wakeup, and no thread sleeps.
 *
 * Each waiter has an epoll instance with its descriptors. One instance, which the event loop watches (`socket-watch.ts`),
 * contains them all, one-shot. Deadlines are timers of the event loop.
 *
 * The instance of the next waiter is made when the last one has been used. So the number of free descriptors is the same for
 * every wait, and a program that takes the last descriptor cannot keep its other waits from sleeping. The instances belong to
 * the thread; disposing of its last driver closes them.
 */

import { IN } from "../../abi/readiness.ts";
import { callOn, closeCalls, numbers, openCalls } from "./call-list.ts";
import { libc, NativeBuffer } from "./libc.ts";
import type { LoopWatch } from "./loop-watch.ts";
import { PoolWatch } from "./pool-watch.ts";
import { SocketWatch, watchesDescriptors } from "./socket-watch.ts";
import { closeNews, holdLoop, openNews, releaseLoop } from "./thread-end.ts";

const CLOEXEC = 0o2000000;
const ADD = 1;
const MOD = 3;
const ONESHOT = 1 << 30;
const EVENT_SIZE = process.arch === "x64" ? 12 : 16;
const DATA = EVENT_SIZE - 8;
const BATCH = 64;
/** Milliseconds between two looks at descriptors that epoll refuses, or if no instance can be made. */
const RETRY_MS = 10;
/** The longest timer of JavaScript, and the largest key. */
const MAX_TIMEOUT_MS = 0x7fff_ffff;

const registration = new NativeBuffer(16);
const events = new NativeBuffer(EVENT_SIZE * BATCH);

const waiters = new Map<number, () => void>();
let nextKey = 1;
let loop: LoopWatch | undefined;
/** The next waiter's instance; -1 while a waiter has it, or if none could be made. */
let spare = -1;
/** This thread's open drivers. */
let drivers = 0;

/**
 * Resolves when one of the `count` entries of `fds` (`pollfd.ts`), or `queue` (an epoll instance; -1: none), may be ready,
 * after `timeout` nanoseconds, or when `cancel` is aborted. It may resolve early.
 */
export async function watch(
  fds: Int32Array,
  count: number,
  queue: number,
  timeout: number,
  cancel: AbortSignal,
): Promise<void> {
  holdLoop();
  try {
    await watchHeld(fds, count, queue, timeout, cancel);
  } finally {
    releaseLoop();
  }
}

async function watchHeld(
  fds: Int32Array,
  count: number,
  queue: number,
  timeout: number,
  cancel: AbortSignal,
): Promise<void> {
  prepare();
  const starting = loop?.start();
  if (starting !== undefined) await starting;
  const own = spare >= 0 ? spare : libc.epoll_create1(CLOEXEC);
  spare = -1;
  const key = nextKey;
  nextKey = nextKey === MAX_TIMEOUT_MS ? 1 : nextKey + 1;
  const registered =
    loop !== undefined &&
    own >= 0 &&
    register(own, fds, count, queue) &&
    control(loop.epoll, ADD, own, IN | ONESHOT, key);
  const due = performance.now() + Math.min(timeout / 1e6, registered ? MAX_TIMEOUT_MS : RETRY_MS);
  let timer: NodeJS.Timeout | undefined;
  let wake = () => {};
  try {
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (cancel.aborted) return resolve();
      cancel.addEventListener("abort", wake);
      // A timer counts from the beginning of the loop's turn: set late in a turn, it is too early.
      const expire = () => {
        const left = due - performance.now();
        if (left <= 0) resolve();
        else timer = setTimeout(expire, Math.ceil(left));
      };
      if (timeout !== Infinity || !registered) expire();
      if (!registered) return;
      waiters.set(key, wake);
      if (waiters.size === 1) loop!.ref();
    });
  } finally {
    clearTimeout(timer);
    cancel.removeEventListener("abort", wake);
    if (own >= 0) libc.close(own);
    if (spare < 0) spare = libc.epoll_create1(CLOEXEC);
    forget(key);
    closeUnused();
  }
}

/** A driver is opened. Makes the first instance now: a first wait could find all descriptors taken. */
export function acquire(): void {
  drivers++;
  openCalls();
  prepare();
  openNews();
}

/** A driver is disposed of. */
export function release(): void {
  drivers--;
  closeUnused();
}

/** A referenced watch keeps the process running: without waiters it must not. */
function forget(key: number): void {
  if (waiters.delete(key) && waiters.size === 0) loop!.unref();
}

function closeUnused(): void {
  if (drivers > 0 || waiters.size > 0) return;
  closeNews();
  closeCalls();
  loop?.close();
  loop = undefined;
  if (spare >= 0) libc.close(spare);
  spare = -1;
}

/** Makes what every wait needs. */
function prepare(): void {
  loop ??= watchesDescriptors ? SocketWatch.open(collect) : PoolWatch.open(collect);
  if (spare < 0) spare = libc.epoll_create1(CLOEXEC);
}

/** Wakes the waiters whose instances are ready. The event loop's next turn wakes those beyond the batch. */
function collect(): void {
  if (loop === undefined) return;
  const count = callOn(numbers.epollWait, loop.epoll, events.address, BATCH, 0);
  for (let index = 0; index < count; index++) {
    const key = events.view.getUint32(index * EVENT_SIZE + DATA, true);
    waiters.get(key)?.();
    forget(key);
  }
}

/** Returns false if an entry cannot be registered: poll(2) always finds it ready, or memory is short. */
function register(epoll: number, fds: Int32Array, count: number, queue: number): boolean {
  for (let index = 0; index < count; index++) {
    const handle = fds[index * 2];
    if (handle < 0) continue;
    const interest = fds[index * 2 + 1] & 0xffff;
    if (control(epoll, ADD, handle, interest, 0)) continue;
    if (!control(epoll, MOD, handle, interest | interestIn(fds, index, handle), 0)) return false;
  }
  return queue < 0 || control(epoll, ADD, queue, IN, 0);
}

/** The events of earlier entries with the same handle. */
function interestIn(fds: Int32Array, end: number, handle: number): number {
  let interest = 0;
  for (let index = 0; index < end; index++) if (fds[index * 2] === handle) interest |= fds[index * 2 + 1] & 0xffff;
  return interest;
}

function control(epoll: number, op: number, fd: number, interest: number, key: number): boolean {
  registration.view.setUint32(0, interest, true);
  registration.view.setUint32(DATA, key, true);
  registration.view.setUint32(DATA + 4, 0, true);
  return libc.epoll_ctl(epoll, op, fd, registration.address) >= 0;
}
