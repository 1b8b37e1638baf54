/**
 * The system contract over stock preview1.
 *
 * Every call returns a count or a negated errno (`errno.ts`): no other file knows result pointers or iovecs. This file
 * also handles the faults of other hosts. It zeroes the count of events before the call (browser_wasi_shim does not
 * write it), and ignores `nbytes`, the hangup flag, and excessive counts. If poll_oneoff cannot wait for sockets, naps
 * replace it (`napping.ts`).
 */
import { READY_FILE } from "../abi/ready-file";
import { EBADF, EINTR, EPERM } from "../abi/errno";
import { CLOCK_MONOTONIC, CLOCK_REALTIME, FDSTAT_FILETYPE, FDSTAT_FLAGS, FDSTAT_SIZE } from "../abi/wasi";
import { cannotWait, moved, poll as lookAndNap } from "./napping";
import {
  args_get,
  args_sizes_get,
  clock_time_get,
  environ_get,
  environ_sizes_get,
  fd_close,
  fd_fdstat_get,
  fd_fdstat_set_flags,
  fd_read,
  fd_write,
  poll_oneoff,
  proc_exit,
  proc_raise,
  random_get,
  sock_accept,
  sock_recv,
  sock_send,
  sock_shutdown,
} from "./wasi_snapshot_preview1";

const NONBLOCK: u32 = 4;
const REGULAR_FILE: u32 = 4;
const DIRECTORY: u32 = 3;
const READ_SIDE: u32 = 1;
const WRITE_SIDE: u32 = 2;

/** A wait sleeps again after this many interruptions, if they are less than a millisecond apart. Then it returns EINTR. */
const MOST_INTERRUPTIONS: u32 = 64;
const MILLISECOND: i64 = 1_000_000;

const UNKNOWN: i32 = -2;
const NO: i32 = 0;
const YES: i32 = 1;

/** `{u32 pointer, u32 length}`, then two result cells. */
const cells = memory.data(8 + 8, 8);
const fdstat = memory.data(FDSTAT_SIZE, 8);

let readyDescriptor: i32 = UNKNOWN;
/** Whether poll_oneoff can wait for sockets; UNKNOWN before the first wait. A host with a ready file can. */
let waits: i32 = UNKNOWN;

function vector(buffer: usize, length: i32): usize {
  store<u32>(cells, buffer);
  store<u32>(cells, length, 4);
  return cells;
}

function result(errno: u32): i32 {
  return errno != 0 ? -(<i32>errno) : load<i32>(cells, 8);
}

function movement(errno: u32): i32 {
  if (errno == 0) moved();
  return result(errno);
}

/** Up to `length` bytes from a stream; 0 at its end. */
export function recv(fd: i32, buffer: usize, length: i32): i32 {
  return movement(sock_recv(fd, vector(buffer, length), 1, 0, cells + 8, cells + 12));
}

export function send(fd: i32, buffer: usize, length: i32): i32 {
  return movement(sock_send(fd, vector(buffer, length), 1, 0, cells + 8));
}

export function read(fd: i32, buffer: usize, length: i32): i32 {
  return result(fd_read(fd, vector(buffer, length), 1, cells + 8));
}

export function write(fd: i32, buffer: usize, length: i32): i32 {
  return result(fd_write(fd, vector(buffer, length), 1, cells + 8));
}

/** The next connection of a listener. It is non-blocking, unless `blocking`. */
export function accept(listener: i32, blocking: bool = false): i32 {
  return movement(sock_accept(listener, blocking ? 0 : NONBLOCK, cells + 8));
}

/** `how`: 1 the read side, 2 the write side, 3 both. */
export function shutdown(fd: i32, how: u32): i32 {
  return -(<i32>sock_shutdown(fd, how));
}

/**
 * wazero keeps a closed connection open until its garbage collection, so a shutdown tells the peer first. Other
 * descriptors refuse the shutdown, without harm.
 */
export function close(fd: i32): i32 {
  if (waits == NO) {
    sock_shutdown(fd, WRITE_SIDE);
    sock_shutdown(fd, READ_SIDE);
  }
  return -(<i32>fd_close(fd));
}

/** It is open from the start, unless the host has none. */
export function openInput(): i32 {
  return -(<i32>fd_fdstat_get(0, fdstat));
}

