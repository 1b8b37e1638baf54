/** The system contract over WASI 0.2: `wasi:sockets`, `wasi:io`, `wasi:clocks`, `wasi:cli`. */
import { EBADF, EPERM } from "../../abi/errno";
import { setBlocking, socketOf } from "./sockets";

export { accept, connect, listen, localAddress, peerAddress, setKeepAlive, takeError } from "./connections";
export { connectDatagrams, openDatagrams, receiveFrom, sendTo, sendToPeer } from "./datagrams";
export { poll, reservePoll } from "./poll";
export { args, argumentCount, clock, environment, exit, random, wallClock, write } from "./process";
export { close, openInput, read, recv, send, shutdown } from "./transfers";

export function setNonblocking(fd: i32): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  setBlocking(socket, false);
  return 0;
}

export function isOpen(fd: i32): bool {
  return (fd >= 0 && fd <= 2) || socketOf(fd) != 0;
}

export function pollable(fd: i32): i32 {
  if (socketOf(fd) != 0) return 0;
  return isOpen(fd) ? -EPERM : -EBADF;
}

/** A 0.2 host has none. */
export function readyFile(): i32 {
  return -1;
}
