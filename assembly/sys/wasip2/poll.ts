/**
 * preview1's poll_oneoff, over `wasi:io/poll`.
 *
 * A 0.2 host's poll is linear in its list and dear: hosts look up every pollable, and make something to wait for of each. So
 * a direction is asked for directly while it is *lively*, which costs one read, and a poll has to tell of it only when it
 * has become *quiet*, by a read or a write that found nothing:
 *
 *      lively ── a read or check-write finds nothing ──▶ quiet ── its pollable is reported ──▶ lively
 *
 * Those that had something last time are looked at first, and nobody else while any of them has more, so that a thousand
 * idle connections cost nothing; but every `PATIENCE`-th time all are looked at, and the quiet ones polled without
 * sleeping. What is read is kept for the program's `recv`: nothing is reported that is not so, even where a host's pollable
 * was wrong.
 */
import {
  EVENT_ERROR,
  EVENT_NBYTES,
  EVENT_SIZE,
  EVENT_TYPE,
  EVENT_USERDATA,
  SUBSCRIPTION_FD,
  SUBSCRIPTION_SIZE,
  SUBSCRIPTION_TAG,
  SUBSCRIPTION_TIMEOUT,
  SUBSCRIPTION_USERDATA,
} from "../../memory/layout";
import { EBADF, EINVAL } from "../errno";
import { now, pollable_drop, poll as pollHost, subscribe_duration } from "../wasi-0-2";
import { isDecided } from "./connections";
import { lingerers, pollableOf, settle } from "./lingering";
import { area, lend, takeBack } from "./results";
import { aheadOf, isQuiet, kindOf, LISTENER, readPollable, STREAM, setQuiet, socketOf, writePollable } from "./sockets";
import { permitted, readAhead } from "./transfers";

const CLOCK: u32 = 0;
const FD_READ: u32 = 1;
const PATIENCE: u32 = 16;
const FOREVER: i64 = -1;
const A_DAY: i64 = 86_400_000_000_000;
/** In place of a subscription's index: the clock, or a stream that lingers. */
const NO_PLACE: u32 = 0xffffffff;

/** The argument of the host's poll, the subscription that each of it stands for, and what the host answers. */
let pollables: usize = 0;
let places: usize = 0;
let answers: usize = 0;
let room: u32 = 0;
let used: u32 = 0;
/** Indices of the subscriptions that had something at the last look; how many subscriptions there were then. */
let recent: usize = 0;
let recentCount: u32 = 0;
let seen: u32 = 0;
/** Looks at the recent ones only, since the quiet ones were polled. */
let rounds: u32 = 0;
/** A pollable that is always ready, for a poll that shall not sleep. */
let atOnce: i32 = 0;

/** `poll_oneoff`: the only clock, relative and monotonic, is the first subscription. */
export function poll(subscriptions: usize, events: usize, count: u32): i32 {
  if (count == 0) return -EINVAL;
  const hasClock = load<u8>(subscriptions, SUBSCRIPTION_TAG) == CLOCK;
  const timeout = hasClock ? load<i64>(subscriptions, SUBSCRIPTION_TIMEOUT) : FOREVER;
  const deadline: i64 = timeout > 0 ? <i64>now() + timeout : 0;
  let remaining = timeout;
  const first: u32 = hasClock ? 1 : 0;
  if (lingerers() != 0) settle();
  makeRoom(count + lingerers() + 1);
  while (true) {
    const patient = ++rounds < PATIENCE;
    let found = patient ? lookAtRecent(subscriptions, events, first, count) : 0;
    if (found > 0) return found;
    found = lookAtAll(subscriptions, events, first, count);
    if (found > 0 && patient) return found;
    rounds = 0;
    found += pollQuiet(subscriptions, events + <usize>found * EVENT_SIZE, found > 0 ? 0 : remaining);
    if (found > 0) return found;
    if (timeout > 0) remaining = max<i64>(deadline - <i64>now(), 0);
    if (hasClock && remaining == 0) return ring(subscriptions, events);
  }
}

/** Events for those that had something last time and have again, and for subscriptions that are new since. */
function lookAtRecent(subscriptions: usize, events: usize, first: u32, count: u32): i32 {
  const before = recentCount;
  const old = min(max(seen, first), count);
  recentCount = 0;
  for (let index: u32 = 0; index < before; index++) {
    const place = load<u32>(recent + ((<usize>index) << 2));
    if (place >= first && place < old) look(subscriptions, events, place);
  }
  for (let place = old; place < count; place++) look(subscriptions, events, place);
  seen = count;
  return recentCount;
}

