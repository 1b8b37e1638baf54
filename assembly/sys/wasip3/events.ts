/**
 * Waiting: the events of the waitable set, which end operations of sockets; and one timer.
 *
 * A host runs only while the program sleeps in `waitable-set.wait` or yields: `waitable-set.poll` returns earlier
 * events. A program that is always busy would get no other events, so taking without sleeping yields.
 *
 * A timer that is too early costs one wakeup, and a late timer misses the deadline. So the timer under way stays unless
 * it is too late, and a program that waits with a timeout sets one timer for many waits.
 */
import {
  now,
  subtask_cancel,
  subtask_drop,
  thread_yield,
  wait_for,
  waitable_join,
  waitable_set_poll,
  waitable_set_wait,
} from "../wasi-0-3";
import { arrived, decided } from "./connections";
import { datagramCallReturned } from "./datagram-calls";
import { hasDatagrams } from "./sockets";
import { LISTENER } from "../socket-kinds";
import { beginProbes, probed, roomMade, settled } from "./streams";
import { leaveSet, ownerOf, set } from "./waitables";

/** Kinds of events. */
const NONE: u32 = 0;
const SUBTASK: u32 = 1;
const STREAM_READ: u32 = 2;
const STREAM_WRITE: u32 = 3;
/** The state of a subtask that has returned or was cancelled. */
const RETURNED: i32 = 2;
const STATE: i32 = 15;

/** `{u32 waitable, u32 payload}`. */
const event = memory.data(8, 4);

/** The timer's subtask; 0 if none is under way. Its deadline, in monotonic nanoseconds. */
let timer: i32 = 0;
let rings: u64 = 0;

/**
 * A sleep stops and starts a thread, ten times the cost of these yields: a program whose next event comes soon does not
 * sleep.
 */
const YIELDS: u32 = 4;

/** Lets the host run, and takes all events. */
export function take(): void {
  beginProbes();
  thread_yield();
  takeKnown();
}

/** Sleeps until an event, at most `timeout` nanoseconds (-1: for ever), and takes all events. */
export function sleep(timeout: i64): void {
  const ended = beginProbes();
  if (ended || timeout == 0) {
    thread_yield();
    takeKnown();
    return;
  }
  if (yieldsSomething()) return;
  if (timeout < 0 || setTimer(timeout)) handle(waitable_set_wait(set(), event));
  takeKnown();
}

function yieldsSomething(): bool {
  for (let count: u32 = 0; count < YIELDS; count++) {
    thread_yield();
    if (takeKnown() > 0) return true;
  }
  return false;
}

/**
 * Takes the events of the host's last run. This ends: a waitable has at most one event until its next operation begins.
 */
function takeKnown(): u32 {
  let count: u32 = 0;
  while (true) {
    const kind = waitable_set_poll(set(), event);
    if (kind == NONE) return count;
    handle(kind);
    count++;
  }
}

function handle(kind: u32): void {
  const waitable = load<i32>(event);
  const payload = load<i32>(event, 4);
  if (kind == SUBTASK && waitable == timer) {
    subtask_drop(timer);
    timer = 0;
    return;
  }
  const socket = ownerOf(waitable);
  if (kind == STREAM_READ) {
    if (socket.kind == LISTENER) arrived(socket, payload);
    else probed(socket, payload);
  } else if (kind == STREAM_WRITE) roomMade(socket, payload);
  else if (kind != SUBTASK) settled(socket);
  else if (payload < RETURNED)
    return; // the call has only begun
  else if (hasDatagrams(socket)) datagramCallReturned(socket, waitable);
  else decided(socket);
}

/** Makes the timer fire within `timeout` nanoseconds. False if it has already fired. */
function setTimer(timeout: i64): bool {
  const deadline = now() + timeout;
  if (timer != 0) {
    if (rings <= deadline) return true;
    leaveSet(timer);
    subtask_cancel(timer);
    subtask_drop(timer);
    timer = 0;
  }
  const status = wait_for(timeout);
  if ((status & STATE) == RETURNED) return false;
  timer = status >> 4;
  rings = deadline;
  waitable_join(timer, set());
  return true;
}
