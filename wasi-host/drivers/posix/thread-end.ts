/**
 * Ends a thread that sleeps in the kernel, for `worker.terminate()` and for the exit of the process, which waits for
 * its workers.
 *
 * A thread in a system call does not notice its termination. But Node also writes to the wakeup descriptor of the
 * thread's event loop. So a sleep includes the event loop's descriptor, edge-triggered: other events of the loop, such
 * as a message, wake it at most once.
 *
 * The descriptor comes from Node's public interface for addons (`node::GetCurrentEventLoop`, `uv_backend_fd`), whose symbols
 * the executable exports. The main thread needs none: a signal ends it, and no thread waits for it.
 */
import { isMainThread } from "node:worker_threads";
import { IN } from "../../abi/readiness.ts";
import { callOn, numbers } from "./call-list.ts";
import { koffi, libc, NativeBuffer } from "./libc.ts";

const CLOEXEC = 0o2000000;
const ADD = 1;
const DEL = 2;
const ET = 0x8000_0000;
/** Maximum sleep in nanoseconds of a thread that cannot be woken to end, such as a worker under Deno or Bun. */
const MAX_SLEEP = 1e8;

/** The kernel's answer comes first: node:worker_threads takes 3 ms to load, and no worker has the process's own thread. */
export const onMainThread = libc.gettid?.() === process.pid || isMainThread;

/** The event loop's descriptor if this thread can be ended from outside; else -1. */
export const loopDescriptor = onMainThread ? -1 : findLoop();

function findLoop(): number {
  // Bun exports the names too, and aborts on a call.
  if (process.versions.bun !== undefined || "Deno" in globalThis) return -1;
  try {
    const node = koffi.load(null);
    const isolate = node.func("uintptr_t _ZN2v87Isolate10GetCurrentEv()");
    const loopOf = node.func("uintptr_t _ZN4node19GetCurrentEventLoopEPN2v87IsolateE(uintptr_t isolate)");
    const descriptorOf = node.func("int uv_backend_fd(uintptr_t loop)");
    return descriptorOf(loopOf(isolate()));
  } catch {
    return -1;
  }
}

/**
 * The maximum duration of a sleep of `timeout` nanoseconds, with or without the event loop's descriptor. A sleep may always
 * end early.
 */
export function withinReach(timeout: number, hears: boolean): number {
  return onMainThread || hears ? timeout : Math.min(timeout, MAX_SLEEP);
}

/** A sleep whose epoll instance contains the event loop's. */
export interface Hearer {
  /** Removes the event loop's. */
  forgetLoop(): void;
}

/**
 * The kernel permits five nested instances. An asynchronous wait needs all five (the event loop's, the watch's, the
 * waiter's, and two of masks), so none may contain the event loop's meanwhile. The event loop would abort the process.
 */
let holds = 0;
const hearers = new Set<Hearer>();

/** An asynchronous wait begins. */
export function holdLoop(): void {
  holds++;
  for (const hearer of hearers) hearer.forgetLoop();
  hearers.clear();
}

export function releaseLoop(): void {
  holds--;
}

/** Whether an instance may contain the event loop's now. If it then does, it calls `heardBy`. */
export function mayHearLoop(): boolean {
  return loopDescriptor >= 0 && holds === 0;
}

export function heardBy(hearer: Hearer): void {
  hearers.add(hearer);
}

/** The hearer has removed the event loop's by itself. */
export function forgotten(hearer: Hearer): void {
  hearers.delete(hearer);
}

/** For poll(2), which has no edges: an instance that is readable when the loop has events. */
let news = -1;
const events = new NativeBuffer(16);
let newsHears = false;
const newsHearer: Hearer = {
  forgetLoop() {
    libc.epoll_ctl(news, DEL, loopDescriptor, events.address);
    newsHears = false;
  },
};

/** A driver is opened: takes the descriptor while one is free. */
export function openNews(): void {
  if (news < 0 && loopDescriptor >= 0) news = libc.epoll_create1(CLOEXEC);
}

/** The descriptor that a sleeping poll(2) also watches; -1 if the thread needs none, or cannot have it now. */
export function newsDescriptor(): number {
  if (newsHears) return news;
  if (news < 0 || !mayHearLoop()) return -1;
  events.view.setUint32(0, IN | ET, true);
  newsHears = libc.epoll_ctl(news, ADD, loopDescriptor, events.address) >= 0;
  if (!newsHears) return -1;
  heardBy(newsHearer);
  return news;
}

/** Acknowledges the events: the descriptor is readable again when there are others. */
export function heardNews(): void {
  callOn(numbers.epollWait, news, events.address, 1, 0);
}

/** The thread's last driver is disposed. */
export function closeNews(): void {
  if (news >= 0) libc.close(news);
  news = -1;
  newsHears = false;
  forgotten(newsHearer);
}