/** Events for all lively ones that have something; the quiet ones are noted for `pollQuiet`. */
function lookAtAll(subscriptions: usize, events: usize, first: u32, count: u32): i32 {
  recentCount = 0;
  used = 0;
  seen = count;
  for (let place = first; place < count; place++) {
    if (look(subscriptions, events, place)) continue;
    const subscription = subscriptions + <usize>place * SUBSCRIPTION_SIZE;
    const socket = socketOf(load<i32>(subscription, SUBSCRIPTION_FD));
    const reads = load<u8>(subscription, SUBSCRIPTION_TAG) == FD_READ;
    // A listener is never writable, and its pollable would tell of connections.
    if (reads || kindOf(socket) != LISTENER) note(reads ? readPollable(socket) : writePollable(socket), place);
  }
  return recentCount;
}

/** An event, if it is lively and has something, or is no socket at all; it is recent then. */
function look(subscriptions: usize, events: usize, place: u32): bool {
  const subscription = subscriptions + <usize>place * SUBSCRIPTION_SIZE;
  const socket = socketOf(load<i32>(subscription, SUBSCRIPTION_FD));
  const reads = load<u8>(subscription, SUBSCRIPTION_TAG) == FD_READ;
  if (socket != 0 && (isQuiet(socket, reads) || !hasSomething(socket, reads))) return false;
  report(subscription, socket, events + <usize>recentCount * EVENT_SIZE);
  store<u32>(recent + ((<usize>recentCount) << 2), place);
  recentCount++;
  return true;
}

/** Becomes quiet where it has nothing. */
function hasSomething(socket: usize, reads: bool): bool {
  if (kindOf(socket) == LISTENER) return reads;
  if (!isDecided(socket)) {
    setQuiet(socket, reads, true);
    return false;
  }
  if (kindOf(socket) != STREAM) return true;
  return reads ? readAhead(socket) : permitted(socket) != 0;
}

/** Sleeps until one of the noted ones has something, at most `timeout` nanoseconds; how many events that makes. */
function pollQuiet(subscriptions: usize, events: usize, timeout: i64): i32 {
  for (let lingerer = 0; lingerer < lingerers(); lingerer++) note(pollableOf(lingerer), NO_PLACE);
  let clock: i32 = 0;
  if (timeout == 0) {
    if (used == 0) return 0;
    if (atOnce == 0) atOnce = subscribe_duration(0);
    note(atOnce, NO_PLACE);
  } else if (timeout > 0 || used == 0) {
    // A host refuses to wait for nothing at all: then it is a day, and another.
    clock = subscribe_duration(timeout > 0 ? timeout : A_DAY);
    note(clock, NO_PLACE);
  }
  lend(answers, (<usize>used) << 2);
  pollHost(pollables, used, area);
  takeBack();
  const answered = load<u32>(area, 4); // before the next call leaves its result there
  if (clock != 0) pollable_drop(clock);
  if (lingerers() != 0) settle();
  let found: i32 = 0;
  for (let answer: u32 = 0; answer < answered; answer++) {
    const place = load<u32>(places + ((<usize>load<u32>(answers + ((<usize>answer) << 2))) << 2));
    if (place == NO_PLACE) continue;
    const subscription = subscriptions + <usize>place * SUBSCRIPTION_SIZE;
    const socket = socketOf(load<i32>(subscription, SUBSCRIPTION_FD));
    const reads = load<u8>(subscription, SUBSCRIPTION_TAG) == FD_READ;
    setQuiet(socket, reads, false);
    if (!hasSomething(socket, reads)) continue;
    report(subscription, socket, events + <usize>found * EVENT_SIZE);
    store<u32>(recent + ((<usize>recentCount) << 2), place);
    recentCount++;
    found++;
  }
  return found;
}

function report(subscription: usize, socket: usize, event: usize): void {
  store<u64>(event, load<u64>(subscription, SUBSCRIPTION_USERDATA), EVENT_USERDATA);
  store<u64>(event, 0, EVENT_ERROR);
  store<u16>(event, <u16>(socket == 0 ? EBADF : 0), EVENT_ERROR);
  store<u8>(event, load<u8>(subscription, SUBSCRIPTION_TAG), EVENT_TYPE);
  store<u64>(event, socket == 0 ? 0 : aheadOf(socket), EVENT_NBYTES);
}

/** The time is over: the clock's event. */
function ring(subscriptions: usize, events: usize): i32 {
  store<u64>(events, load<u64>(subscriptions, SUBSCRIPTION_USERDATA), EVENT_USERDATA);
  store<u64>(events, CLOCK, EVENT_ERROR);
  return 1;
}

function note(pollable: i32, place: u32): void {
  store<i32>(pollables + ((<usize>used) << 2), pollable);
  store<u32>(places + ((<usize>used) << 2), place);
  used++;
}

function makeRoom(count: u32): void {
  if (count <= room) return;
  const kept = recent;
  const old = pollables;
  room = max(room << 1, 64);
  while (room < count) room <<= 1;
  const size = (<usize>room) << 2;
  pollables = heap.alloc(4 * size);
  places = pollables + size;
  answers = places + size;
  recent = answers + size;
  memory.copy(recent, kept, (<usize>recentCount) << 2);
  if (old != 0) heap.free(old);
}
