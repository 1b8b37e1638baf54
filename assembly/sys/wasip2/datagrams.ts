/**
 * Datagram sockets: `wasi:sockets/udp`. A bound socket has two streams of datagrams. Setting a peer drops both and makes new ones.
 *
 * A wait must know whether there is a datagram, and only a receive tells, so one datagram is received ahead of the program. Its bytes
 * are in memory that the host has asked for (`results.ts`).
 *
 *      State of a socket, 48 bytes
 *      ┌──────────────┬──────────────────────────┬─────────────────────┬──────────────┐
 *      │ is ahead (4) │ data: address, length (8)│ sender: address (32)│ has sent (4) │
 *      └──────────────┴──────────────────────────┴─────────────────────┴──────────────┘
 */
import {
  SOCKET_DATAGRAM,
  SOCKET_ERRNO,
  SOCKET_HANDLE,
  SOCKET_INPUT,
  SOCKET_INPUT_POLLABLE,
  SOCKET_OUTPUT,
  SOCKET_OUTPUT_POLLABLE,
} from "../../memory/layout";
import { EAGAIN, EBADF, EDESTADDRREQ, EISCONN, ENOMEM, ENOTSOCK } from "../../abi/errno";
import { familyOf, flatArgument, portOf, SOCKET_ADDRESS_SIZE } from "../socket-address";
import { CONNECTED_DATAGRAMS, DATAGRAMS } from "../socket-kinds";
import {
  create_udp_socket,
  incoming_datagram_stream_drop,
  incoming_datagram_stream_receive,
  incoming_datagram_stream_subscribe,
  outgoing_datagram_stream_check_send,
  outgoing_datagram_stream_drop,
  outgoing_datagram_stream_send,
  outgoing_datagram_stream_subscribe,
  pollable_block,
  pollable_drop,
  udp_socket_drop,
  udp_socket_finish_bind,
  udp_socket_local_address,
  udp_socket_remote_address,
  udp_socket_start_bind,
  udp_socket_stream,
  udp_socket_subscribe,
} from "../wasi-0-2";
import { setDatagramCalls } from "./datagram-calls";
import { instanceNetwork } from "./network";
import { area, failed, outcome } from "./results";
import {
  enter,
  handleOf,
  hasDatagrams,
  inputOf,
  kindOf,
  leave,
  outputOf,
  setKind,
  setQuiet,
  socketOf,
  writePollable,
} from "./sockets";

const IS_AHEAD: usize = 0;
const DATA: usize = 4;
const LENGTH: usize = 8;
const SENDER: usize = 12;
const HAS_SENT: usize = SENDER + 32;
const STATE_SIZE: usize = HAS_SENT + 4;

/** The incoming-datagram that the host returns: data and sender. */
const INCOMING_SIZE: usize = HAS_SENT - DATA;

/** An outgoing-datagram: the data's address and length, whether there is a receiver, and its address. */
const outgoing = memory.data(44, 4);
const HAS_RECEIVER: usize = 8;
const RECEIVER: usize = 12;

/** A socket with an address of its own, non-blocking; or a negated errno. */
export function openDatagrams(address: usize): i32 {
  setDatagramCalls(subscribe, look, drop, name);
  const fd = enter(DATAGRAMS, 0, 0, 0);
  if (fd < 0) return -ENOMEM;
  const socket = socketOf(fd);
  store<u32>(socket, heap.alloc(STATE_SIZE), SOCKET_DATAGRAM);
  memory.fill(stateOf(socket), 0, STATE_SIZE);
  let error = bound(socket, address);
  if (error == 0) error = openStreams(socket, 0);
  if (error == 0) return fd;
  drop(socket);
  leave(fd, socket);
  return error;
}

