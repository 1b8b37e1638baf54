/**
 * The descriptors of a program on a 0.2 host, which has none: each number stands for a socket with its resources.
 *
 *      tcp-socket ──┬── pollable                 a listener, or a connection that is being made
 *                   ├── input-stream ─── pollable
 *                   └── output-stream ── pollable
 *
 * A resource may only be dropped when nothing that was made of it is left: pollables go first, then streams, then the
 * socket. Each pollable is made when somebody waits for that direction first, and kept until then.
 */
import { block } from "../../memory/blocks";
import {
  SOCKET_AHEAD,
  SOCKET_AHEAD_END,
  SOCKET_AHEAD_START,
  SOCKET_BLOCKING,
  SOCKET_HANDLE,
  SOCKET_INPUT,
  SOCKET_INPUT_POLLABLE,
  SOCKET_KIND,
  SOCKET_NEXT_FREE,
  SOCKET_OUTPUT,
  SOCKET_OUTPUT_POLLABLE,
  SOCKET_POLLABLE,
  SOCKET_QUIET_INPUT,
  SOCKET_QUIET_OUTPUT,
  SOCKET_SIZE,
} from "../../memory/layout";
import { entry, reach, SEGMENTS_SIZE } from "../../memory/segments";
import {
  input_stream_drop,
  input_stream_subscribe,
  output_stream_drop,
  output_stream_subscribe,
  pollable_drop,
  tcp_socket_drop,
  tcp_socket_subscribe,
} from "../wasi-0-2";

export const FREE: u32 = 0;
export const LISTENER: u32 = 1;
/** A connection that is being made: it has no streams yet. */
export const CONNECTING: u32 = 2;
export const STREAM: u32 = 3;
/** A connection that could not be made. */
export const FAILED: u32 = 4;

/** Standard input, output and error come before. */
const FIRST: i32 = 3;
/** The most that is read before the program asks for it. */
export const CHUNK: usize = 0x4000;

const table = memory.data(SEGMENTS_SIZE, 8);
let used: i32 = 0;
/** Entries whose numbers can be had again, and chunks that are empty: the newest first. */
let freeEntry: i32 = 0;
let freeChunk: usize = 0;

/** The socket of a descriptor; 0 where there is none. */
export function socketOf(fd: i32): usize {
  if (fd < FIRST || fd >= FIRST + used) return 0;
  const socket = entry(table, fd - FIRST, SOCKET_SIZE);
  return kindOf(socket) == FREE ? 0 : socket;
}

export function kindOf(socket: usize): u32 {
  return load<u32>(socket, SOCKET_KIND);
}

export function setKind(socket: usize, kind: u32): void {
  store<u32>(socket, kind, SOCKET_KIND);
}

export function handleOf(socket: usize): i32 {
  return load<i32>(socket, SOCKET_HANDLE);
}

export function inputOf(socket: usize): i32 {
  return load<i32>(socket, SOCKET_INPUT);
}

export function outputOf(socket: usize): i32 {
  return load<i32>(socket, SOCKET_OUTPUT);
}

export function blocks(socket: usize): bool {
  return load<u8>(socket, SOCKET_BLOCKING) != 0;
}

export function setBlocking(socket: usize, blocking: bool): void {
  store<u8>(socket, <u8>blocking, SOCKET_BLOCKING);
}

/** A descriptor for a tcp-socket. When there is no memory for one, all of it is dropped, and this is -1. */
export function enter(kind: u32, handle: i32, input: i32, output: i32): i32 {
  let index: i32 = freeEntry - 1;
  if (index < 0) {
    if (!reach(table, used, SOCKET_SIZE)) {
      if (input != 0) input_stream_drop(input);
      dropWriter(handle, output, 0);
      return -1;
    }
    index = used++;
  } else freeEntry = load<i32>(entry(table, index, SOCKET_SIZE), SOCKET_NEXT_FREE);
  const socket = entry(table, index, SOCKET_SIZE);
  memory.fill(socket, 0, SOCKET_SIZE);
  setKind(socket, kind);
  store<i32>(socket, handle, SOCKET_HANDLE);
  store<i32>(socket, input, SOCKET_INPUT);
  store<i32>(socket, output, SOCKET_OUTPUT);
  return FIRST + index;
}

