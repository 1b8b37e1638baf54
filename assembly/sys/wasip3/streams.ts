/**
 * Reading and writing. A 0.3 host has no readiness: its reads and writes are under way, and events tell when they end.
 *
 * A small read into the socket's own memory, the *probe*, is always under way. When it ends, the stream is readable,
 * and the program gets its bytes first. If it was full, the rest is read directly into the program's memory. When its
 * last byte is taken, the socket rests, and the next probe begins before the program sleeps. So one call reads the
 * answer of a fast peer. (A read of no bytes would save the copy, but hosts end it at once after a short read, even if
 * no data is there.)
 *
 * Writes take bytes directly from the program's memory. The rest of a blocked write is cancelled, and a write of no
 * bytes replaces it: when that ends, the stream is writable. After a cancelled write it is reliable.
 *
 * The stream only says that its other side has gone; its future says how, mostly a moment later.
 */
import { EAGAIN, EINVAL, ENOMEM, ENOTCONN, EPIPE } from "../../abi/errno";
import { ALWAYS, EPOLLIN, EPOLLRDHUP, EPOLLRDNORM, READINESS, WRITABLE } from "../../abi/events";
import {
  receive_future_cancel_read,
  receive_future_drop,
  receive_future_read,
  receive_stream_cancel_read,
  receive_stream_drop_readable,
  receive_stream_read,
  send_future_drop,
  send_stream_cancel_write,
  send_stream_drop_writable,
  send_stream_new,
  send_stream_write,
  tcp_socket_receive,
  tcp_socket_send,
} from "../wasi-0-3";
import { area, BLOCKED, COMPLETED, copied, isDropped, MOST_ELEMENTS, outcome } from "./results";
import { INPUT, STREAM } from "../socket-kinds";
import { INPUT_JOINED, OUTPUT_JOINED, PROBE, READING, RESTING, SETTLING, Socket, WRITING } from "./sockets";
import { announce, expect, join, joinAgain, leaveSet } from "./waitables";

const READ_SIDE: u32 = 1;
const WRITE_SIDE: u32 = 2;
const READABLE: u32 = EPOLLIN | EPOLLRDNORM;

/** The socket is connected: makes its input, and begins the first probe. 0 or -ENOMEM. */
export function begin(socket: Socket): i32 {
  tcp_socket_receive(socket.handle, area);
  socket.kind = STREAM;
  return beginInput(socket) ? 0 : -ENOMEM;
}

/** The input that a call has returned in `area`: a stream and its future. False if memory cannot grow. */
export function beginInput(socket: Socket): bool {
  socket.input = load<i32>(area);
  socket.inputResult = load<i32>(area, 4);
  socket.start = socket.end = 0;
  socket.ended = false;
  if (!expect(max(socket.input, socket.inputResult))) return false;
  beginProbe(socket);
  return true;
}

/** The calls of an input's future: begin its read, cancel it, drop it, and get the result: 0 or a negated errno. */
export const READ: u32 = 0;
export const CANCEL: u32 = 1;
export const DROP: u32 = 2;
export const OUTCOME: u32 = 3;

/** The calls for standard input, whose future has another type; opening it sets them. */
let inputEnding: ((call: u32, socket: Socket) => i32) | null = null;

export function setInputEnding(calls: (call: u32, socket: Socket) => i32): void {
  inputEnding = calls;
}

function ending(call: u32, socket: Socket): i32 {
  const ofInput = inputEnding;
  if (socket.kind == INPUT && ofInput != null) return ofInput(call, socket);
  if (call == READ) return receive_future_read(socket.inputResult, socket.result);
  if (call == CANCEL) return receive_future_cancel_read(socket.inputResult);
  if (call == OUTCOME) return outcome(socket.result);
  receive_future_drop(socket.inputResult);
  return 0;
}

/** The first and the last socket whose next probe has not begun. */
let first: usize = 0;
let last: usize = 0;

function rest(socket: Socket): void {
  socket.set(RESTING);
  socket.previous = last;
  socket.next = 0;
  if (last == 0) first = changetype<usize>(socket);
  else changetype<Socket>(last).next = changetype<usize>(socket);
  last = changetype<usize>(socket);
}

/** The next probe begins now, or never. */
function wake(socket: Socket): void {
  if (!socket.has(RESTING)) return;
  socket.clear(RESTING);
  if (socket.previous == 0) first = socket.next;
  else changetype<Socket>(socket.previous).next = socket.next;
  if (socket.next == 0) last = socket.previous;
  else changetype<Socket>(socket.next).previous = socket.previous;
}

