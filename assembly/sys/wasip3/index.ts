/**
 * The system contract over WASI 0.3: `wasi:sockets`, `wasi:clocks`, `wasi:cli`, and the component model's waitable sets.
 *
 * Also for the source of wakeups: the readiness of descriptors is known here (`readiness`), and changes only in `take`,
 * in `sleep`, and in the program's own calls.
 */
import { EAGAIN, EBADF, ENOTSUP, EPERM } from "../../abi/errno";
import { accept as acceptNow, close as closeSocket } from "./connections";
import { sleep } from "./events";
import { INPUT } from "../socket-kinds";
import { readinessOf, Socket, socketOf } from "./sockets";
import { look, read as readNow, receive, send as sendNow, shutdown as shutDown } from "./streams";

export { connect, listen, localAddress, peerAddress, setKeepAlive, takeError } from "./connections";
export { connectDatagrams, openDatagrams, receiveFrom, sendTo, sendToPeer } from "./datagrams";
export { sleep, take } from "./events";
export { args, argumentCount, clock, environment, exit, random, wallClock, write } from "./process";
export { openInput } from "./standard-input";
export { listenTo } from "./waitables";

/** Sleeps if the socket is blocking and the call would block. Returns true if the call must be repeated. */
function sleepsFor(socket: Socket, result: i32): bool {
  if (result != -EAGAIN || !socket.blocking) return false;
  sleep(-1);
  return true;
}

/** Receives up to `length` bytes; 0 at the end. */
export function recv(fd: i32, buffer: usize, length: i32): i32 {
  const socket = socketOf(fd);
  if (socket == null) return -EBADF;
  let result: i32;
  do result = receive(socket, buffer, length);
  while (sleepsFor(socket, result));
  return result;
}

/** Sends as many of `length` bytes as the host takes now. */
export function send(fd: i32, buffer: usize, length: i32): i32 {
  const socket = socketOf(fd);
  if (socket == null) return -EBADF;
  let result: i32;
  do result = sendNow(socket, buffer, length);
  while (sleepsFor(socket, result));
  return result;
}

/** The next connection; non-blocking unless `blocking`. */
export function accept(fd: i32, blocking: bool = false): i32 {
  const listener = socketOf(fd);
  if (listener == null) return -EBADF;
  let result: i32;
  do result = acceptNow(listener, blocking);
  while (sleepsFor(listener, result));
  return result;
}

/** `how`: 1 the read side, 2 the write side, 3 both. */
export function shutdown(fd: i32, how: u32): i32 {
  const socket = socketOf(fd);
  return socket == null ? -EBADF : shutDown(socket, how);
}

export function close(fd: i32): i32 {
  const socket = socketOf(fd);
  if (socket == null) return -EBADF;
  closeSocket(socket);
  return 0;
}

/** Reads up to `length` bytes of standard input; 0 at its end. */
export function read(fd: i32, buffer: usize, length: i32): i32 {
  const socket = socketOf(fd);
  if (socket == null) return -EBADF;
  if (socket.kind != INPUT) return -ENOTSUP;
  let result: i32;
  do result = readNow(socket, buffer, length);
  while (sleepsFor(socket, result));
  return result;
}

export function setNonblocking(fd: i32): i32 {
  const socket = socketOf(fd);
  if (socket == null) return -EBADF;
  socket.blocking = false;
  return 0;
}

export function isOpen(fd: i32): bool {
  return (fd >= 0 && fd <= 2) || socketOf(fd) != null;
}

export function pollable(fd: i32): i32 {
  if (socketOf(fd) != null) return 0;
  return isOpen(fd) ? -EPERM : -EBADF;
}

/** The readiness of a descriptor as far as the host has reported it, or a negated errno (EBADF, EPERM). */
export function readiness(fd: i32): i32 {
  const socket = socketOf(fd);
  if (socket == null) return isOpen(fd) ? -EPERM : -EBADF;
  look(socket);
  return readinessOf(socket);
}

/** The same without a host call: a drained socket is not readable before a look. */
export function knownReadiness(fd: i32): i32 {
  const socket = socketOf(fd);
  return socket == null ? -EBADF : readinessOf(socket);
}