function bound(socket: usize, address: usize): i32 {
  create_udp_socket(familyOf(address), area);
  let error = outcome(4);
  if (error < 0) return error;
  const handle = load<i32>(area, 4);
  store<i32>(socket, handle, SOCKET_HANDLE);
  udp_socket_start_bind(
    handle,
    instanceNetwork(),
    familyOf(address),
    portOf(address),
    flatArgument(address, 0),
    flatArgument(address, 1),
    flatArgument(address, 2),
    flatArgument(address, 3),
    flatArgument(address, 4),
    flatArgument(address, 5),
    flatArgument(address, 6),
    flatArgument(address, 7),
    flatArgument(address, 8),
    flatArgument(address, 9),
    area,
  );
  error = outcome(1);
  while (error == 0) {
    udp_socket_finish_bind(handle, area);
    error = outcome(1);
    if (error != -EAGAIN) return error;
    const pollable = udp_socket_subscribe(handle);
    pollable_block(pollable);
    pollable_drop(pollable);
    error = 0;
  }
  return error;
}

/** Makes the streams, for one peer or, with 0, for all. */
function openStreams(socket: usize, peer: usize): i32 {
  const given = peer == 0 ? outgoing + RECEIVER : peer;
  udp_socket_stream(
    handleOf(socket),
    peer == 0 ? 0 : 1,
    familyOf(given),
    portOf(given),
    flatArgument(given, 0),
    flatArgument(given, 1),
    flatArgument(given, 2),
    flatArgument(given, 3),
    flatArgument(given, 4),
    flatArgument(given, 5),
    flatArgument(given, 6),
    flatArgument(given, 7),
    flatArgument(given, 8),
    flatArgument(given, 9),
    area,
  );
  const error = outcome(4);
  if (error < 0) return error;
  store<i32>(socket, load<i32>(area, 4), SOCKET_INPUT);
  store<i32>(socket, load<i32>(area, 8), SOCKET_OUTPUT);
  return 0;
}

/** Sets the peer. A datagram that was received ahead stays, as in a kernel's queue. 0 or a negated errno. */
export function connectDatagrams(fd: i32, address: usize): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  if (!hasDatagrams(socket)) return -ENOTSOCK;
  dropStreams(socket);
  let error = openStreams(socket, address);
  setKind(socket, error == 0 ? CONNECTED_DATAGRAMS : DATAGRAMS);
  // A refused peer leaves a socket without one.
  if (error < 0) openStreams(socket, 0);
  setQuiet(socket, true, false);
  setQuiet(socket, false, false);
  return error;
}

/** Sends a datagram to an address. The number of its bytes, or a negated errno. */
export function sendTo(fd: i32, data: usize, length: i32, address: usize): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  if (!hasDatagrams(socket)) return -ENOTSOCK;
  if (kindOf(socket) == CONNECTED_DATAGRAMS) return -EISCONN;
  store<u8>(outgoing, 1, HAS_RECEIVER);
  memory.copy(outgoing + RECEIVER, address, SOCKET_ADDRESS_SIZE);
  return sendNow(socket, data, length);
}

/** Sends a datagram to the peer. */
export function sendToPeer(fd: i32, data: usize, length: i32): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  if (!hasDatagrams(socket)) return -ENOTSOCK;
  if (kindOf(socket) == DATAGRAMS) return -EDESTADDRREQ;
  store<u8>(outgoing, 0, HAS_RECEIVER);
  return sendNow(socket, data, length);
}

/** wasmtime learns only in a poll that a new socket can send, so the first datagram waits for that. */
function sendNow(socket: usize, data: usize, length: i32): i32 {
  const state = stateOf(socket);
  let sent = attempt(socket, data, length);
  if (sent == -EAGAIN && load<u32>(state, HAS_SENT) == 0) {
    pollable_block(writePollable(socket));
    sent = attempt(socket, data, length);
  }
  if (sent >= 0) store<u32>(state, 1, HAS_SENT);
  return sent;
}

function attempt(socket: usize, data: usize, length: i32): i32 {
  const permit = permitted(socket);
  if (permit <= 0) return permit == 0 ? -EAGAIN : permit;
  store<u32>(outgoing, data);
  store<i32>(outgoing, length, 4);
  outgoing_datagram_stream_send(outputOf(socket), outgoing, 1, area);
  if (failed()) return outcome(8);
  if (load<u64>(area, 8) == 1) return length;
  setQuiet(socket, false, true);
  return -EAGAIN;
}

