/** The system contract over WASI 0.2: `wasi:sockets`, `wasi:io`, `wasi:clocks`, `wasi:cli`. */
import { EBADF, ENOTSUP } from "../errno";
import { setBlocking, socketOf } from "./sockets";

export { accept, connect, listen, localAddress, peerAddress, takeError } from "./connections";
export { poll } from "./poll";
export { args, argumentCount, exit, now, write } from "./process";
export { close, recv, send, shutdown } from "./transfers";

/** Nothing to read but streams, for which there is `recv`. */
export function read(_fd: i32, _buffer: usize, _length: i32): i32 {
  return -ENOTSUP;
}

/** Asks a ready file, which there is none of. */
export function look(_file: i32, _entries: usize, _length: i32): i32 {
  return -ENOTSUP;
}

export function setNonblocking(fd: i32): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  setBlocking(socket, false);
  return 0;
}

export function isOpen(fd: i32): bool {
  return (fd >= 0 && fd <= 2) || socketOf(fd) != 0;
}

export function isPollable(fd: i32): bool {
  return socketOf(fd) != 0;
}

/** A 0.2 host has none. */
export function readyFile(): i32 {
  return -1;
}
