/**
 * Many receives, sends and accepts in one host call, for all connections that a wait has reported.
 *
 * The operations (abi/operation.ts) are `recv`, `send` and `accept` of `stream.ts` and `listener.ts`, on non-blocking
 * descriptors, in order. Our own host does them in one call. Other hosts need one call for each.
 */
import { EINVAL } from "../abi/errno";
import {
  OP_ACCEPT,
  OP_RECV,
  OP_SEND,
  OPERATION_BUFFER,
  OPERATION_FD,
  OPERATION_LENGTH,
  OPERATION_OP,
  OPERATION_RESULT,
  OPERATION_SIZE,
} from "../abi/operation";
import * as source from "../sources/source";
import * as system from "../sys/system";
import { learnAccepted } from "./listener";
import { learnReceived, learnSent } from "./stream";

/** Writes an operation at `at`: `op` is OP_RECV or OP_SEND, of up to `length` bytes at `buffer`, or OP_ACCEPT. */
export function setOperation(at: usize, op: u32, fd: i32, buffer: usize, length: i32): void {
  store<u32>(at, op, OPERATION_OP);
  store<i32>(at, fd, OPERATION_FD);
  store<u32>(at, <u32>buffer, OPERATION_BUFFER);
  store<i32>(at, length, OPERATION_LENGTH);
}

/**
 * Does `count` operations. The result of each is in OPERATION_RESULT: a count, a descriptor, or a negated errno (EAGAIN, EBADF,
 * EINVAL, ...).
 */
export function submitBatch(operations: usize, count: i32): void {
  const end = operations + <usize>count * OPERATION_SIZE;
  const file = count > 1 ? source.wakeupDescriptor() : -1;
  let at = operations;
  while (at < end) {
    const made = file < 0 ? -1 : system.write(file, at, <i32>(end - at));
    if (made <= 0) break;
    for (const next = at + made; at < next; at += OPERATION_SIZE) learn(at);
  }
  for (; at < end; at += OPERATION_SIZE) {
    store<i32>(at, makeOne(at), OPERATION_RESULT);
    learn(at);
  }
}

function learn(at: usize): void {
  const fd = load<i32>(at, OPERATION_FD);
  const length = load<i32>(at, OPERATION_LENGTH);
  const result = load<i32>(at, OPERATION_RESULT);
  const op = load<u32>(at, OPERATION_OP);
  if (op == OP_RECV) learnReceived(fd, result, length);
  else if (op == OP_SEND) learnSent(fd, result, length);
  else learnAccepted(fd, result);
}

function makeOne(at: usize): i32 {
  const fd = load<i32>(at, OPERATION_FD);
  const buffer = load<u32>(at, OPERATION_BUFFER);
  const length = load<i32>(at, OPERATION_LENGTH);
  const op = load<u32>(at, OPERATION_OP);
  if (op == OP_RECV) return system.recv(fd, buffer, length);
  if (op == OP_SEND) return system.send(fd, buffer, length);
  return op == OP_ACCEPT ? system.accept(fd) : -EINVAL;
}