/** The connection is made: these are its streams. The pollable of its making may be in the list of a poll, and stays. */
export function join(socket: usize, input: i32, output: i32): void {
  setKind(socket, STREAM);
  store<i32>(socket, input, SOCKET_INPUT);
  store<i32>(socket, output, SOCKET_OUTPUT);
}

/** Drops all of a socket but what writes (the output, and the socket itself) and gives its number back. */
export function leave(fd: i32, socket: usize): void {
  releaseChunk(socket);
  dropPollable(load<i32>(socket, SOCKET_POLLABLE));
  dropPollable(load<i32>(socket, SOCKET_INPUT_POLLABLE));
  if (inputOf(socket) != 0) input_stream_drop(inputOf(socket));
  setKind(socket, FREE);
  store<i32>(socket, freeEntry, SOCKET_NEXT_FREE);
  freeEntry = fd - FIRST + 1;
}

/** The rest of it. */
export function dropWriter(handle: i32, output: i32, pollable: i32): void {
  dropPollable(pollable);
  if (output != 0) output_stream_drop(output);
  tcp_socket_drop(handle);
}

function dropPollable(pollable: i32): void {
  if (pollable != 0) pollable_drop(pollable);
}

/** What to wait for until something can be read, accepted, or has been connected. */
export function readPollable(socket: usize): i32 {
  if (kindOf(socket) != STREAM) return socketPollable(socket);
  let pollable = load<i32>(socket, SOCKET_INPUT_POLLABLE);
  if (pollable == 0) {
    pollable = input_stream_subscribe(inputOf(socket));
    store<i32>(socket, pollable, SOCKET_INPUT_POLLABLE);
  }
  return pollable;
}

/** What to wait for until something can be written, or has been connected. */
export function writePollable(socket: usize): i32 {
  if (kindOf(socket) != STREAM) return socketPollable(socket);
  let pollable = load<i32>(socket, SOCKET_OUTPUT_POLLABLE);
  if (pollable == 0) {
    pollable = output_stream_subscribe(outputOf(socket));
    store<i32>(socket, pollable, SOCKET_OUTPUT_POLLABLE);
  }
  return pollable;
}

function socketPollable(socket: usize): i32 {
  let pollable = load<i32>(socket, SOCKET_POLLABLE);
  if (pollable == 0) {
    pollable = tcp_socket_subscribe(handleOf(socket));
    store<i32>(socket, pollable, SOCKET_POLLABLE);
  }
  return pollable;
}

/** An empty chunk to read ahead into; 0 when memory has run out. */
export function chunkOf(socket: usize): usize {
  let chunk: usize = load<u32>(socket, SOCKET_AHEAD);
  if (chunk != 0) return chunk;
  chunk = freeChunk;
  if (chunk != 0) freeChunk = load<u32>(chunk);
  else chunk = block(CHUNK);
  store<u32>(socket, chunk, SOCKET_AHEAD);
  return chunk;
}

/** Its chunk is empty, and somebody else's. */
export function releaseChunk(socket: usize): void {
  const chunk: usize = load<u32>(socket, SOCKET_AHEAD);
  if (chunk == 0) return;
  store<u32>(chunk, freeChunk);
  freeChunk = chunk;
  store<u32>(socket, 0, SOCKET_AHEAD);
  store<u64>(socket, 0, SOCKET_AHEAD_START);
}

/** How many bytes were read ahead and are still there. */
export function aheadOf(socket: usize): i32 {
  return load<i32>(socket, SOCKET_AHEAD_END) - load<i32>(socket, SOCKET_AHEAD_START);
}

/** Was nothing to be had in this direction when it was last tried? */
export function isQuiet(socket: usize, reads: bool): bool {
  if (!reads) return load<u8>(socket, SOCKET_QUIET_OUTPUT) != 0;
  return load<u8>(socket, SOCKET_QUIET_INPUT) != 0 && aheadOf(socket) == 0;
}

export function setQuiet(socket: usize, reads: bool, quiet: bool): void {
  if (reads) store<u8>(socket, <u8>quiet, SOCKET_QUIET_INPUT);
  else store<u8>(socket, <u8>quiet, SOCKET_QUIET_OUTPUT);
}
