/**
 * Waiting on hosts whose poll_oneoff cannot wait for sockets (wazero): it reports every non-blocking descriptor as
 * ready, but sleeps for the whole timeout, or for ever without one.
 *
 * On such a host a wait looks at every descriptor, with a recv that leaves the bytes in place. If nothing has moved
 * since the last look, it naps first. Naps double from `SHORTEST` to `LONGEST`, which is the latency of an idle
 * program: it wakes a hundred times a second. Only streams can be looked at, for reading. Listeners, and subscriptions
 * to writing, count as ready after each nap: the program's call finds out.
 */
import {
  CLOCK,
  CLOCK_MONOTONIC,
  EVENT_ERROR,
  EVENT_NBYTES,
  EVENT_SIZE,
  EVENT_TYPE,
  EVENT_USERDATA,
  FD_READ,
  FD_WRITE,
  SUBSCRIPTION_CLOCK,
  SUBSCRIPTION_FD,
  SUBSCRIPTION_SIZE,
  SUBSCRIPTION_TAG,
  SUBSCRIPTION_TIMEOUT,
  SUBSCRIPTION_USERDATA,
} from "../abi/wasi";
import { EAGAIN, ENOTSUP } from "../abi/errno";
import { clock_time_get, poll_oneoff, sock_recv } from "./wasi_snapshot_preview1";

const PEEK: u32 = 1;
const STDOUT: i32 = 1;
/** Nanoseconds. */
const SHORTEST: i64 = 50_000;
const LONGEST: i64 = 10_000_000;

/** Two subscriptions, two events and a result, because the caller's array must not change. */
const own = memory.data(2 * SUBSCRIPTION_SIZE, 8);
const ownEvents = memory.data(2 * EVENT_SIZE, 8);
const cells = memory.data(24, 8);
/** The length of the next nap; 0 after bytes have moved. */
let nap: i64 = 0;

/** Whether this is such a host: only wazero refuses to wait for standard output (ENOTSUP). */
export function cannotWait(): bool {
  store<u8>(own, CLOCK, SUBSCRIPTION_TAG);
  store<u32>(own, CLOCK_MONOTONIC, SUBSCRIPTION_CLOCK);
  store<u64>(own, 0, SUBSCRIPTION_TIMEOUT);
  store<u8>(own + SUBSCRIPTION_SIZE, FD_WRITE, SUBSCRIPTION_TAG);
  store<i32>(own + SUBSCRIPTION_SIZE, STDOUT, SUBSCRIPTION_FD);
  store<u32>(cells, 0);
  if (poll_oneoff(own, ownEvents, 2, cells) != 0) return false;
  for (let index: u32 = 0; index < min<u32>(load<u32>(cells), 2); index++) {
    const event = ownEvents + <usize>index * EVENT_SIZE;
    if (load<u8>(event, EVENT_TYPE) == FD_WRITE && load<u16>(event, EVENT_ERROR) == ENOTSUP) return true;
  }
  return false;
}

/** After a transfer or an accept: the program is busy, and the next wait does not nap first. */
export function moved(): void {
  nap = 0;
}

/** `poll_oneoff` for such a host. A clock, relative and monotonic, must be the first subscription. */
export function poll(subscriptions: usize, events: usize, count: u32): i32 {
  const hasClock = load<u8>(subscriptions, SUBSCRIPTION_TAG) == CLOCK;
  let remaining: i64 = hasClock ? load<i64>(subscriptions, SUBSCRIPTION_TIMEOUT) : i64.MAX_VALUE;
  const began = hasClock ? now() : 0;
  if (began < 0) return <i32>began;
  const first: u32 = hasClock ? 1 : 0;
  while (true) {
    // Nap also before the first look: a wrong report of readiness would otherwise be repeated at once.
    if (nap > 0 && remaining > 0) {
      const error = sleep(min(nap, remaining));
      if (error < 0) return error;
    }
    nap = min(max(nap << 1, SHORTEST), LONGEST);
    const found = look(subscriptions, events, first, count);
    if (found > 0) return found;
    if (!hasClock) continue;
    const time = now();
    if (time < 0) return <i32>time;
    remaining = load<i64>(subscriptions, SUBSCRIPTION_TIMEOUT) - (time - began);
    if (remaining > 0) continue;
    report(subscriptions, events, CLOCK);
    return 1;
  }
}

function look(subscriptions: usize, events: usize, first: u32, count: u32): i32 {
  let found: i32 = 0;
  for (let index = first; index < count; index++) {
    const subscription = subscriptions + <usize>index * SUBSCRIPTION_SIZE;
    const tag: u32 = load<u8>(subscription, SUBSCRIPTION_TAG);
    if (tag == FD_READ && isEmpty(load<i32>(subscription, SUBSCRIPTION_FD))) continue;
    report(subscription, events + <usize>found * EVENT_SIZE, tag);
    found++;
  }
  return found;
}

/** Whether a stream has nothing to read. Other descriptors have another error, and an ended stream returns 0 bytes. */
function isEmpty(fd: i32): bool {
  store<u32>(cells, cells + 16);
  store<u32>(cells, 1, 4);
  return sock_recv(fd, cells, 1, PEEK, cells + 8, cells + 12) == EAGAIN;
}

function report(subscription: usize, event: usize, tag: u32): void {
  store<u64>(event, load<u64>(subscription, SUBSCRIPTION_USERDATA), EVENT_USERDATA);
  store<u64>(event, 0, EVENT_ERROR);
  store<u8>(event, tag, EVENT_TYPE);
  store<u64>(event, 0, EVENT_NBYTES);
}

function sleep(nanoseconds: i64): i32 {
  store<u64>(own, nanoseconds, SUBSCRIPTION_TIMEOUT);
  return -(<i32>poll_oneoff(own, ownEvents, 1, cells));
}

function now(): i64 {
  const errno = clock_time_get(CLOCK_MONOTONIC, 0, cells);
  return errno != 0 ? -(<i64>errno) : load<i64>(cells);
}
