/**
 * Listening, accepting and connecting: `wasi:sockets/types.tcp-socket`.
 *
 * A listener is a stream of sockets. A read is always under way, into its own memory, as for any stream. It ends with
 * the next connections, and the program takes them one by one. The next read begins when all have been taken, so no
 * more are accepted than fit.
 */
import { EAGAIN, EBADF, EINPROGRESS, EINVAL, EMFILE, ENOMEM, ENOTCONN, ENOTSOCK, ENOTSUP } from "../../abi/errno";
import { EPOLLIN, EPOLLRDNORM, READINESS, WRITABLE } from "../../abi/events";
import {
  listen_stream_cancel_read,
  listen_stream_drop_readable,
  listen_stream_read,
  subtask_cancel,
  subtask_drop,
  tcp_socket_bind,
  tcp_socket_connect,
  tcp_socket_create,
  tcp_socket_drop,
  tcp_socket_get_local_address,
  tcp_socket_get_remote_address,
  tcp_socket_listen,
  tcp_socket_set_keep_alive_enabled,
  tcp_socket_set_listen_backlog_size,
} from "../wasi-0-3";
import { familyOf, flatArgument, portOf, SOCKET_ADDRESS_SIZE } from "../socket-address";
import { dropDatagrams, nameOfDatagrams } from "./datagram-calls";
import { area, BLOCKED, copied, isDropped, outcome, value } from "./results";
import { CONNECTED_DATAGRAMS, CONNECTING, FAILED, INPUT, LISTENER, STREAM } from "../socket-kinds";
import { enter, hasDatagrams, INPUT_JOINED, leave, PROBE, READING, Socket, socketOf } from "./sockets";
import { begin, drop as dropStreams } from "./streams";
import { announce, expect, join, leaveSet } from "./waitables";

/** Linux's default limit: SOMAXCONN. */
const BACKLOG: u64 = 4096;
const HANDLE: i32 = 4;
/** The result of an `[async-lower]` call: the subtask's state, with its handle above. */
const STATE: i32 = 15;
const RETURNED: i32 = 2;
/** In the probe of a connecting socket: its handle, the address, and the result. */
const PARAMETERS_SIZE: i32 = HANDLE + SOCKET_ADDRESS_SIZE;

/** A listener on an address. Blocking, until `setNonblocking`. */
export function listen(address: usize): i32 {
  tcp_socket_create(familyOf(address), area);
  let error = outcome();
  if (error < 0) return error;
  const handle = value();
  error = bindAndListen(handle, address);
  if (error < 0) {
    tcp_socket_drop(handle);
    return error;
  }
  const stream = value();
  const socket = enter(LISTENER, handle);
  if (socket == null || !expect(stream)) {
    if (socket != null) leave(socket);
    listen_stream_drop_readable(stream);
    tcp_socket_drop(handle);
    return -ENOMEM;
  }
  socket.input = stream;
  socket.blocking = true;
  beginAccepting(socket);
  return socket.fd;
}

