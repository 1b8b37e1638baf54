/**
 * Datagram sockets: `wasi:sockets/types.udp-socket`. A receive is always under way, into the socket's own memory, as a listener's read
 * is: it ends with the next datagram, whose bytes are in memory that the host has asked for. A send that does not end at once goes on
 * with a copy, and the socket is not writable until it ends.
 *
 *      Memory of a send
 *      ┌───────────┬──────────────────────────┬──────────────────┬───────────────┬─────────────┬─────────┐
 *      │ socket (4)│ data: address, length (8)│ has receiver (4) │ receiver (32) │ result (20) │ data    │
 *      └───────────┴──────────────────────────┴──────────────────┴───────────────┴─────────────┴─────────┘
 */
import { EAGAIN, EBADF, EDESTADDRREQ, EISCONN, EMSGSIZE, ENOMEM, ENOTSOCK } from "../../abi/errno";
import { EPOLLIN, EPOLLRDNORM, READINESS, WRITABLE } from "../../abi/events";
import { familyOf, flatArgument, portOf, SOCKET_ADDRESS_SIZE } from "../socket-address";
import { CONNECTED_DATAGRAMS, DATAGRAMS } from "../socket-kinds";
import {
  subtask_cancel,
  subtask_drop,
  thread_yield,
  udp_socket_bind,
  udp_socket_connect,
  udp_socket_create,
  udp_socket_drop,
  udp_socket_get_local_address,
  udp_socket_get_remote_address,
  udp_socket_receive,
  udp_socket_send,
} from "../wasi-0-3";
import { setDatagramCalls } from "./datagram-calls";
import { sleep } from "./events";
import { area, outcome, RESULT_SIZE, value } from "./results";
import { enter, hasDatagrams, leave, READING, Socket, socketOf, WRITING } from "./sockets";
import { announce, expect, join, leaveSet } from "./waitables";

/** UDP's limit over IPv4. */
const LONGEST: i32 = 65_507;
/** The most sleeps of a send for the one before it, and their longest duration in nanoseconds. */
const PATIENCE: i32 = 8;
const MOMENT: i64 = 1_000_000;
/** The result of an `[async-lower]` call: the subtask's state, with its handle above. */
const STATE: i32 = 15;
const RETURNED: i32 = 2;

/** A received datagram in the probe: a result, whose value is the data's address and length, and the sender. */
const DATA: usize = 4;
const LENGTH: usize = 8;
const SENDER: usize = 12;

/** A send. */
const HAS_RECEIVER: usize = 12;
const RECEIVER: usize = 16;
const RESULT: usize = RECEIVER + 32;
const BYTES: usize = RESULT + RESULT_SIZE;