/** 0 also if the host refuses to set the flag, but has it set already. */
export function setNonblocking(fd: i32): i32 {
  const errno = fd_fdstat_set_flags(fd, NONBLOCK);
  if (errno == 0 || (fd_fdstat_get(fd, fdstat) == 0 && (load<u16>(fdstat, FDSTAT_FLAGS) & NONBLOCK) != 0)) return 0;
  return -(<i32>errno);
}

export function isOpen(fd: i32): bool {
  return fd_fdstat_get(fd, fdstat) != EBADF;
}

/** Whether poll can wait for `fd`: 0, -EBADF, -EPERM (files and directories are always ready), or an error of the host. */
export function pollable(fd: i32): i32 {
  const errno = fd_fdstat_get(fd, fdstat);
  if (errno != 0) return -(<i32>errno);
  const filetype: u32 = load<u8>(fdstat, FDSTAT_FILETYPE);
  return filetype == REGULAR_FILE || filetype == DIRECTORY ? -EPERM : 0;
}

/** Sleeps until a subscription has an event. Returns the number of events, 0 for an interruption, or a negated errno. */
export function poll(subscriptions: usize, events: usize, count: u32): i32 {
  if (waits == UNKNOWN) waits = readyFile() < 0 && cannotWait() ? NO : YES;
  if (waits == NO) return lookAndNap(subscriptions, events, count);
  store<i32>(cells, 0, 8);
  const errno = poll_oneoff(subscriptions, events, count, cells + 8);
  if (errno == EINTR && sleepsOn()) return 0;
  return min(result(errno), <i32>count);
}

let interruptions: u32 = 0;
let interruptedAt: i64 = 0;

/** Whether the wait sleeps again after an interruption, by a signal to the host. */
function sleepsOn(): bool {
  const time = clock();
  if (time < 0) return false;
  if (time - interruptedAt >= MILLISECOND) interruptions = 0;
  interruptedAt = time;
  return ++interruptions < MOST_INTERRUPTIONS;
}

/** Monotonic nanoseconds, or a negated errno. */
export function clock(): i64 {
  const errno = clock_time_get(CLOCK_MONOTONIC, 0, cells);
  return errno != 0 ? -(<i64>errno) : load<i64>(cells);
}

/** Nanoseconds since 1970, or a negated errno. */
export function wallClock(): i64 {
  const errno = clock_time_get(CLOCK_REALTIME, 0, cells);
  return errno != 0 ? -(<i64>errno) : load<i64>(cells);
}

/** Fills `length` bytes at `buffer`. 0 or a negated errno. */
export function random(buffer: usize, length: i32): i32 {
  return -(<i32>random_get(buffer, length));
}

export function exit(status: u32): void {
  proc_exit(status);
}

/** Sends a signal to the program's process. 0 or a negated errno. */
export function raise(signal: u32): i32 {
  return -(<i32>proc_raise(signal));
}

/** The number of arguments; 0 if the host refuses. */
export function argumentCount(): i32 {
  return args_sizes_get(cells, cells + 4) == 0 ? load<i32>(cells) : 0;
}

/** An array of `argumentCount()` pointers to NUL-terminated UTF-8 strings. The caller owns it. */
export function args(): usize {
  const count = <u32>argumentCount();
  const pointers = heap.alloc((count << 2) + (count == 0 ? 4 : max<u32>(load<u32>(cells, 4), 1)));
  const texts = pointers + (count << 2);
  if (args_get(pointers, texts) == 0) return pointers;
  // The host counts arguments but does not return them: each is empty.
  store<u8>(texts, 0);
  for (let at = pointers; at < texts; at += 4) store<u32>(at, texts);
  return pointers;
}

/** An array of pointers to NUL-terminated `NAME=VALUE`, and a 0; empty if the host refuses. The caller owns it. */
export function environment(): usize {
  const known = environ_sizes_get(cells, cells + 4) == 0;
  const count = known ? load<u32>(cells) : 0;
  const end = count << 2;
  const pointers = heap.alloc(end + 4 + (known ? load<u32>(cells, 4) : 0));
  store<u32>(pointers + end, 0);
  if (count > 0 && environ_get(pointers, pointers + end + 4) != 0) store<u32>(pointers, 0);
  return pointers;
}

/** The ready file; -1 if the host grants none. Asking for its status opens it. */
export function readyFile(): i32 {
  if (readyDescriptor == UNKNOWN) readyDescriptor = isOpen(READY_FILE) ? READY_FILE : -1;
  return readyDescriptor;
}
