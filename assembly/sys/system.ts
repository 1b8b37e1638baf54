/**
 * The system: no layer above knows the host's import set. Each import set is a file with these functions, and the constants of
 * `target.ts` choose one: the compiler leaves out the others with their imports. preview1 has WasmEdge's extension for outgoing
 * connections. Functions that a program does not use are not in its module.
 */
import { ENOTSUP } from "../abi/errno";
import { IS_WASIP2, IS_WASIP3 } from "./target";
import * as wasip1 from "./wasip1";
import * as wasip2 from "./wasip2";
import * as wasip3 from "./wasip3";
import * as wasmedge from "./wasmedge";

/** Whether a host of this kind can have a ready file. */
export const MAY_HAVE_READY_FILE: bool = !IS_WASIP2 && !IS_WASIP3;

/** Whether the program must open its listeners, because it cannot inherit any. */
export const OPENS_LISTENERS: bool = IS_WASIP2 || IS_WASIP3;

/** Up to `length` bytes from a stream; 0 at its end. */
export function recv(fd: i32, buffer: usize, length: i32): i32 {
  if (IS_WASIP3) return wasip3.recv(fd, buffer, length);
  return IS_WASIP2 ? wasip2.recv(fd, buffer, length) : wasip1.recv(fd, buffer, length);
}

export function send(fd: i32, buffer: usize, length: i32): i32 {
  if (IS_WASIP3) return wasip3.send(fd, buffer, length);
  return IS_WASIP2 ? wasip2.send(fd, buffer, length) : wasip1.send(fd, buffer, length);
}

/** Reads from a file: the ready file, standard input. */
export function read(fd: i32, buffer: usize, length: i32): i32 {
  if (IS_WASIP3) return wasip3.read(fd, buffer, length);
  return IS_WASIP2 ? wasip2.read(fd, buffer, length) : wasip1.read(fd, buffer, length);
}

/** Standard input as a descriptor, which can be read and watched from now on; or a negated errno. */
export function openInput(): i32 {
  if (IS_WASIP3) return wasip3.openInput();
  return IS_WASIP2 ? wasip2.openInput() : wasip1.openInput();
}

/** Writes to a file: standard output or error, or the ready file. */
export function write(fd: i32, buffer: usize, length: i32): i32 {
  if (IS_WASIP3) return wasip3.write(fd, buffer, length);
  return IS_WASIP2 ? wasip2.write(fd, buffer, length) : wasip1.write(fd, buffer, length);
}

/** Opens a listener on an address (`socket-address.ts`); -ENOTSUP on preview1. */
export function listen(address: usize): i32 {
  if (IS_WASIP3) return wasip3.listen(address);
  return IS_WASIP2 ? wasip2.listen(address) : -ENOTSUP;
}

/** The next connection of a listener. It is non-blocking, unless `blocking`. */
export function accept(listener: i32, blocking: bool = false): i32 {
  if (IS_WASIP3) return wasip3.accept(listener, blocking);
  return IS_WASIP2 ? wasip2.accept(listener, blocking) : wasip1.accept(listener, blocking);
}

/** Starts a TCP connection to an address (`socket-address.ts`). It is writable when it is established or has failed. */
export function connect(address: usize): i32 {
  if (IS_WASIP3) return wasip3.connect(address);
  return IS_WASIP2 ? wasip2.connect(address) : wasmedge.connect(address);
}

/** A datagram socket with an address: its descriptor, or a negated errno. */
export function openDatagrams(address: usize): i32 {
  if (IS_WASIP3) return wasip3.openDatagrams(address);
  return IS_WASIP2 ? wasip2.openDatagrams(address) : wasmedge.openDatagrams(address);
}

/** Sets the peer of a datagram socket. */
export function connectDatagrams(fd: i32, address: usize): i32 {
  if (IS_WASIP3) return wasip3.connectDatagrams(fd, address);
  return IS_WASIP2 ? wasip2.connectDatagrams(fd, address) : wasmedge.connectDatagrams(fd, address);
}

/** Sends a datagram to an address. The number of its bytes, or a negated errno. */
export function sendTo(fd: i32, buffer: usize, length: i32, address: usize): i32 {
  if (IS_WASIP3) return wasip3.sendTo(fd, buffer, length, address);
  return IS_WASIP2 ? wasip2.sendTo(fd, buffer, length, address) : wasmedge.sendTo(fd, buffer, length, address);
}

/** Sends a datagram to the peer. The number of its bytes, or a negated errno: -EDESTADDRREQ without a peer. */
export function sendToPeer(fd: i32, buffer: usize, length: i32): i32 {
  if (IS_WASIP3) return wasip3.sendToPeer(fd, buffer, length);
  return IS_WASIP2 ? wasip2.sendToPeer(fd, buffer, length) : wasip1.send(fd, buffer, length);
}

/** Receives a datagram, and writes its sender to `address`. The number of its bytes, or a negated errno. */
export function receiveFrom(fd: i32, buffer: usize, length: i32, address: usize): i32 {
  if (IS_WASIP3) return wasip3.receiveFrom(fd, buffer, length, address);
  return IS_WASIP2
    ? wasip2.receiveFrom(fd, buffer, length, address)
    : wasmedge.receiveFrom(fd, buffer, length, address);
}

/** The socket's error since the last call: 0, or a negated errno. */
export function takeError(fd: i32): i32 {
  if (IS_WASIP3) return wasip3.takeError(fd);
  return IS_WASIP2 ? wasip2.takeError(fd) : wasmedge.takeError(fd);
}

