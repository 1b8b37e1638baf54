/**
 * poll and select of other conditions than data and room: urgent data, errors, hangups; and that their sleeps are
 * sleeps.
 */
import {
  capabilities,
  close,
  EPOLLERR,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  HANGUPS,
  POLLFD_EVENTS,
  POLLFD_FD,
  POLLFD_REVENTS,
  POLLFD_SIZE,
  POLLNVAL,
  poll,
  recv,
  select,
  send,
  takeError,
} from "../../../assembly/index";
import { connection, pipe, refused, resetOnClose, sendUrgent, waits, writeLater } from "./bench";
import { equal, isTrue, it, Pair } from "./cases";

/** Milliseconds after which an awaited event will never come. */
const LONG: i32 = 10_000;
/** Each for 1024 descriptors. */
const SET_SIZE: usize = 128;
const readers = heap.alloc(SET_SIZE);
const writers = heap.alloc(SET_SIZE);
const exceptional = heap.alloc(SET_SIZE);
const entry = heap.alloc(POLLFD_SIZE);
const bytes = heap.alloc(64);

/** A host with levels only does not distinguish urgent data and hangups: capabilities() says so. */
function exact(): bool {
  return (capabilities() & HANGUPS) != 0;
}

/** The revents of one descriptor. */
function pollOne(fd: i32, events: u32, timeout: i32): i32 {
  store<i32>(entry, fd, POLLFD_FD);
  store<u32>(entry, events, POLLFD_EVENTS);
  return poll(entry, 1, timeout) == 0 ? 0 : load<u16>(entry, POLLFD_REVENTS);
}

function only(set: usize, fd: i32): usize {
  memory.fill(set, 0, SET_SIZE);
  store<u32>(set + <usize>((fd >> 5) << 2), 1 << (fd & 31));
  return set;
}

function isMarked(set: usize, fd: i32): bool {
  return ((load<u32>(set + <usize>((fd >> 5) << 2)) >> (fd & 31)) & 1) != 0;
}

it("poll reports the error of a refused connection unasked", () => {
  const fd = refused();
  const asked: u32[] = [EPOLLOUT, EPOLLIN, EPOLLIN | EPOLLOUT];
  for (let index = 0; index < asked.length; index++) {
    const revents = pollOne(fd, asked[index], LONG);
    isTrue((revents & ~POLLNVAL) != 0, "something is reported");
    if (exact()) isTrue((revents & EPOLLERR) != 0, "the error");
  }
  if (exact()) isTrue((pollOne(fd, 0, LONG) & EPOLLERR) != 0, "the error, with nothing asked for");
  isTrue(takeError(fd) < 0 || recv(fd, bytes, 1) < 0, "the connection has failed");
});

it("poll reports the error of a reset connection unasked", () => {
  const both = connection();
  const one = <i32>both;
  const other = <i32>(both >> 32);
  resetOnClose(other);
  close(other);
  isTrue((pollOne(one, EPOLLIN, LONG) & EPOLLIN) != 0, "readable");
  if (exact()) equal(pollOne(one, 0, LONG), EPOLLERR | EPOLLHUP, "the error and the hangup");
  isTrue(recv(one, bytes, 1) < 0, "the connection was reset");
});

it("poll reports urgent data only if asked for PRI", () => {
  const both = connection();
  const one = <i32>both;
  sendUrgent(<i32>(both >> 32));
  if (exact()) equal(pollOne(one, EPOLLPRI, LONG), EPOLLPRI, "PRI");
  equal(pollOne(one, EPOLLIN | EPOLLOUT, LONG) & EPOLLPRI, 0, "not asked for");
});

it("poll does not spin on readiness that it was not asked for", () => {
  const pair = new Pair();
  send(pair.other.fd, bytes, 1);
  const asked: u32[] = [EPOLLPRI, EPOLLRDHUP, 0];
  for (let index = 0; index < asked.length; index++) {
    const before = waits();
    equal(pollOne(pair.one.fd, asked[index], 30), 0, "revents");
    isTrue(waits() - before < 10, `${(waits() - before).toString()} waits`);
  }
});

it("select leaves a socket with urgent data in the exceptional set", () => {
  const both = connection();
  const one = <i32>both;
  const other = <i32>(both >> 32);
  send(other, bytes, 1);
  equal(select(one + 1, only(readers, one), 0, 0, LONG), 1, "data");
  equal(select(one + 1, 0, 0, only(exceptional, one), 1), 0, "data is no exception");
  if (!exact()) return;
  sendUrgent(other);
  equal(select(one + 1, 0, 0, only(exceptional, one), LONG), 1, "urgent data");
  isTrue(isMarked(exceptional, one), "it is left");
  equal(select(one + 1, only(readers, one), 0, only(exceptional, one), LONG), 2, "both");
});

it("select reports a refused connection as readable and writable", () => {
  const fd = refused();
  equal(select(fd + 1, only(readers, fd), 0, 0, LONG), 1, "readable");
  equal(select(fd + 1, 0, only(writers, fd), 0, LONG), 1, "writable");
});

it("select reports a hangup without data: a pipe without a writer is readable", () => {
  const both = pipe();
  const reader = <i32>both;
  close(<i32>(both >> 32));
  equal(select(reader + 1, only(readers, reader), 0, 0, LONG), 1, "readable");
  equal(recv(reader, bytes, 1), 0, "the end");
});

it("select sleeps for its timeout on a hangup in the exceptional set alone, without spinning", () => {
  const pair = new Pair();
  close(pair.other.fd);
  const before = waits();
  equal(select(pair.one.fd + 1, 0, 0, only(exceptional, pair.one.fd), 30), 0, "total");
  isTrue(waits() - before < 10, `${(waits() - before).toString()} waits`);
});

it("select keeps sleeping after a wakeup that it was not asked for, and reports a later one that it was", () => {
  const pair = new Pair();
  const other = new Pair();
  writeLater(other.other.fd);
  const count = max(pair.one.fd, other.one.fd) + 1;
  only(readers, other.one.fd);
  store<u32>(exceptional, 0);
  equal(select(count, readers, 0, only(exceptional, pair.one.fd), LONG), 1, "total");
  isTrue(isMarked(readers, other.one.fd) && !isMarked(exceptional, pair.one.fd), "the one that was written to");
});
