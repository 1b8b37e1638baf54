/**
 * The kernel's own epoll, and the calls that move bytes past the engine: a binding of the tests' own, so that a fault in
 * the posix driver's cannot hide itself.
 */
import os from "node:os";
import koffi from "koffi";

const lib = koffi.load("libc.so.6");
const f = (prototype: string) => lib.func(prototype);

const libc = {
  open: f("int open(const char *path, int flags)"),
  epoll_create1: f("int epoll_create1(int flags)"),
  epoll_ctl: f("int epoll_ctl(int epoll, int op, int fd, void *event)"),
  epoll_wait: f("int epoll_wait(int epoll, void *events, int most, int timeout)"),
  poll: f("int poll(void *fds, uint64_t count, int timeout)"),
  select: f("int select(int count, void *readers, void *writers, void *exceptions, void *timeout)"),
  send: f("int64_t send(int fd, const void *bytes, size_t length, int flags)"),
  write: f("int64_t write(int fd, const void *bytes, size_t length)"),
  recv: f("int64_t recv(int fd, void *bytes, size_t length, int flags)"),
  read: f("int64_t read(int fd, void *bytes, size_t length)"),
  shutdown: f("int shutdown(int fd, int how)"),
  close: f("int close(int fd)"),
  dup: f("int dup(int fd)"),
  setsockopt: f("int setsockopt(int fd, int level, int name, const void *value, uint32_t length)"),
  fcntl: f("int fcntl(int fd, int command, int argument)"),
};

const nameOf = new Map(Object.entries(os.constants.errno).map(([name, number]) => [number, name]));

/** A count, or the name of the error. */
export type Outcome = number | string;

function outcome(result: number): Outcome {
  return result < 0 ? (nameOf.get(koffi.errno()) ?? `errno ${koffi.errno()}`) : result;
}

export interface Delivered {
  readonly events: number;
  readonly data: bigint;
}

/** `struct epoll_event` is packed on x86-64 alone. */
const EVENT_SIZE = process.arch === "x64" ? 12 : 16;
const MAX_EVENTS = 64;
const bytes = new Uint8Array(new ArrayBuffer(EVENT_SIZE * MAX_EVENTS));
const view = new DataView(bytes.buffer);
const pollfd = new Uint8Array(new ArrayBuffer(8));
const pollfdView = new DataView(pollfd.buffer);

/** open(2), for reading. */
export function open(path: string): number {
  const fd = libc.open(path, 0o2000000);
  if (fd < 0) throw new Error(`open: ${outcome(fd)}`);
  return fd;
}

/** epoll_create1(2). */
export function create(): number {
  const fd = libc.epoll_create1(0o2000000);
  if (fd < 0) throw new Error(`epoll_create1: ${outcome(fd)}`);
  return fd;
}

/** epoll_ctl(2): 0, or the name of the error. */
export function ctl(epfd: number, op: number, fd: number, events: number, data: bigint): Outcome {
  view.setUint32(0, events, true);
  view.setBigUint64(EVENT_SIZE - 8, data, true);
  return outcome(libc.epoll_ctl(epfd, op, fd, bytes));
}

/** epoll_wait(2), which does not sleep: what it delivers, or the name of the error. */
export function wait(epfd: number, most: number): Delivered[] | string {
  const count = outcome(libc.epoll_wait(epfd, bytes, Math.min(most, MAX_EVENTS), 0));
  if (typeof count === "string") return count;
  return Array.from({ length: count }, (_, index) => ({
    events: view.getUint32(index * EVENT_SIZE, true),
    data: view.getBigUint64((index + 1) * EVENT_SIZE - 8, true),
  }));
}

/** The readiness of a descriptor now, among `events`; what is always reported too. */
export function readiness(fd: number, events: number): number {
  pollfdView.setInt32(0, fd, true);
  pollfdView.setUint32(4, events & 0xffff, true);
  libc.poll(pollfd, 1, 0);
  return pollfdView.getUint16(6, true);
}

/** poll(2), which does not sleep: each entry's revents, or the name of the error. */
export function poll(entries: readonly (readonly [fd: number, events: number])[]): number[] | string {
  const fds = new DataView(new ArrayBuffer(Math.max(8 * entries.length, 8)));
  for (const [index, [fd, events]] of entries.entries()) {
    fds.setInt32(index * 8, fd, true);
    fds.setUint32(index * 8 + 4, events & 0xffff, true);
  }
  const count = outcome(libc.poll(new Uint8Array(fds.buffer), entries.length, 0));
  if (typeof count === "string") return count;
  return entries.map((_, index) => fds.getUint16(index * 8 + 6, true));
}

/** More descriptors than the tests open. */
const MAX_SELECTED = 1 << 16;
const readers = new Uint8Array(new ArrayBuffer(MAX_SELECTED / 8));
const noTime = new Uint8Array(new ArrayBuffer(16));

/** select(2), which does not sleep, of descriptors to be read: which are left, or the name of the error. */
export function select(fds: readonly number[]): boolean[] | string {
  readers.fill(0);
  let highest = -1;
  for (const fd of fds) {
    readers[fd >> 3] |= 1 << (fd & 7);
    highest = Math.max(highest, fd);
  }
  const count = outcome(libc.select(highest + 1, readers, null, null, noTime));
  if (typeof count === "string") return count;
  return fds.map((fd) => ((readers[fd >> 3] >> (fd & 7)) & 1) !== 0);
}

const MSG_NOSIGNAL = 0x4000;
const MSG_OOB = 1;

/** send(2), or write(2) without a socket: the number of bytes, or the error's name. */
export function send(fd: number, buffer: Uint8Array, length: number): Outcome {
  const sent = outcome(libc.send(fd, buffer, length, MSG_NOSIGNAL));
  return sent === "ENOTSOCK" ? outcome(libc.write(fd, buffer, length)) : sent;
}

/** One byte of urgent data. */
export function sendUrgent(fd: number, buffer: Uint8Array): Outcome {
  return outcome(libc.send(fd, buffer, 1, MSG_NOSIGNAL | MSG_OOB));
}

/** recv(2), or read(2) without a socket: the number of bytes, or the error's name. */
export function recv(fd: number, buffer: Uint8Array, length: number): Outcome {
  const received = outcome(libc.recv(fd, buffer, length, 0));
  return received === "ENOTSOCK" ? outcome(libc.read(fd, buffer, length)) : received;
}

/** shutdown(2): 0 the read side, 1 the write side, 2 both. */
export function shutdown(fd: number, how: number): Outcome {
  return outcome(libc.shutdown(fd, how));
}

export function close(fd: number): void {
  libc.close(fd);
}

/** dup(2). */
export function duplicate(fd: number): number {
  const copy = libc.dup(fd);
  if (copy < 0) throw new Error(`dup: ${outcome(copy)}`);
  return copy;
}

const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const F_SETPIPE_SZ = 1031;
const option = new Uint8Array(new ArrayBuffer(8));
const optionView = new DataView(option.buffer);

function set(fd: number, level: number, name: number, ...values: number[]): void {
  for (const [index, value] of values.entries()) optionView.setInt32(index * 4, value, true);
  libc.setsockopt(fd, level, name, option, values.length * 4);
}

/** Makes what the descriptor holds small, so that it is soon full: a socket's send buffer, or a pipe. */
export function narrow(fd: number): void {
  set(fd, SOL_SOCKET, SO_SNDBUF, 8192);
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  libc.fcntl(fd, F_SETPIPE_SZ, 4096);
}
