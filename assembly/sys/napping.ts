/**
 * Waiting on hosts whose poll_oneoff knows nothing of sockets (wazero): it calls every non-blocking descriptor ready at
 * once, sleeps the whole time of a clock all the same, and for ever where there is none.
 *
 * There, a wait is a look at every descriptor, by a recv that leaves the bytes where they are; and a nap, when nothing has
 * moved since the last look. Naps double, from `SHORTEST` while the program is busy up to `LONGEST`: that is the latency of
 * an idle program, which wakes a hundred times a second. Nothing can be looked at but streams, for reading: a listener, and
 * whoever wants to write, count as ready after each nap, and find out by themselves.
 */
import {
  EVENT_ERROR,
  EVENT_NBYTES,
  EVENT_SIZE,
  EVENT_TYPE,
  EVENT_USERDATA,
  SUBSCRIPTION_CLOCK,
  SUBSCRIPTION_FD,
  SUBSCRIPTION_SIZE,
  SUBSCRIPTION_TAG,
  SUBSCRIPTION_TIMEOUT,
  SUBSCRIPTION_USERDATA,
} from "../memory/layout";
import { EAGAIN, ENOTSUP } from "./errno";
import { clock_time_get, poll_oneoff, sock_recv } from "./wasi_snapshot_preview1";

const CLOCK: u32 = 0;
const FD_READ: u32 = 1;
const FD_WRITE: u32 = 2;
const MONOTONIC: u32 = 1;
const PEEK: u32 = 1;
const STDOUT: i32 = 1;
/** Nanoseconds. */
const SHORTEST: i64 = 50_000;
const LONGEST: i64 = 10_000_000;

/** Two subscriptions, two events, and a result; of our own, because the caller's array is its own. */
const own = memory.data(2 * SUBSCRIPTION_SIZE, 8);
const ownEvents = memory.data(2 * EVENT_SIZE, 8);
const cells = memory.data(24, 8);
/** How long to nap when nothing has moved; 0: something has. */
let nap: i64 = 0;

/** Is this such a host? It refuses to wait for standard output (ENOTSUP), which no other host does. */
export function cannotWait(): bool {
  store<u8>(own, CLOCK, SUBSCRIPTION_TAG);
  store<u32>(own, MONOTONIC, SUBSCRIPTION_CLOCK);
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

/** Bytes went or came, or a connection: the program is busy, and whoever talks to it may be waiting for more. */
export function moved(): void {
  nap = 0;
}

/** `poll_oneoff` for such a host; the only clock, relative and monotonic, is the first subscription. */
export function poll(subscriptions: usize, events: usize, count: u32): i32 {
  const hasClock = load<u8>(subscriptions, SUBSCRIPTION_TAG) == CLOCK;
  let remaining: i64 = hasClock ? load<i64>(subscriptions, SUBSCRIPTION_TIMEOUT) : i64.MAX_VALUE;
  const deadline: i64 = hasClock ? now() + remaining : i64.MAX_VALUE;
  const first: u32 = hasClock ? 1 : 0;
  while (true) {
    // Also before the first look: who was called ready without being so would be called that again at once.
    if (nap > 0 && remaining > 0) sleep(min(nap, remaining));
    nap = min(max(nap << 1, SHORTEST), LONGEST);
    const found = look(subscriptions, events, first, count);
    if (found > 0) return found;
    if (hasClock) remaining = max<i64>(deadline - now(), 0);
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

/** A stream with nothing to read. What is no stream has another error, and one that has ended has 0 bytes. */
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

function sleep(nanoseconds: i64): void {
  store<u64>(own, nanoseconds, SUBSCRIPTION_TIMEOUT);
  poll_oneoff(own, ownEvents, 1, cells);
}

function now(): i64 {
  clock_time_get(MONOTONIC, 0, cells);
  return load<i64>(cells);
}
