/**
 * Connected streams. The calls are recv(2), send(2) and so on, non-blocking; what they learn (EAGAIN, a short count) they
 * tell the engine, which then need not ask.
 */
import { READABLE, WRITABLE } from "../readiness/events";
import * as source from "../readiness/source";
import { EAGAIN } from "../sys/errno";
import * as system from "../sys/system";

/** Up to `length` bytes to `buffer`. 0 is end of stream; -EAGAIN when nothing is there yet. */
export function recv(fd: i32, buffer: usize, length: i32): i32 {
  const count = system.recv(fd, buffer, length);
  learnReceived(fd, count, length);
  return count;
}

/** As many of `length` bytes as the stream takes now; -EAGAIN when it takes none. */
export function send(fd: i32, buffer: usize, length: i32): i32 {
  const count = system.send(fd, buffer, length);
  learnSent(fd, count, length);
  return count;
}

/** Tells the engine what receiving `count` of up to `length` bytes says; `count` may be a negated errno. */
export function learnReceived(fd: i32, count: i32, length: i32): void {
  if (count == -EAGAIN) source.drained(fd, READABLE);
  else if (count > 0 && count < length) source.fellShort(fd, READABLE);
}

/** The same of sending. */
export function learnSent(fd: i32, count: i32, length: i32): void {
  if (count == -EAGAIN) source.drained(fd, WRITABLE);
  else if (count >= 0 && count < length) source.fellShort(fd, WRITABLE);
}

/** Ends the read side (1), the write side (2), or both (3). */
export function shutdown(fd: i32, how: u32): i32 {
  return system.shutdown(fd, how);
}

/** Closes a descriptor; its watches end first. */
export function close(fd: i32): i32 {
  source.closed(fd);
  return system.close(fd);
}
