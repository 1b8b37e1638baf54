/**
 * Reading and writing. A read of a 0.2 stream returns an empty list if there is no data, and `closed` at the end. It does not name
 * other errors; for a TCP stream they are a reset.
 *
 * A write needs a permit, and the host then takes that many bytes and buffers what it cannot send. Dropping the stream
 * would lose these bytes, so `close` waits until they are sent.
 */
import {
  SOCKET_AHEAD,
  SOCKET_AHEAD_END,
  SOCKET_AHEAD_START,
  SOCKET_BULK,
  SOCKET_ENDED,
  SOCKET_ERRNO,
  SOCKET_OUTPUT_POLLABLE,
} from "../../memory/layout";
import { EAGAIN, EBADF, ECONNRESET, EINVAL, EIO, ENOTCONN, ENOTSOCK, ENOTSUP, EPIPE } from "../../abi/errno";
import {
  get_stdin,
  input_stream_read,
  output_stream_check_write,
  output_stream_flush,
  output_stream_write,
  pollable_block,
  tcp_socket_shutdown,
} from "../wasi-0-2";
import { dropDatagrams } from "./datagram-calls";
import { dropped, linger } from "./lingering";
import { dropError } from "./process";
import { area, failed, lend, outcome, takeBack } from "./results";
import { CONNECTED_DATAGRAMS, DATAGRAMS, INPUT, LISTENER, STREAM } from "../socket-kinds";
import {
  aheadOf,
  blocks,
  CHUNK,
  chunkOf,
  dropWriter,
  enterInput,
  handleOf,
  hasDatagrams,
  inputOf,
  isBulk,
  isDrained,
  kindOf,
  leave,
  outputOf,
  readPollable,
  releaseChunk,
  setDrained,
  setQuiet,
  socketOf,
  writePollable,
} from "./sockets";

/** Bytes received since this was set to 0. */
let arrived: u32 = 0;

export function bytesArrived(): u32 {
  return arrived;
}

export function resetBytesArrived(): void {
  arrived = 0;
}

const READ: u32 = 1;
const WRITE: u32 = 2;

/**
 * After a short count, a host may have the next bytes already: many connections are active, or its poll is slow. Then a read is cheaper
 * than a poll. But if that many such reads in a row have found nothing, a short count makes a direction quiet. One in
 * SHORT_COUNTS is read again all the same.
 */
const VAIN_READS: i32 = 8;
const SHORT_COUNTS: u32 = 64;
let vainLeft: i32 = VAIN_READS;
let shortCounts: u32 = 0;

/** A read of this many bytes is large: the next bytes are not copied through a chunk. */
const BULK: i32 = 4096;
/** Values of SOCKET_BULK. */
const LARGE: u8 = 1;
const BELIEVED: u8 = 2;
/** A believed pollable was wrong. */
let misled: bool = false;

/** Receives up to `length` bytes; 0 at the end. Bytes that were read ahead come first. */
export function recv(fd: i32, buffer: usize, length: i32): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  return kindOf(socket) == STREAM ? receive(socket, buffer, length) : -ENOTCONN;
}

/** Reads up to `length` bytes of standard input; 0 at its end. */
export function read(fd: i32, buffer: usize, length: i32): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  return kindOf(socket) == INPUT ? receive(socket, buffer, length) : -ENOTSUP;
}

export function openInput(): i32 {
  return socketOf(0) != 0 ? 0 : enterInput(get_stdin());
}

function receive(socket: usize, buffer: usize, length: i32): i32 {
  if (length == 0) return 0;
  while (true) {
    const count = aheadOf(socket) > 0 ? takeAhead(socket, buffer, length) : readNow(socket, buffer, length);
    if (count != -EAGAIN || !blocks(socket)) return count;
    pollable_block(readPollable(socket));
  }
}

/** More bytes may follow a full chunk, and a short count would mean that there are none. */
function takeAhead(socket: usize, buffer: usize, length: i32): i32 {
  const start = load<i32>(socket, SOCKET_AHEAD_START);
  const ahead = aheadOf(socket);
  const count = min(ahead, length);
  memory.copy(buffer, <usize>load<u32>(socket, SOCKET_AHEAD) + start, count);
  if (count < ahead) {
    store<i32>(socket, start + count, SOCKET_AHEAD_START);
    return count;
  }
  const wasFull = load<i32>(socket, SOCKET_AHEAD_END) == <i32>CHUNK;
  releaseChunk(socket);
  if (!wasFull || count == length) return count;
  const more = readNow(socket, buffer + count, length - count);
  store<u8>(socket, LARGE, SOCKET_BULK);
  if (more == 0) store<u32>(socket, 1, SOCKET_ENDED);
  else if (more < 0 && more != -EAGAIN) store<i32>(socket, more, SOCKET_ERRNO);
  return count + max(more, 0);
}

