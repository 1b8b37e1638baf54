/**
 * Asynchronous sleeps: one thread of the pool waits for all sleepers of this JavaScript thread.
 *
 * A blocking call in Node's pool has one of four threads to itself: with a call for each sleeper the fifth would wait for
 * another one's wakeup, and so would files and names. So each sleeper has an epoll instance with what it waits for, one
 * instance holds all of those, and one call sleeps on that. Who comes and goes while it sleeps is not asked to wake it:
 * the kernel takes registrations at any time. Deadlines are timers of the event loop's.
 *
 * The next sleeper's instance is made when the last one's has served: how many descriptors the process has left does not
 * change from sleep to sleep, and who takes the last one does not keep the others from sleeping. They are the thread's, and
 * nothing closes them when it ends: the last driver that is disposed of does.
 */
import { libc, NativeBuffer } from "./libc.ts";

const CLOEXEC = 0o2000000;
const NONBLOCK = 0o4000;
const ADD = 1;
const MOD = 3;
const IN = 1;
const ONESHOT = 1 << 30;
const EVENT_SIZE = process.arch === "x64" ? 12 : 16;
const DATA = EVENT_SIZE - 8;
const BATCH = 64;
/** The key of the alarm in place of a sleeper's. */
const ALARM = 0;
/** Milliseconds: who cannot be registered looks again after them. */
const PATIENCE = 10;
const LONGEST = 0x7fff_ffff;

const registration = new NativeBuffer(16);
const events = new NativeBuffer(EVENT_SIZE * BATCH);
const one = new NativeBuffer(8);
one.view.setUint32(0, 1, true);

const sleepers = new Map<number, () => void>();
let nextKey = 1;
let all = -1;
/** The next sleeper's instance; -1 while somebody has it, or where none could be made. */
let spare = -1;
let alarm = -1;
let waiting = false;
/** Drivers of this thread that are open. */
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
  prepare();
  const own = spare >= 0 ? spare : libc.epoll_create1(CLOEXEC);
  spare = -1;
  const key = nextKey;
  nextKey = nextKey === LONGEST ? 1 : nextKey + 1;
  const registered = own >= 0 && register(own, fds, count, queue) && control(all, ADD, own, IN | ONESHOT, key);
  const due = performance.now() + Math.min(timeout / 1e6, registered ? LONGEST : PATIENCE);
  let timer: NodeJS.Timeout | undefined;
  let wake = () => {};
  try {
    await new Promise<void>((resolve) => {
      wake = resolve;
      cancel.addEventListener("abort", wake);
      // A timer counts from the beginning of the loop's turn: set late in one, it comes too early.
      const expire = () => {
        const left = due - performance.now();
        if (left <= 0) resolve();
        else timer = setTimeout(expire, Math.ceil(left));
      };
      if (timeout !== Infinity || !registered) expire();
      if (!registered) return;
      sleepers.set(key, wake);
      sleep();
    });
  } finally {
    clearTimeout(timer);
    cancel.removeEventListener("abort", wake);
    if (own >= 0) libc.close(own);
    if (spare < 0) spare = libc.epoll_create1(CLOEXEC);
    // The thread must not wait for nobody: it would keep the process.
    if (sleepers.delete(key) && sleepers.size === 0 && waiting) libc.write(alarm, one.address, 8);
    closeUnused();
  }
}

/** A driver is opened: a program that first slept when all descriptors are taken would have the next one taken from it. */
export function acquire(): void {
  drivers++;
  prepare();
}

/** It is disposed of. */
export function release(): void {
  drivers--;
  closeUnused();
}

function closeUnused(): void {
  if (drivers > 0 || sleepers.size > 0 || waiting) return;
  for (const fd of [all, spare, alarm]) if (fd >= 0) libc.close(fd);
  all = spare = alarm = -1;
}

/** Makes what every sleep needs. */
function prepare(): void {
  if (all >= 0 && alarm >= 0) return;
  if (all < 0) all = libc.epoll_create1(CLOEXEC);
  if (alarm < 0) alarm = libc.eventfd(0, NONBLOCK | CLOEXEC);
  control(all, ADD, alarm, IN, ALARM);
  if (spare < 0) spare = libc.epoll_create1(CLOEXEC);
}

/** False where one of them cannot be registered: what poll(2) always finds ready, or no memory. */
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

/** What the entries before this one want of the same handle. */
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

function sleep(): void {
  if (waiting || sleepers.size === 0) return;
  waiting = true;
  libc.epoll_wait.async(all, events.address, BATCH, -1, (_error: unknown, count: number) => {
    waiting = false;
    for (let index = 0; index < count; index++) {
      const key = events.view.getUint32(index * EVENT_SIZE + DATA, true);
      if (key === ALARM) libc.read(alarm, scratch.address, 8);
      else sleepers.get(key)?.();
      sleepers.delete(key);
    }
    sleep();
    closeUnused();
  });
}

const scratch = new NativeBuffer(8);
