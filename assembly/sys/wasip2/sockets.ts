/**
 * Descriptors on a 0.2 host, which has none: each number is a socket with its resources.
 *
 *      tcp-socket ──┬── pollable                 a listener, or a connection under way
 *                   ├── input-stream ─── pollable
 *                   └── output-stream ── pollable
 *
 * A resource can be dropped only after all resources that were made from it: first pollables, then streams, then the socket. A
 * pollable is made at the first wait for its direction, and kept.
 */
import { block } from "../../memory/blocks";
import {
  SOCKET_AHEAD,
  SOCKET_AHEAD_END,
  SOCKET_AHEAD_START,
  SOCKET_BLOCKING,
  SOCKET_BULK,
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
import { DATAGRAMS, FIRST, FREE, INPUT, LISTENER, STDIN, STREAM } from "../socket-kinds";
import {
  input_stream_drop,
  input_stream_subscribe,
  output_stream_drop,
  output_stream_subscribe,
  pollable_drop,
  tcp_socket_drop,
  tcp_socket_subscribe,
} from "../wasi-0-2";
import { subscribeDatagrams } from "./datagram-calls";

/** The most bytes read ahead of the program. */
export const CHUNK: usize = 0x4000;

/** The states of a direction. DRAINED: a read was short, so the next one may find nothing. */
const QUIET: u8 = 1;
const DRAINED: u8 = 2;

const table = memory.data(SEGMENTS_SIZE, 8);
let used: i32 = 0;
/** Lists of free entries and of empty chunks, the newest first. */
let freeEntry: i32 = 0;
let freeChunk: usize = 0;

const standardInput = memory.data(SOCKET_SIZE, 8);

/** The socket of a descriptor; 0 if there is none. */
export function socketOf(fd: i32): usize {
  if (fd < FIRST || fd >= FIRST + used) return fd == STDIN && kindOf(standardInput) == INPUT ? standardInput : 0;
  const socket = entry(table, fd - FIRST, SOCKET_SIZE);
  return kindOf(socket) == FREE ? 0 : socket;
}

export function kindOf(socket: usize): u32 {
  return load<u32>(socket, SOCKET_KIND);
}

export function setKind(socket: usize, kind: u32): void {
  store<u32>(socket, kind, SOCKET_KIND);
}

export function hasDatagrams(socket: usize): bool {
  return kindOf(socket) >= DATAGRAMS;
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

/** A descriptor for a socket. If memory cannot grow, drops the socket with its resources and returns -1. */
export function enter(kind: u32, handle: i32, input: i32, output: i32): i32 {
  let index: i32 = freeEntry - 1;
  if (index < 0) {
    if (!reach(table, used, SOCKET_SIZE)) {
      discard(handle, input, output);
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

/** Standard input, blocking until `setNonblocking`. Its number. */
export function enterInput(input: i32): i32 {
  memory.fill(standardInput, 0, SOCKET_SIZE);
  setKind(standardInput, INPUT);
  store<i32>(standardInput, input, SOCKET_INPUT);
  setBlocking(standardInput, true);
  return STDIN;
}

/** Gives an established connection its streams. The pollable of the connect stays, because it may be in the list of a poll. */
export function join(socket: usize, input: i32, output: i32): void {
  setKind(socket, STREAM);
  store<i32>(socket, input, SOCKET_INPUT);
  store<i32>(socket, output, SOCKET_OUTPUT);
}

/** Drops the resources of a socket, except the output and the tcp-socket, and frees its number. */
export function leave(fd: i32, socket: usize): void {
  releaseChunk(socket);
  dropPollable(load<i32>(socket, SOCKET_POLLABLE));
  dropPollable(load<i32>(socket, SOCKET_INPUT_POLLABLE));
  if (inputOf(socket) != 0) input_stream_drop(inputOf(socket));
  setKind(socket, FREE);
  if (fd == STDIN) return;
  store<i32>(socket, freeEntry, SOCKET_NEXT_FREE);
  freeEntry = fd - FIRST + 1;
}

/** Drops the resources of a socket that gets no descriptor. */
export function discard(handle: i32, input: i32, output: i32): void {
  if (input != 0) input_stream_drop(input);
  dropWriter(handle, output, 0);
}

/** Drops the output and the tcp-socket. */
export function dropWriter(handle: i32, output: i32, pollable: i32): void {
  dropPollable(pollable);
  if (output != 0) output_stream_drop(output);
  if (handle != 0) tcp_socket_drop(handle);
}

function dropPollable(pollable: i32): void {
  if (pollable != 0) pollable_drop(pollable);
}

/** The pollable for reading, accepting or connecting. */
export function readPollable(socket: usize): i32 {
  if (kindOf(socket) != STREAM && kindOf(socket) != INPUT && !hasDatagrams(socket)) return socketPollable(socket);
  let pollable = load<i32>(socket, SOCKET_INPUT_POLLABLE);
  if (pollable == 0) {
    pollable = hasDatagrams(socket) ? subscribeDatagrams(socket, true) : input_stream_subscribe(inputOf(socket));
    store<i32>(socket, pollable, SOCKET_INPUT_POLLABLE);
  }
  return pollable;
}

/** Whether it can never be written to. Its pollable reports something else, or it has none. */
export function onlyReads(socket: usize): bool {
  return kindOf(socket) == LISTENER || kindOf(socket) == INPUT;
}

/** The pollable for writing or connecting. */
export function writePollable(socket: usize): i32 {
  if (kindOf(socket) != STREAM && !hasDatagrams(socket)) return socketPollable(socket);
  let pollable = load<i32>(socket, SOCKET_OUTPUT_POLLABLE);
  if (pollable == 0) {
    pollable = hasDatagrams(socket) ? subscribeDatagrams(socket, false) : output_stream_subscribe(outputOf(socket));
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

/** An empty chunk to read ahead into; 0 if memory cannot grow. */
export function chunkOf(socket: usize): usize {
  let chunk: usize = load<u32>(socket, SOCKET_AHEAD);
  if (chunk != 0) return chunk;
  chunk = freeChunk;
  if (chunk != 0) freeChunk = load<u32>(chunk);
  else chunk = block(CHUNK);
  store<u32>(socket, chunk, SOCKET_AHEAD);
  return chunk;
}

/** Frees the socket's empty chunk. */
export function releaseChunk(socket: usize): void {
  const chunk: usize = load<u32>(socket, SOCKET_AHEAD);
  if (chunk == 0) return;
  store<u32>(chunk, freeChunk);
  freeChunk = chunk;
  store<u32>(socket, 0, SOCKET_AHEAD);
  store<u64>(socket, 0, SOCKET_AHEAD_START);
}

/** The number of bytes left of those read ahead. */
export function aheadOf(socket: usize): i32 {
  return load<i32>(socket, SOCKET_AHEAD_END) - load<i32>(socket, SOCKET_AHEAD_START);
}

/** Whether only the pollable is asked about this direction: the last attempt would have blocked, or the next one is expected to. */
export function isQuiet(socket: usize, reads: bool): bool {
  if (!reads) return load<u8>(socket, SOCKET_QUIET_OUTPUT) == QUIET;
  return load<u8>(socket, SOCKET_QUIET_INPUT) == QUIET && aheadOf(socket) == 0;
}

/** Whether the last read was large, or its pollable has been believed since. */
export function isBulk(socket: usize): bool {
  return load<u8>(socket, SOCKET_BULK) != 0;
}

export function setQuiet(socket: usize, reads: bool, quiet: bool): void {
  const state: u8 = quiet ? QUIET : 0;
  if (reads) store<u8>(socket, state, SOCKET_QUIET_INPUT);
  else store<u8>(socket, state, SOCKET_QUIET_OUTPUT);
}

export function isDrained(socket: usize): bool {
  return load<u8>(socket, SOCKET_QUIET_INPUT) == DRAINED;
}

export function setDrained(socket: usize): void {
  store<u8>(socket, DRAINED, SOCKET_QUIET_INPUT);
}
