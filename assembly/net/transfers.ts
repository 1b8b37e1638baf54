/**
 * Many receives and sends by one call of the host: what a server does for all connections that one wait has reported.
 *
 * A transfer is 20 bytes (memory/layout.ts), and an array of them is made in its order. Each is `recv` or `send` as in
 * `stream.ts`, of a descriptor that is NONBLOCK, as those from `accept` are. Our own host makes them all at once, over the posix driver by one system call (io_submit(2));
 * on any other one they are made one by one.
 */
import {
  OP_RECV,
  OP_SEND,
  TRANSFER_BUFFER,
  TRANSFER_FD,
  TRANSFER_LENGTH,
  TRANSFER_OP,
  TRANSFER_RESULT,
  TRANSFER_SIZE,
} from "../memory/layout";
import * as source from "../readiness/source";
import { EINVAL } from "../sys/errno";
import * as system from "../sys/system";
import { learnReceived, learnSent, recv, send } from "./stream";

/** Writes a transfer at `at`: `op` is OP_RECV or OP_SEND, of up to `length` bytes at `buffer`. */
export function setTransfer(at: usize, op: u32, fd: i32, buffer: usize, length: i32): void {
  store<u32>(at, op, TRANSFER_OP);
  store<i32>(at, fd, TRANSFER_FD);
  store<u32>(at, <u32>buffer, TRANSFER_BUFFER);
  store<i32>(at, length, TRANSFER_LENGTH);
}

/** Makes `count` transfers. Each has a result then (TRANSFER_RESULT): a count, or a negated errno (EAGAIN, EBADF, EINVAL, ...). */
export function transferAll(transfers: usize, count: i32): void {
  const end = transfers + <usize>count * TRANSFER_SIZE;
  const file = count > 1 ? source.wakeupDescriptor() : -1;
  let at = transfers;
  while (at < end) {
    const made = file < 0 ? -1 : system.transfer(file, at, <i32>(end - at));
    if (made <= 0) break;
    for (const next = at + made; at < next; at += TRANSFER_SIZE) learn(at);
  }
  for (; at < end; at += TRANSFER_SIZE) makeOne(at);
}

function learn(at: usize): void {
  const fd = load<i32>(at, TRANSFER_FD);
  const length = load<i32>(at, TRANSFER_LENGTH);
  const result = load<i32>(at, TRANSFER_RESULT);
  if (load<u32>(at, TRANSFER_OP) == OP_RECV) learnReceived(fd, result, length);
  else learnSent(fd, result, length);
}

function makeOne(at: usize): void {
  const fd = load<i32>(at, TRANSFER_FD);
  const buffer = load<u32>(at, TRANSFER_BUFFER);
  const length = load<i32>(at, TRANSFER_LENGTH);
  const op = load<u32>(at, TRANSFER_OP);
  let result: i32 = -EINVAL;
  if (op == OP_RECV) result = recv(fd, buffer, length);
  else if (op == OP_SEND) result = send(fd, buffer, length);
  store<i32>(at, result, TRANSFER_RESULT);
}