/** Writes the stream of connections to `area`. */
function bindAndListen(handle: i32, address: usize): i32 {
  tcp_socket_bind(
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
  const error = outcome();
  if (error < 0) return error;
  tcp_socket_set_listen_backlog_size(handle, BACKLOG, area); // a wish
  outcome();
  tcp_socket_listen(handle, area);
  return outcome();
}

function beginAccepting(listener: Socket): void {
  const status = listen_stream_read(listener.input, listener.probe, PROBE / HANDLE);
  if (status != BLOCKED) {
    arrived(listener, status);
    return;
  }
  listener.set(READING);
  if (listener.has(INPUT_JOINED)) return;
  listener.set(INPUT_JOINED);
  join(listener.input, listener);
}

/** The read of a listener has ended, at once or by an event. */
export function arrived(listener: Socket, status: i32): void {
  listener.clear(READING);
  listener.start = 0;
  listener.end = copied(status);
  // The stream of a listener has no end. If it ends nevertheless, accept fails from now on.
  if (isDropped(status)) listener.ended = true;
  announce(listener, EPOLLIN | EPOLLRDNORM);
}

/** The next connection; non-blocking unless `blocking`. */
export function accept(listener: Socket, blocking: bool): i32 {
  if (listener.kind != LISTENER) return -EINVAL;
  if (listener.unread == 0) {
    if (listener.ended) return -EINVAL;
    if (!listener.has(READING)) beginAccepting(listener);
    if (listener.unread == 0) return -EAGAIN;
  }
  const handle = load<i32>(listener.probe + ((<usize>listener.start) << 2));
  listener.start++;
  if (listener.unread == 0 && !listener.ended) beginAccepting(listener);
  const socket = enter(STREAM, handle);
  if (socket == null) {
    tcp_socket_drop(handle);
    return -ENOMEM;
  }
  socket.blocking = blocking;
  const error = begin(socket);
  if (error == 0 && !isBroken(socket)) return socket.fd;
  close(socket);
  return error < 0 ? error : -EMFILE;
}

/**
 * A host without free descriptors returns broken sockets without end. A broken socket has ended before its first byte,
 * and has no address.
 */
function isBroken(socket: Socket): bool {
  if (socket.has(READING) || socket.unread > 0) return false;
  tcp_socket_get_local_address(socket.handle, area);
  return outcome() < 0;
}

/**
 * Starts a connection. The descriptor is non-blocking, and writable when the connection is established or has failed.
 */
export function connect(address: usize): i32 {
  tcp_socket_create(familyOf(address), area);
  const error = outcome();
  if (error < 0) return error;
  const handle = value();
  const socket = enter(CONNECTING, handle);
  if (socket == null) {
    tcp_socket_drop(handle);
    return -ENOMEM;
  }
  // The host may read the parameters and write the result later: both are in the socket's own memory.
  const parameters = socket.probe;
  store<i32>(parameters, handle);
  memory.copy(parameters + HANDLE, address, SOCKET_ADDRESS_SIZE);
  const status = tcp_socket_connect(parameters, parameters + PARAMETERS_SIZE);
  const subtask = status >> 4;
  if ((status & STATE) == RETURNED) {
    decided(socket);
    return socket.fd;
  }
  socket.connect = subtask;
  if (!expect(subtask)) {
    close(socket);
    return -ENOMEM;
  }
  join(subtask, socket);
  return socket.fd;
}

/** The connect of a socket has returned. */
export function decided(socket: Socket): void {
  if (socket.connect != 0) subtask_drop(socket.connect);
  socket.connect = 0;
  let error = outcome(socket.probe + PARAMETERS_SIZE);
  if (error == 0) error = begin(socket);
  if (error == 0) {
    announce(socket, WRITABLE);
    return;
  }
  socket.kind = FAILED;
  socket.errno = error;
  announce(socket, READINESS);
}

/** Drops all handles of a socket, children first, and frees its number. */
export function close(socket: Socket): void {
  if (hasDatagrams(socket)) {
    dropDatagrams(socket);
    return;
  }
  if (socket.kind == LISTENER) closeListener(socket);
  else dropStreams(socket);
  if (socket.connect != 0) {
    leaveSet(socket.connect);
    // A call that returns at the last moment may leave an error text, whose memory is freed.
    if (subtask_cancel(socket.connect) == RETURNED) outcome(socket.probe + PARAMETERS_SIZE);
    subtask_drop(socket.connect);
  }
  if (socket.kind != INPUT) tcp_socket_drop(socket.handle);
  leave(socket);
}

function closeListener(listener: Socket): void {
  if (listener.has(READING)) {
    leaveSet(listener.input);
    listener.start = 0;
    listener.end = copied(listen_stream_cancel_read(listener.input));
  }
  listen_stream_drop_readable(listener.input);
  for (; listener.start < listener.end; listener.start++) {
    tcp_socket_drop(load<i32>(listener.probe + ((<usize>listener.start) << 2)));
  }
}

/** The socket's error since the last call: 0, or a negated errno. */
export function takeError(fd: i32): i32 {
  const socket = socketOf(fd);
  if (socket == null) return -EBADF;
  if (socket.kind == CONNECTING) return -EINPROGRESS;
  const error = socket.errno;
  socket.errno = 0;
  return error;
}

/** 0 or a negated errno. */
export function setKeepAlive(fd: i32, on: bool): i32 {
  const socket = socketOf(fd);
  if (socket == null) return -EBADF;
  if (socket.kind == INPUT) return -ENOTSOCK;
  if (hasDatagrams(socket)) return -ENOTSUP;
  tcp_socket_set_keep_alive_enabled(socket.handle, <u32>on, area);
  return outcome();
}

/** Leaves the address of this end at `address`. 0 or a negated errno. */
export function localAddress(fd: i32, address: usize): i32 {
  const socket = socketOf(fd);
  if (socket == null) return -EBADF;
  if (socket.kind == INPUT) return -ENOTSOCK;
  if (hasDatagrams(socket)) nameOfDatagrams(socket, false);
  else tcp_socket_get_local_address(socket.handle, area);
  return name(address);
}

/** Writes the peer's address to `address`; -ENOTCONN before the socket is connected. */
export function peerAddress(fd: i32, address: usize): i32 {
  const socket = socketOf(fd);
  if (socket == null) return -EBADF;
  if (socket.kind == CONNECTED_DATAGRAMS) nameOfDatagrams(socket, true);
  else if (socket.kind == STREAM) tcp_socket_get_remote_address(socket.handle, area);
  else return -ENOTCONN;
  return name(address);
}

function name(address: usize): i32 {
  const error = outcome();
  if (error == 0) memory.copy(address, area + 4, SOCKET_ADDRESS_SIZE);
  return error;
}
