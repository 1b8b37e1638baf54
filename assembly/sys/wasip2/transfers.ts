/**
 * Reading and writing. A stream of a 0.2 host says that nothing is there by an empty list, and its end by `closed`; what
 * else went wrong it keeps to itself, and for a TCP stream that is a reset.
 *
 * Writing needs a permit, and the host then takes that much whatever the network does: it holds what it could not pass on.
 * So whoever closes must see to it that this goes out (`close`), or it is lost with the stream.
 */
import {
  SOCKET_AHEAD,
  SOCKET_AHEAD_END,
  SOCKET_AHEAD_START,
  SOCKET_ENDED,
  SOCKET_ERRNO,
  SOCKET_OUTPUT_POLLABLE,
} from "../../memory/layout";
import { EAGAIN, EBADF, ECONNRESET, EINVAL, ENOTCONN, EPIPE } from "../errno";
import {
  input_stream_read,
  output_stream_check_write,
  output_stream_flush,
  output_stream_write,
  pollable_block,
  tcp_socket_shutdown,
} from "../wasi-0-2";
import { linger } from "./lingering";
import { dropError } from "./process";
import { area, failed, lend, outcome, takeBack } from "./results";
import {
  aheadOf,
  blocks,
  CHUNK,
  chunkOf,
  dropWriter,
  handleOf,
  inputOf,
  kindOf,
  leave,
  outputOf,
  readPollable,
  releaseChunk,
  STREAM,
  setQuiet,
  socketOf,
  writePollable,
} from "./sockets";

const READ: u32 = 1;
const WRITE: u32 = 2;

/** Up to `length` bytes; 0 at the end. What was read ahead comes first. */
export function recv(fd: i32, buffer: usize, length: i32): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  if (kindOf(socket) != STREAM) return -ENOTCONN;
  if (length == 0) return 0;
  while (true) {
    const count = aheadOf(socket) > 0 ? takeAhead(socket, buffer, length) : readNow(socket, buffer, length);
    if (count != -EAGAIN || !blocks(socket)) return count;
    pollable_block(readPollable(socket));
  }
}

/** A full chunk may have more behind it: a short count would say that there is nothing. */
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
  if (failed()) return dropError() ? 0 : -ECONNRESET;
  const count = load<i32>(area, 8);
  setQuiet(socket, true, count == 0);
  return count == 0 ? -EAGAIN : count;
}

/** Is there something to read, an end or an error included? What is found stays for `recv`. */
export function readAhead(socket: usize): bool {
  if (aheadOf(socket) > 0 || load<u32>(socket, SOCKET_ENDED) != 0 || load<i32>(socket, SOCKET_ERRNO) != 0) return true;
  const chunk = chunkOf(socket);
  if (chunk == 0) return true; // without memory, the program finds out by itself
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

/** As many of `length` bytes as the host takes now. */
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

/** How many bytes may be written now; 0 is none. A negated errno where the stream is broken. */
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

/** `how`: 1 the read side, 2 the write side, 3 both. What the host still holds goes out first. */
export function shutdown(fd: i32, how: u32): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  if (how == 0 || how > (READ | WRITE)) return -EINVAL;
  tcp_socket_shutdown(handleOf(socket), how - 1, area);
  return outcome(1);
}

/** The number is free at once; what the host still holds of what was sent goes out before the stream is dropped. */
export function close(fd: i32): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  const handle = handleOf(socket);
  const output = outputOf(socket);
  const pollable = load<i32>(socket, SOCKET_OUTPUT_POLLABLE);
  leave(fd, socket);
  if (output == 0 || isSent(output)) dropWriter(handle, output, pollable);
  else linger(handle, output, pollable);
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