function readNow(socket: usize, buffer: usize, length: i32): i32 {
  const told = load<i32>(socket, SOCKET_ERRNO);
  if (told != 0) {
    store<i32>(socket, 0, SOCKET_ERRNO);
    store<u32>(socket, 1, SOCKET_ENDED);
    return told;
  }
  if (load<u32>(socket, SOCKET_ENDED) != 0) return 0;
  lend(buffer, length);
  input_stream_read(inputOf(socket), length, area);
  takeBack();
  if (failed()) return dropError() ? 0 : kindOf(socket) == INPUT ? -EIO : -ECONNRESET;
  const count = load<i32>(area, 8);
  arrived += count;
  if (count > 0) store<u8>(socket, count >= BULK ? LARGE : 0, SOCKET_BULK);
  else if (load<u8>(socket, SOCKET_BULK) == BELIEVED) misled = true;
  if (count == 0 || count == length) setQuiet(socket, true, count == 0);
  else drain(socket);
  return count == 0 ? -EAGAIN : count;
}

/** A read of the socket was short. */
function drain(socket: usize): void {
  if (vainLeft > 0 || ++shortCounts % SHORT_COUNTS == 0) setDrained(socket);
  else setQuiet(socket, true, true);
}

/** The same as `readAhead`, of a stream that no poll has reported. */
export function readDirectly(socket: usize): bool {
  const drained = isDrained(socket);
  const found = readAhead(socket);
  if (drained) vainLeft = found ? VAIN_READS : max(vainLeft - 1, 0);
  return found;
}

/**
 * Whether the program can be told of a reported stream without a read ahead: its messages are large, and reading ahead copies
 * them. If the host is wrong, the program's read finds nothing, and no pollable is believed any more. A read that blocks must find
 * something.
 */
export function believe(socket: usize): bool {
  if (misled || blocks(socket) || !isBulk(socket)) return false;
  store<u8>(socket, BELIEVED, SOCKET_BULK);
  return true;
}

/** Whether there is data, an end or an error to read. Keeps it for `recv`. */
export function readAhead(socket: usize): bool {
  if (aheadOf(socket) > 0 || load<u32>(socket, SOCKET_ENDED) != 0 || load<i32>(socket, SOCKET_ERRNO) != 0) return true;
  const chunk = chunkOf(socket);
  if (chunk == 0) return true; // without memory, let the program try
  const count = readNow(socket, chunk, <i32>CHUNK);
  if (count > 0) {
    store<i32>(socket, count, SOCKET_AHEAD_END);
    return true;
  }
  releaseChunk(socket);
  if (count == -EAGAIN) return false;
  if (count == 0) store<u32>(socket, 1, SOCKET_ENDED);
  else store<i32>(socket, count, SOCKET_ERRNO);
  return true;
}

/** Sends as many of `length` bytes as the host takes now. */
export function send(fd: i32, buffer: usize, length: i32): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  if (kindOf(socket) != STREAM) return -ENOTCONN;
  while (true) {
    const permit = permitted(socket);
    if (permit < 0) return <i32>permit;
    if (permit > 0) {
      const count = <i32>min<i64>(permit, length);
      output_stream_write(outputOf(socket), buffer, count, area);
      return failed() ? brokenPipe() : count;
    }
    if (!blocks(socket)) return -EAGAIN;
    pollable_block(writePollable(socket));
  }
}

/** The number of bytes that can be written now. A negated errno if the stream is broken. */
export function permitted(socket: usize): i64 {
  output_stream_check_write(outputOf(socket), area);
  if (failed()) return brokenPipe(8);
  const permit = load<i64>(area, 8);
  setQuiet(socket, false, permit == 0);
  return permit;
}

function brokenPipe(offset: usize = 4): i32 {
  return dropError(offset) ? -EPIPE : -ECONNRESET;
}

/** `how`: 1 the read side, 2 the write side, 3 both. Bytes that the host has buffered are sent first. */
export function shutdown(fd: i32, how: u32): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  if (how == 0 || how > (READ | WRITE)) return -EINVAL;
  if (kindOf(socket) == INPUT) return -ENOTSOCK;
  if (hasDatagrams(socket)) return -ENOTSUP;
  tcp_socket_shutdown(handleOf(socket), how - 1, area);
  return outcome(1);
}

/** Frees the number at once. Bytes that the host has buffered are sent before the stream is dropped. */
export function close(fd: i32): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  const handle = handleOf(socket);
  const output = outputOf(socket);
  const pollable = load<i32>(socket, SOCKET_OUTPUT_POLLABLE);
  const kind = kindOf(socket);
  if (hasDatagrams(socket)) dropDatagrams(socket);
  leave(fd, socket);
  if (kind == DATAGRAMS || kind == CONNECTED_DATAGRAMS) return 0;
  if (kind == INPUT) return 0;
  if (output == 0 || isSent(output)) {
    dropWriter(handle, output, pollable);
    if (kind != LISTENER) dropped();
  } else linger(handle, output, pollable);
  return 0;
}

function isSent(output: i32): bool {
  output_stream_flush(output, area);
  if (failed()) {
    dropError();
    return true;
  }
  output_stream_check_write(output, area);
  if (!failed()) return load<u64>(area, 8) > 0;
  dropError(8);
  return true;
}
