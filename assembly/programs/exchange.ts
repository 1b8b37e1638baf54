/**
 * Echoes once on several connections together: one host call receives from all of them, and another sends. Each connection has a
 * place, which it keeps until the next exchange begins.
 */
import { EAGAIN } from "../abi/errno";
import { OP_RECV, OP_SEND, OPERATION_RESULT, OPERATION_SIZE } from "../abi/operation";
import { setOperation, submitBatch } from "../net/batch";
import { sayReceived } from "./report";

/** The most connections of one exchange. */
export const TOGETHER: i32 = 16;
/** Bytes of one receive. */
export const MAX_RECEIVE: i32 = 0x10000;

/**
 * A buffer for each place, with a cache line between them: otherwise their first lines would share a place in the
 * cache.
 */
const BUFFER: usize = MAX_RECEIVE + 64;
const buffers = heap.alloc(<usize>TOGETHER * BUFFER);
const receives = memory.data(TOGETHER * OPERATION_SIZE, 8);
const sends = memory.data(TOGETHER * OPERATION_SIZE, 8);
/** By place: the descriptor, and the result of its send. */
const fds = memory.data(TOGETHER * 4, 4);
const sent = memory.data(TOGETHER * 4, 4);
/** The place of each send. */
const places = memory.data(TOGETHER * 4, 4);

/** Gives the connection at `fd` a place, for the next `exchange`. */
export function enter(place: i32, fd: i32): void {
  store<i32>(fds + ((<usize>place) << 2), fd);
  setOperation(receives + <usize>place * OPERATION_SIZE, OP_RECV, fd, bufferOf(place), MAX_RECEIVE);
}

/** Receives once from the connections in the first `count` places, and sends what they have received. */
export function exchange(count: i32): void {
  submitBatch(receives, count);
  let sending = 0;
  for (let place = 0; place < count; place++) {
    const received = receivedBy(place);
    if (received <= 0) continue;
    const fd = load<i32>(fds + ((<usize>place) << 2));
    sayReceived(fd, bufferOf(place), received);
    store<i32>(places + ((<usize>sending) << 2), place);
    setOperation(sends + <usize>sending * OPERATION_SIZE, OP_SEND, fd, bufferOf(place), received);
    sending++;
  }
  submitBatch(sends, sending);
  for (let index = 0; index < sending; index++) {
    const place = load<i32>(places + ((<usize>index) << 2));
    const result = load<i32>(sends + <usize>index * OPERATION_SIZE, OPERATION_RESULT);
    store<i32>(sent + ((<usize>place) << 2), result == -EAGAIN ? 0 : result);
  }
}

/** The number of received bytes; 0 at the end of the stream; or a negated errno. */
export function receivedBy(place: i32): i32 {
  return load<i32>(receives + <usize>place * OPERATION_SIZE, OPERATION_RESULT);
}

/** After received bytes: the number of those that were sent, or a negated errno. */
export function sentBy(place: i32): i32 {
  return load<i32>(sent + ((<usize>place) << 2));
}

/** The received bytes. */
export function bufferOf(place: i32): usize {
  return buffers + <usize>place * BUFFER;
}
