/**
 * preview1's poll_oneoff, over `wasi:io/poll`.
 *
 * A 0.2 host's poll is slow, and linear in its list: for each pollable the host makes something to wait for. So a *lively* direction
 * is tried directly, which costs one read. It becomes *quiet* when a read or a write would block. Only quiet directions are polled:
 *
 *      lively ── a read or check-write would block ──▶ quiet ── its pollable is reported ──▶ lively
 *
 * A short count makes it quiet too, unless reads behind short counts have found something lately (`transfers.ts`).
 *
 * Subscriptions that had something lately are the *hot set*: while any of it has more, nobody else is looked at, and when it
 * has run dry among many others, it is waited for alone for a moment. All are looked at, and the quiet ones polled, again when
 * 16 times as long has passed as that took: so a thousand idle connections cost a seventeenth while a few are busy, however
 * dear they are to this host. What is read is kept for the program's `recv`: nothing is reported that is not so, even where a host's
 * pollable was wrong. Only a stream of large messages is reported unread, which saves a copy, until a pollable has been wrong once.
 *
 * wasmtime calls only so many pollables ready until the program has been suspended (tokio's budget of a task), and then none but
 * clocks. So a program that always finds something is suspended now and then, by a poll of a busy connection's output, which can
 * be written to: the poll ends at once, if need be with the next budget. With nothing but a clock it would take a millisecond.
 *
 * The lists are large enough before they are needed: `reservePoll` counts subscriptions, and each new socket counts for the sockets
 * that linger. poll returns ENOMEM only to a program that passes a longer list of its own.
 */
import { block, giveBack } from "../../memory/blocks";
import {
  CLOCK,
  EVENT_ERROR,
  EVENT_NBYTES,
  EVENT_SIZE,
  EVENT_TYPE,
  EVENT_USERDATA,
  FD_READ,
  SUBSCRIPTION_FD,
  SUBSCRIPTION_SIZE,
  SUBSCRIPTION_TAG,
  SUBSCRIPTION_TIMEOUT,
  SUBSCRIPTION_USERDATA,
} from "../../abi/wasi";
import { EBADF, EINVAL, ENOMEM } from "../../abi/errno";
import { now, pollable_drop, poll as pollHost, subscribe_duration } from "../wasi-0-2";
import { isDecided } from "./connections";
import { lookAtDatagrams } from "./datagram-calls";
import { lingerers, mostLingerers, pollableOf, settle } from "./lingering";
import { area, lend, takeBack } from "./results";
import { INPUT, LISTENER, STREAM } from "../socket-kinds";
import {
  aheadOf,
  hasDatagrams,
  isQuiet,
  kindOf,
  onlyReads,
  readPollable,
  setQuiet,
  socketOf,
  writePollable,
} from "./sockets";
import { believe, bytesArrived, permitted, readAhead, readDirectly, resetBytesArrived } from "./transfers";

/**
 * The limits before the next full check: looks at the hot set alone, bytes received meanwhile, and this multiple of the
 * duration of the last full check.
 */
const LEAST_ROUNDS: u32 = 16;
const LEAST_BYTES: u32 = 0x100000;
const PATIENCE: u64 = 16;
/** The longest time between two full checks, in nanoseconds. */
const MOST_PATIENCE: u64 = 25_000_000;
/** The longest time without a suspension, and the shortest suspension, in nanoseconds. */
const MOST_UNSUSPENDED: u64 = 5_000_000;
const INSTANT: i64 = 1;
/**
 * The duration of a poll of the hot set alone, in nanoseconds; and the number of other sockets from which on it is
 * worth a clock.
 */
const MOMENT: i64 = 1_000_000;
const MANY: u32 = 64;
const IN_SET: u8 = 1;
/** Was ready since the last full check. */
const ACTIVE: u8 = 2;
const FOREVER: i64 = -1;
const A_DAY: i64 = 86_400_000_000_000;
/** Instead of a subscription's index: the clock, or a lingering stream. */
const NO_PLACE: u32 = 0xffffffff;

/** The list for the host's poll, the subscription of each entry, and the host's result. */
let pollables: usize = 0;
let places: usize = 0;
let answers: usize = 0;
let room: u32 = 0;
let used: u32 = 0;
/** The hot set, as indices of subscriptions; for each subscription, IN_SET and ACTIVE; the number of subscriptions last time. */
let hot: usize = 0;
let hotCount: u32 = 0;
let marks: usize = 0;
let seen: u32 = 0;
/** Events of this call so far, and the subscription of the last one. */
let found: i32 = 0;
let reported: usize = 0;
/** Looks at the hot set alone since the last full check. */
let rounds: u32 = 0;
/** The time of the next full check, in nanoseconds. */
let due: u64 = 0;
/** Whether the program was suspended since the last full check; and the time of its last suspension, in nanoseconds. */
let wasSuspended: bool = false;
let suspended: u64 = 0;
/** A pollable that is always ready, for a poll that must not sleep. */
let atOnce: i32 = 0;

