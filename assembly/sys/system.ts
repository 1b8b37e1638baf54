/**
 * The system: the one place above which nothing knows what host it runs on. Each import set is a file with these same
 * functions, and the constant IS_WASIP2 chooses: the compiler drops the other branch, and with it the other's imports.
 * For preview1 there is WasmEdge's extension beside it, for connections that the program makes. What a program does not use
 * is never emitted.
 */
import { ENOTSUP } from "./errno";
import { IS_WASIP2 } from "./target";
import * as wasip1 from "./wasip1";
import * as wasip2 from "./wasip2";
import * as wasmedge from "./wasmedge";

/** Has the program to open its listeners by itself, since it inherits none? */
export const OPENS_LISTENERS: bool = IS_WASIP2;

/** Up to `length` bytes from a stream; 0 at its end. */
export function recv(fd: i32, buffer: usize, length: i32): i32 {
  return IS_WASIP2 ? wasip2.recv(fd, buffer, length) : wasip1.recv(fd, buffer, length);
}

export function send(fd: i32, buffer: usize, length: i32): i32 {
  return IS_WASIP2 ? wasip2.send(fd, buffer, length) : wasip1.send(fd, buffer, length);
}

/** From a file: the ready file. */
export function read(fd: i32, buffer: usize, length: i32): i32 {
  return IS_WASIP2 ? wasip2.read(fd, buffer, length) : wasip1.read(fd, buffer, length);
}

/** To a file: standard output and error, the ready file. */
export function write(fd: i32, buffer: usize, length: i32): i32 {
  return IS_WASIP2 ? wasip2.write(fd, buffer, length) : wasip1.write(fd, buffer, length);
}

/** Asks the ready file for the readiness of a `struct pollfd` array: 8 for each entry that has something, or a negated errno. */
export function look(file: i32, entries: usize, length: i32): i32 {
  return IS_WASIP2 ? wasip2.look(file, entries, length) : wasip1.look(file, entries, length);
}

/** From the ready file, asleep until there is something. */
export function readOrSleep(file: i32, buffer: usize, length: i32): i32 {
  return IS_WASIP2 ? -ENOTSUP : wasip1.readOrSleep(file, buffer, length);
}

/** Has the ready file make transfers, `length` bytes of them: how many bytes of them it has made, or a negated errno. */
export function transfer(file: i32, transfers: usize, length: i32): i32 {
  return IS_WASIP2 ? -ENOTSUP : wasip1.transfer(file, transfers, length);
}

/** A listener on an IPv4 address, where the host lets a program open one. */
export function listen(ip: u32, port: u32): i32 {
  return IS_WASIP2 ? wasip2.listen(ip, port) : -ENOTSUP;
}

/** The next connection of a listener; non-blocking, unless its calls shall sleep. */
export function accept(listener: i32, blocking: bool = false): i32 {
  return IS_WASIP2 ? wasip2.accept(listener, blocking) : wasip1.accept(listener, blocking);
}

/** Starts a TCP connection: writable when it is made or has failed. */
export function connect(ip: u32, port: u32): i32 {
  return IS_WASIP2 ? wasip2.connect(ip, port) : wasmedge.connect(ip, port);
}

/** What went wrong on the socket since this was last asked: 0, or a negated errno. */
export function takeError(fd: i32): i32 {
  return IS_WASIP2 ? wasip2.takeError(fd) : wasmedge.takeError(fd);
}

/** An IPv4 address, with the port in the upper half; or a negated errno. */
export function localAddress(fd: i32): i64 {
  return IS_WASIP2 ? wasip2.localAddress(fd) : wasmedge.localAddress(fd);
}

/** The same of the other end. */
export function peerAddress(fd: i32): i64 {
  return IS_WASIP2 ? wasip2.peerAddress(fd) : wasmedge.peerAddress(fd);
}

/** `how`: 1 the read side, 2 the write side, 3 both. */
export function shutdown(fd: i32, how: u32): i32 {
  return IS_WASIP2 ? wasip2.shutdown(fd, how) : wasip1.shutdown(fd, how);
}

export function close(fd: i32): i32 {
  return IS_WASIP2 ? wasip2.close(fd) : wasip1.close(fd);
}

export function setNonblocking(fd: i32): i32 {
  return IS_WASIP2 ? wasip2.setNonblocking(fd) : wasip1.setNonblocking(fd);
}

export function isOpen(fd: i32): bool {
  return IS_WASIP2 ? wasip2.isOpen(fd) : wasip1.isOpen(fd);
}

/** Can poll wait for it? Files and directories are always ready, and epoll refuses them. */
export function isPollable(fd: i32): bool {
  return IS_WASIP2 ? wasip2.isPollable(fd) : wasip1.isPollable(fd);
}

/** Sleeps until a subscription (preview1's) has an event; how many there are, or a negated errno. */
export function poll(subscriptions: usize, events: usize, count: u32): i32 {
  return IS_WASIP2 ? wasip2.poll(subscriptions, events, count) : wasip1.poll(subscriptions, events, count);
}

/** Monotonic nanoseconds. */
export function now(): u64 {
  return IS_WASIP2 ? wasip2.now() : wasip1.now();
}

export function exit(status: u32): void {
  if (IS_WASIP2) wasip2.exit(status);
  else wasip1.exit(status);
}

export function argumentCount(): i32 {
  return IS_WASIP2 ? wasip2.argumentCount() : wasip1.argumentCount();
}

/** An array of `argumentCount()` pointers to NUL-ended UTF-8 strings, which is the caller's. */
export function args(): usize {
  return IS_WASIP2 ? wasip2.args() : wasip1.args();
}

/** The host's ready file; -1 when it grants none. */
export function readyFile(): i32 {
  return IS_WASIP2 ? wasip2.readyFile() : wasip1.readyFile();
}
