/**
 * preview1's poll_oneoff, over `wasi:io/poll`.
 *
 * A 0.2 host's poll is linear in its list and dear: hosts look up every pollable, and make something to wait for of each. So
 * a direction is asked for directly while it is *lively*, which costs one read, and a poll has to tell of it only when it
 * has become *quiet*, by a read or a write that found nothing:
 *
 *      lively ── a read or check-write finds nothing ──▶ quiet ── its pollable is reported ──▶ lively
 *
 * Subscriptions that had something lately are the *hot set*: while any of it has more, nobody else is looked at, and when it
 * has run dry among many others, it is waited for alone for a moment. All are looked at, and the quiet ones polled, again when
 * 16 times as long has passed as that took: so a thousand idle connections cost a seventeenth while a few are busy, however
 * dear they are to this host. What is read is kept for the program's `recv`: nothing is reported that is not so, even where
 * a host's pollable was wrong.
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
/** Looks at the hot set alone before the time is asked for; then until so many times has passed what looking at all took. */
const LEAST_ROUNDS: u32 = 16;
const PATIENCE: u64 = 16;
/** In nanoseconds: nobody is overlooked for longer, whatever looking at all costs. */
const MOST_PATIENCE: u64 = 100_000_000;
/** How long the hot set is waited for alone, in nanoseconds; and how many others make that worth a clock. */
const MOMENT: i64 = 1_000_000;
const MANY: u32 = 64;
const IN_SET: u8 = 1;
/** Had something since all were looked at. */
const ACTIVE: u8 = 2;
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
/** The hot set, by indices of subscriptions; for each subscription, IN_SET and ACTIVE; how many were seen last time. */
let hot: usize = 0;
let hotCount: u32 = 0;
let marks: usize = 0;
let seen: u32 = 0;
/** Events of this call so far. */
let found: i32 = 0;
/** Looks at the hot set alone, since all were looked at. */
let rounds: u32 = 0;
/** When all are to be looked at again, in nanoseconds. */
let due: u64 = 0;
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
  found = 0;
  while (true) {
    const patient = ++rounds < LEAST_ROUNDS || now() < due;
    if (patient) {
      lookAtHot(subscriptions, events, first, count);
      if (found == 0 && remaining != 0 && used > 0 && count > (used << 2) + MANY) {
        pollQuiet(subscriptions, events, remaining < 0 ? MOMENT : min(remaining, MOMENT));
        if (timeout > 0) remaining = max<i64>(deadline - <i64>now(), 0);
      }
      if (found > 0) return found;
    }
    const begun = now();
    lookAtAll(subscriptions, events, first, count);
    if (found > 0 && patient) return found;
    rounds = 0;
    const sleeps = found == 0;
    pollQuiet(subscriptions, events, sleeps ? remaining : 0);
    if (!sleeps) {
      const ended = now();
      due = ended + min((ended - begun) * PATIENCE, MOST_PATIENCE);
    }
    if (found > 0) return found;
    if (timeout > 0) remaining = max<i64>(deadline - <i64>now(), 0);
    if (hasClock && remaining == 0) return ring(subscriptions, events);
  }
}

/** Events for the hot set, and for subscriptions that are new; those of the set that have nothing are noted. */
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

/** Events for all lively ones that have something; the others are noted. Who has had nothing since last time is hot no more. */
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

/** An event, if it is lively and has something, or is no socket at all. Otherwise it is noted. */
function look(subscriptions: usize, events: usize, place: u32): void {
  const subscription = subscriptions + <usize>place * SUBSCRIPTION_SIZE;
  const socket = socketOf(load<i32>(subscription, SUBSCRIPTION_FD));
  const reads = load<u8>(subscription, SUBSCRIPTION_TAG) == FD_READ;
  if (socket == 0 || (!isQuiet(socket, reads) && hasSomething(socket, reads))) {
    report(subscription, socket, events, place);
  } else if (reads || kindOf(socket) != LISTENER) note(reads ? readPollable(socket) : writePollable(socket), place);
  // A listener is never writable, and its pollable would tell of connections.
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

/** Sleeps until one of the noted ones has something, at most `timeout` nanoseconds; -1 is for ever. */
function pollQuiet(subscriptions: usize, events: usize, timeout: i64): void {
  for (let lingerer = 0; lingerer < lingerers(); lingerer++) note(pollableOf(lingerer), NO_PLACE);
  let clock: i32 = 0;
  if (timeout == 0) {
    if (used == 0) return;
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
  for (let answer: u32 = 0; answer < answered; answer++) {
    const place = load<u32>(places + ((<usize>load<u32>(answers + ((<usize>answer) << 2))) << 2));
    if (place == NO_PLACE) continue;
    const subscription = subscriptions + <usize>place * SUBSCRIPTION_SIZE;
    const socket = socketOf(load<i32>(subscription, SUBSCRIPTION_FD));
    const reads = load<u8>(subscription, SUBSCRIPTION_TAG) == FD_READ;
    setQuiet(socket, reads, false);
    if (hasSomething(socket, reads)) report(subscription, socket, events, place);
  }
}

/** The next event; and its subscription is hot. */
function report(subscription: usize, socket: usize, events: usize, place: u32): void {
  const event = events + <usize>found * EVENT_SIZE;
  found++;
  store<u64>(event, load<u64>(subscription, SUBSCRIPTION_USERDATA), EVENT_USERDATA);
  store<u64>(event, 0, EVENT_ERROR);
  store<u16>(event, <u16>(socket == 0 ? EBADF : 0), EVENT_ERROR);
  store<u8>(event, load<u8>(subscription, SUBSCRIPTION_TAG), EVENT_TYPE);
  store<u64>(event, socket == 0 ? 0 : aheadOf(socket), EVENT_NBYTES);
  heat(place, IN_SET | ACTIVE);
}

/** Into the hot set. */
function heat(place: u32, mark: u8): void {
  if (load<u8>(marks + place) == 0) {
    store<u32>(hot + ((<usize>hotCount) << 2), place);
    hotCount++;
  }
  store<u8>(marks + place, mark);
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
  const before = room;
  const old = pollables;
  const oldHot = hot;
  const oldMarks = marks;
  room = max(room << 1, 64);
  while (room < count) room <<= 1;
  const size = (<usize>room) << 2;
  pollables = heap.alloc(4 * size + room);
  places = pollables + size;
  answers = places + size;
  hot = answers + size;
  marks = hot + size;
  memory.fill(marks, 0, room);
  if (old == 0) return;
  memory.copy(hot, oldHot, (<usize>hotCount) << 2);
  memory.copy(marks, oldMarks, before);
  heap.free(old);
}