/** `poll_oneoff`. A clock, relative and monotonic, must be the first subscription. */
export function poll(subscriptions: usize, events: usize, count: u32): i32 {
  if (count == 0) return -EINVAL;
  const hasClock = load<u8>(subscriptions, SUBSCRIPTION_TAG) == CLOCK;
  const timeout = hasClock ? load<i64>(subscriptions, SUBSCRIPTION_TIMEOUT) : FOREVER;
  const deadline: i64 = timeout > 0 ? <i64>now() + timeout : 0;
  let remaining = timeout;
  const first: u32 = hasClock ? 1 : 0;
  if (lingerers() != 0) settle();
  if (!makeRoom(count + lingerers() + 1)) return -ENOMEM;
  found = 0;
  while (true) {
    const patient = (++rounds < LEAST_ROUNDS && bytesArrived() < LEAST_BYTES) || now() < due;
    if (patient) {
      lookAtHot(subscriptions, events, first, count);
      if (found == 0 && remaining != 0 && used > 0 && count > (used << 2) + MANY) {
        pollQuiet(subscriptions, events, remaining < 0 ? MOMENT : min(remaining, MOMENT));
        if (timeout > 0) remaining = max<i64>(deadline - <i64>now(), 0);
      }
      if (found > 0) return found;
    }
    const begun: u64 = patient ? 0 : now(); // a sleep needs no clock
    lookAtAll(subscriptions, events, first, count);
    if (found > 0 && patient) return found;
    rounds = 0;
    resetBytesArrived();
    if (found == 0) pollQuiet(subscriptions, events, remaining);
    else {
      if (wasSuspended) suspended = begun;
      wasSuspended = false;
      const isDue = begun - suspended >= MOST_UNSUSPENDED;
      if (isDue) noteReported();
      pollQuiet(subscriptions, events, isDue ? INSTANT : 0);
      const ended = now();
      due = ended + min((ended - begun) * PATIENCE, MOST_PATIENCE);
    }
    if (found > 0) return found;
    if (timeout > 0) remaining = max<i64>(deadline - <i64>now(), 0);
    if (hasClock && remaining == 0) return ring(subscriptions, events);
  }
}

/** Makes events for the hot set and for new subscriptions, and notes those that are not ready. */
function lookAtHot(subscriptions: usize, events: usize, first: u32, count: u32): void {
  used = 0;
  for (let index: u32 = 0; index < hotCount; index++) {
    const place = load<u32>(hot + ((<usize>index) << 2));
    if (place >= first && place < count) look(subscriptions, events, place);
  }
  for (let place = max(seen, first); place < count; place++) {
    if (load<u8>(marks + place) == 0) look(subscriptions, events, place);
  }
  seen = count;
}

/**
 * Makes events for all ready subscriptions, and notes the others. A subscription that was not ready since the last full
 * check leaves the hot set.
 */
function lookAtAll(subscriptions: usize, events: usize, first: u32, count: u32): void {
  const before = hotCount;
  hotCount = 0;
  for (let index: u32 = 0; index < before; index++) {
    const place = load<u32>(hot + ((<usize>index) << 2));
    const stays = (load<u8>(marks + place) & ACTIVE) != 0 && place < count;
    store<u8>(marks + place, 0);
    if (stays) heat(place, IN_SET);
  }
  used = 0;
  seen = count;
  for (let place = first; place < count; place++) look(subscriptions, events, place);
}

/** Makes an event if it is lively and ready, or is no socket. Otherwise notes it. */
function look(subscriptions: usize, events: usize, place: u32): void {
  const subscription = subscriptions + <usize>place * SUBSCRIPTION_SIZE;
  const socket = socketOf(load<i32>(subscription, SUBSCRIPTION_FD));
  const reads = load<u8>(subscription, SUBSCRIPTION_TAG) == FD_READ;
  if (socket == 0 || (!isQuiet(socket, reads) && hasSomething(socket, reads, false))) {
    report(subscription, socket, events, place);
  } else if (reads || !onlyReads(socket)) note(reads ? readPollable(socket) : writePollable(socket), place);
}