/** Begins the next probe of each resting socket. Returns whether one has ended at once. */
export function beginProbes(): bool {
  let ended = false;
  while (first != 0) {
    const socket = changetype<Socket>(first);
    look(socket);
    if (!socket.has(READING)) ended = true;
  }
  return ended;
}

/** Begins the next probe if the socket rests: then its readiness is known. */
export function look(socket: Socket): void {
  if (!socket.has(RESTING)) return;
  wake(socket);
  beginProbe(socket);
}

function beginProbe(socket: Socket): void {
  const status = receive_stream_read(socket.input, socket.probe, PROBE);
  if (status != BLOCKED) {
    probed(socket, status);
    return;
  }
  socket.set(READING);
  if (socket.has(INPUT_JOINED)) return;
  socket.set(INPUT_JOINED);
  join(socket.input, socket);
}

/** The probe has ended, at once or by an event. */
export function probed(socket: Socket, status: i32): void {
  socket.clear(READING);
  socket.start = 0;
  socket.end = copied(status);
  if (socket.end > 0) announce(socket, READABLE);
  if (isDropped(status)) settle(socket);
}

/** The input has ended; its future says how. */
function settle(socket: Socket): void {
  if (ending(READ, socket) != BLOCKED) {
    settled(socket);
    return;
  }
  socket.set(SETTLING);
  join(socket.inputResult, socket);
}

export function settled(socket: Socket): void {
  const error = ending(OUTCOME, socket);
  socket.clear(SETTLING);
  socket.ended = true;
  ending(DROP, socket);
  socket.inputResult = 0;
  if (error < 0) {
    socket.errno = error;
    socket.reset = true;
  }
  announce(
    socket,
    error < 0 || socket.kind == INPUT ? READINESS : READABLE | EPOLLRDHUP | (socket.silent ? ALWAYS : 0),
  );
}

/** Receives up to `length` bytes; 0 at the end, -EAGAIN if there is no data yet. */
export function receive(socket: Socket, buffer: usize, length: i32): i32 {
  return socket.kind == STREAM ? read(socket, buffer, length) : -ENOTCONN;
}

/** The same for standard input. */
export function read(socket: Socket, buffer: usize, length: i32): i32 {
  if (length == 0) return 0;
  if (socket.unread == 0 && !socket.ended && !socket.has(READING | SETTLING)) {
    wake(socket);
    beginProbe(socket);
  }
  if (socket.unread == 0) return withoutBytes(socket);
  const count = min(socket.unread, length);
  memory.copy(buffer, socket.probe + socket.start, count);
  socket.start += count;
  if (socket.unread > 0) return count;
  const wasFull = socket.end == PROBE;
  socket.start = socket.end = 0;
  if (socket.ended || socket.has(SETTLING)) return count;
  const more = wasFull && count < length ? readDirectly(socket, buffer + count, length - count) : 0;
  if (!socket.ended && !socket.has(SETTLING)) rest(socket);
  return count + more;
}

function withoutBytes(socket: Socket): i32 {
  const error = socket.errno;
  socket.errno = 0;
  if (error != 0) return error;
  return socket.ended ? 0 : -EAGAIN;
}

/** Reads present bytes directly into the program's memory: a read that does not end at once is cancelled. */
function readDirectly(socket: Socket, buffer: usize, length: i32): i32 {
  let status = receive_stream_read(socket.input, buffer, min(length, MOST_ELEMENTS));
  if (status == BLOCKED) status = takeReadBack(socket);
  if (isDropped(status)) settle(socket);
  return copied(status);
}

/** The bytes read so far. */
function takeReadBack(socket: Socket): i32 {
  const isMember = socket.has(INPUT_JOINED);
  if (isMember) leaveSet(socket.input);
  const status = receive_stream_cancel_read(socket.input);
  if (isMember) joinAgain(socket.input);
  return status;
}