/** A socket with an address of its own, non-blocking; or a negated errno. */
export function openDatagrams(address: usize): i32 {
  setDatagramCalls(returned, drop, name);
  udp_socket_create(familyOf(address), area);
  let error = outcome();
  if (error < 0) return error;
  const handle = value();
  udp_socket_bind(
    handle,
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
  error = outcome();
  const socket = error == 0 ? enter(DATAGRAMS, handle) : null;
  if (socket == null) {
    udp_socket_drop(handle);
    return error < 0 ? error : -ENOMEM;
  }
  beginReceive(socket);
  return socket.fd;
}

/** Sets the peer. A datagram that was received ahead stays, as in a kernel's queue. 0 or a negated errno. */
export function connectDatagrams(fd: i32, address: usize): i32 {
  const socket = socketOf(fd);
  if (socket == null) return -EBADF;
  if (!hasDatagrams(socket)) return -ENOTSOCK;
  // A receive that has begun takes datagrams of all senders.
  cancelReceive(socket);
  udp_socket_connect(
    socket.handle,
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
  const error = outcome();
  if (error == 0) socket.kind = CONNECTED_DATAGRAMS;
  if (socket.unread == 0) beginReceive(socket);
  return error;
}

/** Sends a datagram to an address. The number of its bytes, or a negated errno. */
export function sendTo(fd: i32, data: usize, length: i32, address: usize): i32 {
  const socket = socketOf(fd);
  if (socket == null) return -EBADF;
  if (!hasDatagrams(socket)) return -ENOTSOCK;
  return socket.kind == CONNECTED_DATAGRAMS ? -EISCONN : send(socket, data, length, address);
}

/** Sends a datagram to the peer. */
export function sendToPeer(fd: i32, data: usize, length: i32): i32 {
  const socket = socketOf(fd);
  if (socket == null) return -EBADF;
  if (!hasDatagrams(socket)) return -ENOTSOCK;
  return socket.kind == DATAGRAMS ? -EDESTADDRREQ : send(socket, data, length, 0);
}

function send(socket: Socket, data: usize, length: i32, address: usize): i32 {
  if (length > LONGEST) return -EMSGSIZE;
  for (let tries = 0; socket.has(WRITING); tries++) {
    if (tries == PATIENCE) return -EAGAIN;
    // The last send ends when the host runs, mostly at once. A kernel takes many datagrams without a wait.
    sleep(tries == 0 ? 0 : MOMENT);
  }
  const call = heap.alloc(BYTES + length);
  store<i32>(call, socket.handle);
  store<u32>(call, call + BYTES, DATA);
  store<i32>(call, length, LENGTH);
  store<u32>(call, address == 0 ? 0 : 1, HAS_RECEIVER);
  if (address != 0) memory.copy(call + RECEIVER, address, SOCKET_ADDRESS_SIZE);
  memory.copy(call + BYTES, data, length);
  const status = udp_socket_send(call, call + RESULT);
  if ((status & STATE) == RETURNED) {
    const error = outcome(call + RESULT);
    heap.free(call);
    return error < 0 ? error : length;
  }
  socket.sendCall = call;
  socket.output = status >> 4;
  socket.set(WRITING);
  if (expect(socket.output)) join(socket.output, socket);
  else cancelSend(socket);
  return length;
}

/** Receives a datagram, and writes its sender to `address`. The number of its bytes, at most `length`; or a negated errno. */
export function receiveFrom(fd: i32, buffer: usize, length: i32, address: usize): i32 {
  const socket = socketOf(fd);
  if (socket == null) return -EBADF;
  if (!hasDatagrams(socket)) return -ENOTSOCK;
  if (socket.unread == 0 && socket.errno == 0 && !socket.has(READING)) beginReceive(socket);
  const error = socket.errno;
  socket.errno = 0;
  if (error != 0) return error;
  if (socket.unread == 0) return -EAGAIN;
  const received = min(load<i32>(socket.probe, LENGTH), length);
  memory.copy(buffer, load<u32>(socket.probe, DATA), received);
  memory.copy(address, socket.probe + SENDER, SOCKET_ADDRESS_SIZE);
  forgetAhead(socket);
  beginReceive(socket);
  return received;
}

function beginReceive(socket: Socket): void {
  const status = udp_socket_receive(socket.handle, socket.probe);
  if ((status & STATE) == RETURNED) {
    received(socket);
    return;
  }
  socket.connect = status >> 4;
  socket.set(READING);
  if (expect(socket.connect)) {
    join(socket.connect, socket);
    return;
  }
  cancelReceive(socket);
  socket.errno = -ENOMEM;
}

/** A receive has ended with a datagram or an error. */
function received(socket: Socket): void {
  socket.clear(READING);
  const error = outcome(socket.probe);
  if (error < 0) socket.errno = error;
  else socket.end = 1;
  announce(socket, error < 0 ? READINESS : EPOLLIN | EPOLLRDNORM);
}

function returned(socket: Socket, subtask: i32): void {
  subtask_drop(subtask);
  if (subtask == socket.connect) {
    socket.connect = 0;
    received(socket);
    return;
  }
  const error = outcome(socket.sendCall + RESULT);
  endSend(socket);
  if (error < 0) socket.errno = error;
  announce(socket, error < 0 ? READINESS : WRITABLE);
}

function endSend(socket: Socket): void {
  heap.free(socket.sendCall);
  socket.sendCall = 0;
  socket.output = 0;
  socket.clear(WRITING);
}

function forgetAhead(socket: Socket): void {
  if (socket.unread == 0) return;
  if (load<u32>(socket.probe, LENGTH) != 0) heap.free(load<u32>(socket.probe, DATA));
  socket.end = 0;
}

function cancelReceive(socket: Socket): void {
  if (!socket.has(READING)) return;
  leaveSet(socket.connect);
  const state = subtask_cancel(socket.connect);
  subtask_drop(socket.connect);
  socket.connect = 0;
  // A datagram that came at the last moment.
  if (state == RETURNED) received(socket);
  else socket.clear(READING);
}

function cancelSend(socket: Socket): void {
  if (!socket.has(WRITING)) return;
  leaveSet(socket.output);
  if (subtask_cancel(socket.output) == RETURNED) outcome(socket.sendCall + RESULT);
  subtask_drop(socket.output);
  endSend(socket);
}

function drop(socket: Socket): void {
  // The host takes a datagram in its next run.
  if (socket.has(WRITING)) thread_yield();
  cancelSend(socket);
  cancelReceive(socket);
  forgetAhead(socket);
  udp_socket_drop(socket.handle);
  leave(socket);
}

function name(socket: Socket, peer: bool): void {
  if (peer) udp_socket_get_remote_address(socket.handle, area);
  else udp_socket_get_local_address(socket.handle, area);
}
