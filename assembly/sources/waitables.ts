/**
 * Wakeups from the events of a WASI 0.3 host's waitable set: a wait costs what has happened, not what is watched.
 *
 * Such a host has reads and writes that are under way, and tells when one has ended. The system keeps a small read under way for
 * each connection (`sys/wasip3/streams.ts`), so what is ready is known in linear memory, and a look costs no call of the host.
 * A wakeup is the end of a read, of a connect, or of a write of no bytes:
 *
 *      probe under way ── it ends ──▶ readable: its bytes are unread ── recv takes the last of them ──▶ probe under way
 *      writable ── a send blocks ──▶ write of no bytes under way ── it ends ──▶ writable
 *
 * While bytes are unread no read is under way: what comes behind them (more data, an end, a reset) is not announced before
 * they have been read. So an edge-triggered program reads until EAGAIN or a short count, and loses nothing. A program that has
 * something to do in every wait must let the host run, or it would hear of nothing else: looking and taking yield.
 */
import { descriptor } from "../engine/descriptors";
import { Descriptor, Watch } from "../memory/layout";
import { EBADF } from "../abi/errno";
import { POLLFD_EVENTS, POLLFD_FD, POLLFD_REVENTS, POLLFD_SIZE } from "../abi/epoll";
import { isInstanceFd } from "../engine/instances";
import { knownReadiness, listenTo, readiness, sleep, take as takeEvents } from "../sys/wasip3/index";
import { ALWAYS, POLLNVAL, READINESS, WRITABLE } from "../abi/events";
import * as trigger from "../engine/trigger";

let listens = false;
/** Whether the host has run since the program's last call. */
let ran = false;

/** Arms the watch and returns its readiness now, or a negated errno (EBADF, EPERM). */
export function arm(watch: Watch): i32 {
  if (!listens) listenTo(wakeup);
  listens = true;
  watch.armed = <u16>READINESS;
  return readiness(watch.fd);
}

function wakeup(fd: i32, changed: u32): void {
  const target = descriptor(fd);
  if (target != null) trigger.wake(target, READINESS, readiness(fd), changed);
}

/** Whether `fd` can be watched. 0, -EBADF or -EPERM. */
export function check(fd: i32): i32 {
  return min(readiness(fd), 0);
}

/** Adds a watch to the next batch of looks. */
export function addLook(watch: Watch): bool {
  trigger.setReadiness(watch, max(readiness(watch.fd), 0));
  return true;
}

/** Lets the host run, and takes queued wakeups. */
export function take(): i32 {
  takeEvents();
  return 0;
}

/** Sleeps until an event, at most `timeout` nanoseconds (-1: for ever). */
export function park(timeout: i64): i32 {
  sleep(timeout);
  ran = true;
  return 0;
}

/**
 * Writes the readiness of each entry of a `struct pollfd` array to its revents. Returns the number of entries with
 * revents.
 */
export function lookAtAll(fds: usize, count: u32): i32 {
  if (!ran) takeEvents();
  ran = false;
  let ready = 0;
  for (let at = fds, end = fds + <usize>count * POLLFD_SIZE; at < end; at += POLLFD_SIZE) {
    const fd = load<i32>(at, POLLFD_FD);
    const revents = fd < 0 ? 0 : readinessOf(fd) & (load<u16>(at, POLLFD_EVENTS) | ALWAYS | POLLNVAL);
    store<u16>(at, <u16>revents, POLLFD_REVENTS);
    if (revents != 0) ready++;
  }
  return ready;
}

/** Files are always ready, as for poll(2). The caller asks instances, which are not the system's descriptors. */
function readinessOf(fd: i32): u32 {
  const found = isInstanceFd(fd) ? -EBADF : readiness(fd);
  if (found >= 0) return found;
  return found == -EBADF ? POLLNVAL : WRITABLE;
}

/** The guest's own I/O met EAGAIN in the direction of `bits`. */
export function onWouldBlock(target: Descriptor, fd: i32, bits: u32): void {
  trigger.onWouldBlock(target, bits);
  announceAgain(target, fd, bits);
}

/** The guest's own I/O moved fewer bytes than it asked for. */
export function onShortCount(target: Descriptor, fd: i32, bits: u32): void {
  trigger.onShortCount(target, bits);
  announceAgain(target, fd, bits);
}

/** The call that used up the known bytes may have begun the next write, which may have ended at once. */
function announceAgain(target: Descriptor, fd: i32, bits: u32): void {
  const now = knownReadiness(fd);
  if (now > 0 && (now & bits) != 0) trigger.wake(target, READINESS, now, bits);
}

/** For programs that do I/O outside the engine: announces present readiness again. */
export function rearm(fd: i32): void {
  const target = descriptor(fd);
  if (target != null && readiness(fd) > 0) announceAgain(target, fd, READINESS);
}