/** Sends as many of `length` bytes as the host takes now, or -EAGAIN. */
export function send(socket: Socket, bytes: usize, length: i32): i32 {
  if (socket.kind != STREAM) return -ENOTCONN;
  if (socket.silent) return brokenPipe(socket);
  if (socket.has(WRITING)) return -EAGAIN;
  if (!hasOutput(socket)) return -ENOMEM;
  let sent = 0;
  // Only a blocked write, not a short count, means that the host takes no more.
  while (sent < length) {
    let status = send_stream_write(socket.output, bytes + sent, min(length - sent, MOST_ELEMENTS));
    const blocked = status == BLOCKED;
    if (blocked) status = takeWriteBack(socket);
    const count = copied(status);
    sent += count;
    if (isDropped(status)) {
      socket.silent = true;
      return sent > 0 ? sent : brokenPipe(socket);
    }
    if (count > 0 && !blocked) continue;
    waitForRoom(socket);
    return sent > 0 ? sent : -EAGAIN;
  }
  return sent;
}

/** Returns the input's error first: after that, the pipe is broken. */
function brokenPipe(socket: Socket): i32 {
  const error = socket.errno;
  socket.errno = 0;
  return error != 0 ? error : -EPIPE;
}

/**
 * Makes the output when it is needed: many connections only listen. False if memory cannot grow; then nothing can be
 * sent.
 */
function hasOutput(socket: Socket): bool {
  if (socket.output != 0) return true;
  // The lower half is the readable end, which belongs to the host from now on.
  const pair = send_stream_new();
  socket.output = <i32>(pair >> 32);
  // The writes and the input's future say how the output ended.
  send_future_drop(tcp_socket_send(socket.handle, <i32>pair));
  if (expect(socket.output)) return true;
  dropOutput(socket);
  socket.silent = true;
  return false;
}

function takeWriteBack(socket: Socket): i32 {
  const isMember = socket.has(OUTPUT_JOINED);
  if (isMember) leaveSet(socket.output);
  const status = send_stream_cancel_write(socket.output);
  if (isMember) joinAgain(socket.output);
  return status;
}

function waitForRoom(socket: Socket): void {
  const status = send_stream_write(socket.output, 0, 0);
  if (status != BLOCKED) {
    roomMade(socket, status);
    return;
  }
  socket.set(WRITING);
  if (socket.has(OUTPUT_JOINED)) return;
  socket.set(OUTPUT_JOINED);
  join(socket.output, socket);
}

/** The host takes bytes again, or no more: the next send finds out. */
export function roomMade(socket: Socket, status: i32): void {
  socket.clear(WRITING);
  if (isDropped(status)) socket.silent = true;
  announce(socket, WRITABLE);
}

/** `how`: 1 the read side, 2 the write side, 3 both. */
export function shutdown(socket: Socket, how: u32): i32 {
  if (how == 0 || how > (READ_SIDE | WRITE_SIDE)) return -EINVAL;
  if (socket.kind != STREAM) return -ENOTCONN;
  if ((how & WRITE_SIDE) != 0) {
    // Dropping the writable end is the only way to send a FIN, so there must be one.
    if (!hasOutput(socket)) return -ENOMEM;
    dropOutput(socket);
    socket.silent = true;
  }
  if ((how & READ_SIDE) != 0) {
    dropInput(socket);
    socket.ended = true;
  }
  announce(socket, READINESS);
  return 0;
}

/**
 * An end with a read or a write under way cannot be dropped: the operation is cancelled first, after the end has left
 * the set.
 */
function dropOutput(socket: Socket): void {
  if (socket.output == 0) return;
  if (socket.has(WRITING)) {
    leaveSet(socket.output);
    send_stream_cancel_write(socket.output);
  }
  send_stream_drop_writable(socket.output);
  socket.output = 0;
  socket.clear(WRITING | OUTPUT_JOINED);
}

function dropInput(socket: Socket): void {
  if (socket.input == 0) return;
  wake(socket);
  if (socket.has(READING)) {
    leaveSet(socket.input);
    const status = receive_stream_cancel_read(socket.input);
    // Bytes that came at the last moment still belong to the program.
    socket.end = copied(status);
  }
  receive_stream_drop_readable(socket.input);
  socket.input = 0;
  if (socket.inputResult != 0) {
    if (socket.has(SETTLING)) {
      leaveSet(socket.inputResult);
      // A result that came at the last moment may have an error text, whose memory is freed.
      if (ending(CANCEL, socket) == COMPLETED) ending(OUTCOME, socket);
    }
    ending(DROP, socket);
    socket.inputResult = 0;
  }
  socket.clear(READING | SETTLING | INPUT_JOINED);
}

/** Drops both streams of a closed socket. The kernel already has the sent bytes. */
export function drop(socket: Socket): void {
  dropOutput(socket);
  dropInput(socket);
}