/** Makes it quiet if it is not ready. `polled`: the host has just reported it. */
function hasSomething(socket: usize, reads: bool, polled: bool): bool {
  if (kindOf(socket) == LISTENER) return reads;
  if (hasDatagrams(socket)) return lookAtDatagrams(socket, reads);
  if (kindOf(socket) == INPUT) return reads && readAhead(socket);
  if (!isDecided(socket)) {
    setQuiet(socket, reads, true);
    return false;
  }
  if (kindOf(socket) != STREAM) return true;
  if (!reads) return permitted(socket) != 0;
  return polled ? believe(socket) || readAhead(socket) : readDirectly(socket);
}

/** The output of the last reported socket, which ends a poll at once unless its peer does not read. */
function noteReported(): void {
  const socket = socketOf(load<i32>(reported, SUBSCRIPTION_FD));
  if (socket != 0) note(onlyReads(socket) ? readPollable(socket) : writePollable(socket), NO_PLACE);
}

/** Sleeps until a noted subscription is ready, at most `timeout` nanoseconds; -1 is for ever. */
function pollQuiet(subscriptions: usize, events: usize, timeout: i64): void {
  if (timeout != 0) wasSuspended = true;
  for (let lingerer = 0; lingerer < lingerers(); lingerer++) note(pollableOf(lingerer), NO_PLACE);
  let clock: i32 = 0;
  if (timeout == 0) {
    if (used == 0) return;
    if (atOnce == 0) atOnce = subscribe_duration(0);
    note(atOnce, NO_PLACE);
  } else if (timeout > 0 || used == 0) {
    // Hosts refuse an empty list. Without a timeout the program sleeps for a day, and again.
    clock = subscribe_duration(timeout > 0 ? timeout : A_DAY);
    note(clock, NO_PLACE);
  }
  lend(answers, (<usize>used) << 2);
  pollHost(pollables, used, area);
  takeBack();
  const answered = min(load<u32>(area, 4), used); // before the next call overwrites it
  if (clock != 0) pollable_drop(clock);
  if (lingerers() != 0) settle();
  for (let answer: u32 = 0; answer < answered; answer++) {
    const index = load<u32>(answers + ((<usize>answer) << 2));
    const place = index < used ? load<u32>(places + ((<usize>index) << 2)) : NO_PLACE;
    if (place == NO_PLACE) continue;
    const subscription = subscriptions + <usize>place * SUBSCRIPTION_SIZE;
    const socket = socketOf(load<i32>(subscription, SUBSCRIPTION_FD));
    const reads = load<u8>(subscription, SUBSCRIPTION_TAG) == FD_READ;
    setQuiet(socket, reads, false);
    if (hasSomething(socket, reads, true)) report(subscription, socket, events, place);
  }
}

/** Writes an event. Its subscription joins the hot set. */
function report(subscription: usize, socket: usize, events: usize, place: u32): void {
  const event = events + <usize>found * EVENT_SIZE;
  found++;
  reported = subscription;
  store<u64>(event, load<u64>(subscription, SUBSCRIPTION_USERDATA), EVENT_USERDATA);
  store<u64>(event, 0, EVENT_ERROR);
  store<u16>(event, <u16>(socket == 0 ? EBADF : 0), EVENT_ERROR);
  store<u8>(event, load<u8>(subscription, SUBSCRIPTION_TAG), EVENT_TYPE);
  store<u64>(event, socket == 0 ? 0 : aheadOf(socket), EVENT_NBYTES);
  heat(place, IN_SET | ACTIVE);
}

/** Puts a subscription into the hot set. */
function heat(place: u32, mark: u8): void {
  if (load<u8>(marks + place) == 0) {
    store<u32>(hot + ((<usize>hotCount) << 2), place);
    hotCount++;
  }
  store<u8>(marks + place, mark);
}

/** Writes the clock's event at the timeout. */
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

/** Reserves memory for polls of `count` subscriptions while all sockets linger. False if memory cannot grow. */
export function reservePoll(count: u32): bool {
  return makeRoom(count + mostLingerers() + 1);
}

function makeRoom(count: u32): bool {
  if (count <= room) return true;
  const before = room;
  const old = pollables;
  const oldHot = hot;
  const oldMarks = marks;
  let larger = max(room << 1, 64);
  while (larger < count) larger <<= 1;
  const size = (<usize>larger) << 2;
  const lists = block(4 * size + larger);
  if (lists == 0) return false;
  room = larger;
  pollables = lists;
  places = pollables + size;
  answers = places + size;
  hot = answers + size;
  marks = hot + size;
  if (old == 0) return true;
  memory.copy(hot, oldHot, (<usize>hotCount) << 2);
  memory.copy(marks, oldMarks, before);
  giveBack(old, 17 * <usize>before);
  return true;
}
