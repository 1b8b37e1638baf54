/**
 * The system contract over stock preview1.
 *
 * Every call returns a count or a negated errno (`errno.ts`), so nothing above this file knows about result pointers,
 * iovecs or out-parameters. What other hosts get wrong is dealt with here: the count of events is zeroed before the
 * call (browser_wasi_shim does not write it), nothing trusts `nbytes` or the hangup flag, and where poll_oneoff cannot wait
 * for sockets, naps take its place (`napping.ts`).
 */
import { EBADF } from "./errno";
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
  sock_accept,
  sock_recv,
  sock_send,
  sock_shutdown,
} from "./wasi_snapshot_preview1";

const MONOTONIC: u32 = 1;
const NONBLOCK: u32 = 4;
/** riflags: recv_peek. */
const PEEK: u32 = 1;
/** And recv_waitall. */
const WAITALL: u32 = 2;
const REGULAR_FILE: u32 = 4;
const DIRECTORY: u32 = 3;
const READ_SIDE: u32 = 1;
const WRITE_SIDE: u32 = 2;

const UNKNOWN: i32 = -2;
const NO: i32 = 0;
const YES: i32 = 1;

/** `{u32 pointer, u32 length}`, then two result cells. */
const cells = memory.data(8 + 8, 8);
const fdstat = memory.data(24, 8);

let readyDescriptor: i32 = UNKNOWN;
/** Can poll_oneoff wait for sockets? Found out at the first wait; a host with a ready file can. */
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

/**
 * The readiness of a `struct pollfd` array now, `length` bytes of it, into its revents: what the ready file answers when it is
 * peeked at. 8 for each entry that has something, or a negated errno.
 */
export function look(file: i32, entries: usize, length: i32): i32 {
  return result(sock_recv(file, vector(entries, length), 1, PEEK, cells + 8, cells + 12));
}

/** From the ready file, asleep until there is something. */
export function readOrSleep(file: i32, buffer: usize, length: i32): i32 {
  return result(sock_recv(file, vector(buffer, length), 1, WAITALL, cells + 8, cells + 12));
}

/** What the ready file does when it is received from: how many bytes of the transfers it has made, or a negated errno. */
export function transfer(file: i32, transfers: usize, length: i32): i32 {
  return movement(sock_recv(file, vector(transfers, length), 1, 0, cells + 8, cells + 12));
}

/** The next connection of a listener; non-blocking, unless its calls shall sleep. */
export function accept(listener: i32, blocking: bool = false): i32 {
  return movement(sock_accept(listener, blocking ? 0 : NONBLOCK, cells + 8));
}

/** `how`: 1 the read side, 2 the write side, 3 both. */
export function shutdown(fd: i32, how: u32): i32 {
  return -(<i32>sock_shutdown(fd, how));
}

/** wazero keeps a closed connection open until its garbage is collected: the other end is told before. */
export function close(fd: i32): i32 {
  if (waits == NO) {
    sock_shutdown(fd, WRITE_SIDE);
    sock_shutdown(fd, READ_SIDE);
  }
  return -(<i32>fd_close(fd));
}

export function setNonblocking(fd: i32): i32 {
  return -(<i32>fd_fdstat_set_flags(fd, NONBLOCK));
}

export function isOpen(fd: i32): bool {
  return fd_fdstat_get(fd, fdstat) != EBADF;
}

/** Can poll wait for it? Files and directories are always ready, and epoll refuses them. */
export function isPollable(fd: i32): bool {
  if (fd_fdstat_get(fd, fdstat) != 0) return false;
  const filetype: u32 = load<u8>(fdstat);
  return filetype != REGULAR_FILE && filetype != DIRECTORY;
}

/** Sleeps until a subscription has an event; how many there are, or a negated errno. */
export function poll(subscriptions: usize, events: usize, count: u32): i32 {
  if (waits == UNKNOWN) waits = readyFile() < 0 && cannotWait() ? NO : YES;
  if (waits == NO) return lookAndNap(subscriptions, events, count);
  store<i32>(cells, 0, 8);
  return result(poll_oneoff(subscriptions, events, count, cells + 8));
}

/** Monotonic nanoseconds. */
export function now(): u64 {
  clock_time_get(MONOTONIC, 0, cells);
  return load<u64>(cells);
}

export function exit(status: u32): void {
  proc_exit(status);
}

/** Copies the arguments: their number, with the pointers to NUL-ended strings at the address returned by `args`. */
export function argumentCount(): i32 {
  args_sizes_get(cells, cells + 4);
  return load<i32>(cells);
}

/** An array of `argumentCount()` pointers to NUL-ended UTF-8 strings, which is the caller's. */
export function args(): usize {
  args_sizes_get(cells, cells + 4);
  const count = load<u32>(cells);
  const pointers = heap.alloc((count << 2) + load<u32>(cells, 4));
  args_get(pointers, pointers + (count << 2));
  return pointers;
}

/** The descriptor that POLLUX_READY_FD names; -1 when the host grants no ready file. */
export function readyFile(): i32 {
  if (readyDescriptor == UNKNOWN) readyDescriptor = findReadyFile();
  return readyDescriptor;
}

function findReadyFile(): i32 {
  if (environ_sizes_get(cells, cells + 4) != 0) return -1;
  const count = load<u32>(cells);
  if (count == 0) return -1;
  const pointers = heap.alloc((count << 2) + load<u32>(cells, 4));
  let fd = -1;
  if (environ_get(pointers, pointers + (count << 2)) == 0) {
    for (let index: u32 = 0; index < count; index++) {
      const value = valueAfter(load<u32>(pointers + (index << 2)), "POLLUX_READY_FD=");
      if (value != 0) fd = decimal(value);
    }
  }
  heap.free(pointers);
  return fd;
}

/** Where the value begins if the NUL-ended text at `variable` begins with `name`; 0 otherwise. */
function valueAfter(variable: usize, name: string): usize {
  for (let index = 0; index < name.length; index++) {
    if (load<u8>(variable + index) != name.charCodeAt(index)) return 0;
  }
  return variable + name.length;
}

function decimal(text: usize): i32 {
  let value: i32 = 0;
  let digit: i32 = <i32>load<u8>(text) - 48;
  if (digit < 0 || digit > 9) return -1;
  for (; digit >= 0 && digit <= 9; digit = <i32>load<u8>(++text) - 48) value = value * 10 + digit;
  return value;
}
