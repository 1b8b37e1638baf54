/** Listening, accepting and connecting: `wasi:sockets/tcp`. Its calls have two steps; only `finish-connect` sleeps. */
import { SOCKET_ERRNO } from "../../memory/layout";
import { EAGAIN, EBADF, EINPROGRESS, EINVAL, ENOMEM, ENOTCONN, ENOTSOCK, ENOTSUP } from "../../abi/errno";
import {
  create_tcp_socket,
  pollable_block,
  pollable_drop,
  tcp_socket_accept,
  tcp_socket_drop,
  tcp_socket_finish_bind,
  tcp_socket_finish_connect,
  tcp_socket_finish_listen,
  tcp_socket_local_address,
  tcp_socket_remote_address,
  tcp_socket_set_keep_alive_enabled,
  tcp_socket_set_listen_backlog_size,
  tcp_socket_start_bind,
  tcp_socket_start_connect,
  tcp_socket_start_listen,
  tcp_socket_subscribe,
} from "../wasi-0-2";
import { familyOf, flatArgument, portOf, SOCKET_ADDRESS_SIZE } from "../socket-address";
import { dropped, expect } from "./lingering";
import { nameOfDatagrams } from "./datagram-calls";
import { instanceNetwork } from "./network";
import { area, outcome } from "./results";
import { CONNECTED_DATAGRAMS, CONNECTING, FAILED, INPUT, LISTENER, STREAM } from "../socket-kinds";
import {
  blocks,
  discard,
  enter,
  handleOf,
  hasDatagrams,
  join,
  kindOf,
  readPollable,
  setBlocking,
  setKind,
  setQuiet,
  socketOf,
} from "./sockets";

/** Linux's default limit: SOMAXCONN. */
const BACKLOG: u64 = 4096;

function newSocket(family: u32): i32 {
  create_tcp_socket(family, area);
  const error = outcome(4);
  return error < 0 ? error : load<i32>(area, 4);
}

/** A listener on an address. Blocking, until `setNonblocking`. */
export function listen(address: usize): i32 {
  const handle = newSocket(familyOf(address));
  if (handle < 0) return handle;
  const error = bindAndListen(handle, address);
  if (error < 0) {
    tcp_socket_drop(handle);
    return error;
  }
  const fd = enter(LISTENER, handle, 0, 0);
  if (fd < 0) return -ENOMEM;
  setBlocking(socketOf(fd), true);
  return fd;
}

function bindAndListen(handle: i32, address: usize): i32 {
  tcp_socket_start_bind(
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
  let error = outcome(1);
  if (error == 0) error = finished(handle, false);
  if (error < 0) return error;
  tcp_socket_set_listen_backlog_size(handle, BACKLOG, area); // a host may ignore it
  tcp_socket_start_listen(handle, area);
  error = outcome(1);
  return error < 0 ? error : finished(handle, true);
}

/** The second step of bind or listen. A host may need a wait between the steps. */
function finished(handle: i32, listening: bool): i32 {
  while (true) {
    if (listening) tcp_socket_finish_listen(handle, area);
    else tcp_socket_finish_bind(handle, area);
    const error = outcome(1);
    if (error != -EAGAIN) return error;
    const pollable = tcp_socket_subscribe(handle);
    pollable_block(pollable);
    pollable_drop(pollable);
  }
}

/** The next connection. It is non-blocking, unless `blocking`. */
export function accept(listener: i32, blocking: bool = false): i32 {
  const socket = socketOf(listener);
  if (socket == 0) return -EBADF;
  if (kindOf(socket) != LISTENER) return -EINVAL;
  while (true) {
    tcp_socket_accept(handleOf(socket), area);
    // Only the listener's pollable tells whether there is another connection.
    setQuiet(socket, true, true);
    const error = outcome(4);
    if (error == 0) break;
    if (error != -EAGAIN || !blocks(socket)) return error;
    pollable_block(readPollable(socket));
  }
  const fd = stream(STREAM, load<i32>(area, 4), load<i32>(area, 8), load<i32>(area, 12));
  if (fd < 0) return fd;
  setBlocking(socketOf(fd), blocking);
  return fd;
}

/** Starts a connection. The descriptor is non-blocking, and writable when the connection is established or has failed. */
export function connect(address: usize): i32 {
  const handle = newSocket(familyOf(address));
  if (handle < 0) return handle;
  tcp_socket_start_connect(
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
  const error = outcome(1);
  if (error < 0) {
    tcp_socket_drop(handle);
    return error;
  }
  return stream(CONNECTING, handle, 0, 0);
}

/** A descriptor for a socket that lingers after its close. If memory cannot grow, drops its resources and returns -ENOMEM. */
function stream(kind: u32, handle: i32, input: i32, output: i32): i32 {
  if (!expect()) {
    discard(handle, input, output);
    return -ENOMEM;
  }
  const fd = enter(kind, handle, input, output);
  if (fd >= 0) return fd;
  dropped();
  return -ENOMEM;
}

/** Whether a connection under way is established or has failed. */
export function isDecided(socket: usize): bool {
  if (kindOf(socket) != CONNECTING) return true;
  tcp_socket_finish_connect(handleOf(socket), area);
  const error = outcome(4);
  if (error == 0) join(socket, load<i32>(area, 4), load<i32>(area, 8));
  else if (error == -EAGAIN) return false;
  else {
    setKind(socket, FAILED);
    store<i32>(socket, error, SOCKET_ERRNO);
  }
  return true;
}

/** The socket's error since the last call: 0, or a negated errno. */
export function takeError(fd: i32): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  if (!isDecided(socket)) return -EINPROGRESS;
  const error = load<i32>(socket, SOCKET_ERRNO);
  if (kindOf(socket) == FAILED) store<i32>(socket, 0, SOCKET_ERRNO);
  return error;
}

/** 0 or a negated errno. */
export function setKeepAlive(fd: i32, on: bool): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  if (kindOf(socket) == INPUT) return -ENOTSOCK;
  if (hasDatagrams(socket)) return -ENOTSUP;
  tcp_socket_set_keep_alive_enabled(handleOf(socket), <u32>on, area);
  return outcome(1);
}

/** Writes the socket's own address to `address`. 0 or a negated errno. */
export function localAddress(fd: i32, address: usize): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  if (kindOf(socket) == INPUT) return -ENOTSOCK;
  if (hasDatagrams(socket)) nameOfDatagrams(socket, false);
  else tcp_socket_local_address(handleOf(socket), area);
  return name(address);
}

/** Writes the peer's address to `address`; -ENOTCONN before the socket is connected. */
export function peerAddress(fd: i32, address: usize): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  if (kindOf(socket) == CONNECTED_DATAGRAMS) nameOfDatagrams(socket, true);
  else if (kindOf(socket) == STREAM) tcp_socket_remote_address(handleOf(socket), area);
  else return -ENOTCONN;
  return name(address);
}

function name(address: usize): i32 {
  const error = outcome(4);
  if (error == 0) memory.copy(address, area + 4, SOCKET_ADDRESS_SIZE);
  return error;
}
