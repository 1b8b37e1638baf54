/**
 * Connected streams: recv(2), send(2) and so on, non-blocking. The calls tell the engine EAGAIN and short counts, which saves looks.
 */
import { READABLE, WRITABLE } from "../abi/events";
import * as source from "../sources/source";
import { EAGAIN } from "../abi/errno";
import * as system from "../sys/system";

/** Receives up to `length` bytes into `buffer`. 0 is end of stream; -EAGAIN if there is no data yet. */
export function recv(fd: i32, buffer: usize, length: i32): i32 {
  const count = system.recv(fd, buffer, length);
  learnReceived(fd, count, length);
  return count;
}

/**
 * Standard input as a descriptor for `read` and every wait; non-blocking unless `blocking`. A negated errno if the host
 * has none, or refuses the flag.
 */
export function standardInput(blocking: bool = false): i32 {
  const fd = system.openInput();
  if (fd < 0 || blocking) return fd;
  const error = system.setNonblocking(fd);
  return error < 0 ? error : fd;
}

/**
 * Reads up to `length` bytes of standard input to `buffer`. 0 is its end; -EAGAIN if no bytes are there yet. A short
 * count means nothing: a terminal gives one line at a time.
 */
export function read(fd: i32, buffer: usize, length: i32): i32 {
  const count = system.read(fd, buffer, length);
  if (count == -EAGAIN) source.onWouldBlock(fd, READABLE);
  return count;
}

/** Sends as many of `length` bytes as the stream takes now; -EAGAIN if it takes none. */
export function send(fd: i32, buffer: usize, length: i32): i32 {
  const count = system.send(fd, buffer, length);
  learnSent(fd, count, length);
  return count;
}

/** Tells the engine the result of a receive of up to `length` bytes: a count or a negated errno. */
export function learnReceived(fd: i32, count: i32, length: i32): void {
  if (count == -EAGAIN) source.onWouldBlock(fd, READABLE);
  else if (count > 0 && count < length) source.onShortCount(fd, READABLE);
}

/** Tells the engine the result of a send. */
export function learnSent(fd: i32, count: i32, length: i32): void {
  if (count == -EAGAIN) source.onWouldBlock(fd, WRITABLE);
  else if (count >= 0 && count < length) source.onShortCount(fd, WRITABLE);
}

/** Ends the read side (1), the write side (2), or both (3). */
export function shutdown(fd: i32, how: u32): i32 {
  return system.shutdown(fd, how);
}

/**
 * TCP_NODELAY: sends small messages at once. preview1 has no call for it: it takes a host with WasmEdge's.
 *
 * @returns 0 or a negated errno: -ENOTSUP in a component, for which WASI has no call either
 */
export function setNoDelay(fd: i32, on: bool = true): i32 {
  return system.setNoDelay(fd, on);
}

/** SO_KEEPALIVE: asks a silent peer whether it is there. On preview1 it takes a host with WasmEdge's calls. @returns 0 or a negated errno */
export function setKeepAlive(fd: i32, on: bool = true): i32 {
  return system.setKeepAlive(fd, on);
}

/** Ends the watches of a descriptor and closes it. */
export function close(fd: i32): i32 {
  source.forget(fd);
  return system.close(fd);
}