/** The number of datagrams that can be sent now, or a negated errno. */
function permitted(socket: usize): i32 {
  outgoing_datagram_stream_check_send(outputOf(socket), area);
  if (failed()) return outcome(8);
  const permit = <i32>min<u64>(load<u64>(area, 8), i32.MAX_VALUE);
  setQuiet(socket, false, permit == 0);
  return permit;
}

/** Receives a datagram, and writes its sender to `address`. The number of its bytes, at most `length`; or a negated errno. */
export function receiveFrom(fd: i32, buffer: usize, length: i32, address: usize): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  if (!hasDatagrams(socket)) return -ENOTSOCK;
  const error = receiveAhead(socket);
  if (error < 0) {
    store<i32>(socket, 0, SOCKET_ERRNO);
    return error;
  }
  const state = stateOf(socket);
  const received = min(load<i32>(state, LENGTH), length);
  memory.copy(buffer, load<u32>(state, DATA), received);
  memory.copy(address, state + SENDER, SOCKET_ADDRESS_SIZE);
  forgetAhead(state);
  return received;
}

/** 0 with a datagram ahead; -EAGAIN, or the error that the next receive returns. */
function receiveAhead(socket: usize): i32 {
  const state = stateOf(socket);
  if (load<u32>(state, IS_AHEAD) != 0) return 0;
  const told = load<i32>(socket, SOCKET_ERRNO);
  if (told != 0) return told;
  incoming_datagram_stream_receive(inputOf(socket), 1, area);
  const error = outcome(4);
  if (error < 0 && error != -EAGAIN) {
    store<i32>(socket, error, SOCKET_ERRNO);
    return error;
  }
  const count = error == 0 ? load<u32>(area, 8) : 0;
  setQuiet(socket, true, count == 0);
  if (count == 0) return -EAGAIN;
  const list: usize = load<u32>(area, 4);
  store<u32>(state, 1, IS_AHEAD);
  memory.copy(state + DATA, list, INCOMING_SIZE);
  heap.free(list);
  return 0;
}

function forgetAhead(state: usize): void {
  if (load<u32>(state, IS_AHEAD) == 0) return;
  if (load<u32>(state, LENGTH) != 0) heap.free(load<u32>(state, DATA));
  store<u32>(state, 0, IS_AHEAD);
}

function stateOf(socket: usize): usize {
  return load<u32>(socket, SOCKET_DATAGRAM);
}

function subscribe(socket: usize, reads: bool): i32 {
  return reads
    ? incoming_datagram_stream_subscribe(inputOf(socket))
    : outgoing_datagram_stream_subscribe(outputOf(socket));
}

function look(socket: usize, reads: bool): bool {
  return reads ? receiveAhead(socket) != -EAGAIN : permitted(socket) != 0;
}

function drop(socket: usize): void {
  dropStreams(socket);
  forgetAhead(stateOf(socket));
  heap.free(stateOf(socket));
  if (handleOf(socket) != 0) udp_socket_drop(handleOf(socket));
}

/** Pollables first, then the streams. */
function dropStreams(socket: usize): void {
  const readable = load<i32>(socket, SOCKET_INPUT_POLLABLE);
  const writable = load<i32>(socket, SOCKET_OUTPUT_POLLABLE);
  if (readable != 0) pollable_drop(readable);
  if (writable != 0) pollable_drop(writable);
  if (inputOf(socket) != 0) incoming_datagram_stream_drop(inputOf(socket));
  if (outputOf(socket) != 0) outgoing_datagram_stream_drop(outputOf(socket));
  store<i32>(socket, 0, SOCKET_INPUT_POLLABLE);
  store<i32>(socket, 0, SOCKET_OUTPUT_POLLABLE);
  store<i32>(socket, 0, SOCKET_INPUT);
  store<i32>(socket, 0, SOCKET_OUTPUT);
}

function name(socket: usize, peer: bool): void {
  if (peer) udp_socket_remote_address(handleOf(socket), area);
  else udp_socket_local_address(handleOf(socket), area);
}