/** TCP_NODELAY. 0 or a negated errno; -ENOTSUP on WASI 0.2 and 0.3, which have no call for it. */
export function setNoDelay(fd: i32, on: bool): i32 {
  return IS_WASIP2 || IS_WASIP3 ? -ENOTSUP : wasmedge.setNoDelay(fd, on);
}

/** SO_KEEPALIVE. 0 or a negated errno. */
export function setKeepAlive(fd: i32, on: bool): i32 {
  if (IS_WASIP3) return wasip3.setKeepAlive(fd, on);
  return IS_WASIP2 ? wasip2.setKeepAlive(fd, on) : wasmedge.setKeepAlive(fd, on);
}

/** Writes the socket's own address to `address`. 0 or a negated errno. */
export function localAddress(fd: i32, address: usize): i32 {
  if (IS_WASIP3) return wasip3.localAddress(fd, address);
  return IS_WASIP2 ? wasip2.localAddress(fd, address) : wasmedge.localAddress(fd, address);
}

/** Writes the peer's address to `address`; -ENOTCONN before the socket is connected. */
export function peerAddress(fd: i32, address: usize): i32 {
  if (IS_WASIP3) return wasip3.peerAddress(fd, address);
  return IS_WASIP2 ? wasip2.peerAddress(fd, address) : wasmedge.peerAddress(fd, address);
}

/** `how`: 1 the read side, 2 the write side, 3 both. */
export function shutdown(fd: i32, how: u32): i32 {
  if (IS_WASIP3) return wasip3.shutdown(fd, how);
  return IS_WASIP2 ? wasip2.shutdown(fd, how) : wasip1.shutdown(fd, how);
}

export function close(fd: i32): i32 {
  if (IS_WASIP3) return wasip3.close(fd);
  return IS_WASIP2 ? wasip2.close(fd) : wasip1.close(fd);
}

/** Makes the calls on `fd` non-blocking. 0, or a negated errno if they stay blocking. */
export function setNonblocking(fd: i32): i32 {
  if (IS_WASIP3) return wasip3.setNonblocking(fd);
  return IS_WASIP2 ? wasip2.setNonblocking(fd) : wasip1.setNonblocking(fd);
}

export function isOpen(fd: i32): bool {
  if (IS_WASIP3) return wasip3.isOpen(fd);
  return IS_WASIP2 ? wasip2.isOpen(fd) : wasip1.isOpen(fd);
}

/**
 * Whether poll can wait for `fd`: 0, -EBADF, -EPERM for files and directories, which are always ready and which epoll refuses, or an
 * error of the host.
 */
export function pollable(fd: i32): i32 {
  if (IS_WASIP3) return wasip3.pollable(fd);
  return IS_WASIP2 ? wasip2.pollable(fd) : wasip1.pollable(fd);
}

/** Reserves memory for polls of `count` subscriptions, so that they allocate nothing. False if memory cannot grow. */
export function reservePoll(count: u32): bool {
  if (IS_WASIP3) return true;
  return IS_WASIP2 ? wasip2.reservePoll(count) : true;
}

/** Sleeps until one of preview1's subscriptions has an event. Returns the number of events, 0 for an interruption, or a negated errno. */
export function poll(subscriptions: usize, events: usize, count: u32): i32 {
  if (IS_WASIP3) return -ENOTSUP;
  return IS_WASIP2 ? wasip2.poll(subscriptions, events, count) : wasip1.poll(subscriptions, events, count);
}

/** Monotonic nanoseconds; 0 if the clock fails. */
export function now(): u64 {
  return max(clock(), 0);
}

/** Monotonic nanoseconds, or a negated errno: with a clock that seems to stand still, a wait would never end. */
export function clock(): i64 {
  if (IS_WASIP3) return wasip3.clock();
  return IS_WASIP2 ? wasip2.clock() : wasip1.clock();
}

/** Nanoseconds since 1970; 0 from a clock that fails. */
export function wallClock(): i64 {
  if (IS_WASIP3) return wasip3.wallClock();
  return IS_WASIP2 ? wasip2.wallClock() : max(wasip1.wallClock(), 0);
}

/** Fills `length` bytes at `buffer` from the host's secure generator. 0 or a negated errno. */
export function random(buffer: usize, length: i32): i32 {
  if (IS_WASIP3) return wasip3.random(buffer, length);
  return IS_WASIP2 ? wasip2.random(buffer, length) : wasip1.random(buffer, length);
}

export function exit(status: u32): void {
  if (IS_WASIP3) wasip3.exit(status);
  else if (IS_WASIP2) wasip2.exit(status);
  else wasip1.exit(status);
}

/** Sends a signal to the program's process. 0, or a negated errno if the host delivers no signals; no return if the signal ends the process. */
export function raise(signal: u32): i32 {
  return IS_WASIP2 || IS_WASIP3 ? -ENOTSUP : wasip1.raise(signal);
}

export function argumentCount(): i32 {
  if (IS_WASIP3) return wasip3.argumentCount();
  return IS_WASIP2 ? wasip2.argumentCount() : wasip1.argumentCount();
}

/** An array of `argumentCount()` pointers to NUL-terminated UTF-8 strings. The caller owns it. */
export function args(): usize {
  if (IS_WASIP3) return wasip3.args();
  return IS_WASIP2 ? wasip2.args() : wasip1.args();
}

/** An array of pointers to NUL-terminated `NAME=VALUE`, and a 0. The caller owns it. */
export function environment(): usize {
  if (IS_WASIP3) return wasip3.environment();
  return IS_WASIP2 ? wasip2.environment() : wasip1.environment();
}

/** The host's ready file; -1 if it grants none. */
export function readyFile(): i32 {
  if (IS_WASIP3) return -1;
  return IS_WASIP2 ? wasip2.readyFile() : wasip1.readyFile();
}
