/** Listening, accepting and connecting: `wasi:sockets/tcp`, in whose two steps nothing sleeps but `finish-connect`. */
import { SOCKET_ERRNO } from "../../memory/layout";
import { EAGAIN, EBADF, EINPROGRESS, EINVAL, EMFILE, ENOTCONN } from "../errno";
import {
  create_tcp_socket,
  instance_network,
  pollable_block,
  pollable_drop,
  tcp_socket_accept,
  tcp_socket_drop,
  tcp_socket_finish_bind,
  tcp_socket_finish_connect,
  tcp_socket_finish_listen,
  tcp_socket_local_address,
  tcp_socket_remote_address,
  tcp_socket_set_listen_backlog_size,
  tcp_socket_start_bind,
  tcp_socket_start_connect,
  tcp_socket_start_listen,
  tcp_socket_subscribe,
} from "../wasi-0-2";
import { area, outcome } from "./results";
import {
  blocks,
  CONNECTING,
  enter,
  FAILED,
  handleOf,
  join,
  kindOf,
  LISTENER,
  readPollable,
  setBlocking,
  setKind,
  setQuiet,
  socketOf,
  STREAM,
} from "./sockets";

const INET4: u32 = 0;
/** As much as Linux grants without being told more: SOMAXCONN. */
const BACKLOG: u64 = 4096;

/** The network that the host has granted this instance; kept for good. */
let network: i32 = 0;

function newSocket(): i32 {
  if (network == 0) network = instance_network();
  create_tcp_socket(INET4, area);
  const error = outcome(4);
  return error < 0 ? error : load<i32>(area, 4);
}

/** A listener on an IPv4 address, which lies in memory as the network has it. Blocking, until `setNonblocking`. */
export function listen(ip: u32, port: u32): i32 {
  const handle = newSocket();
  if (handle < 0) return handle;
  const error = bindAndListen(handle, ip, port);
  if (error < 0) {
    tcp_socket_drop(handle);
    return error;
  }
  const fd = enter(LISTENER, handle, 0, 0);
  if (fd < 0) return -EMFILE;
  setBlocking(socketOf(fd), true);
  return fd;
}

function bindAndListen(handle: i32, ip: u32, port: u32): i32 {
  const a = ip & 255;
  const b = (ip >> 8) & 255;
  const c = (ip >> 16) & 255;
  tcp_socket_start_bind(handle, network, INET4, port, a, b, c, ip >> 24, 0, 0, 0, 0, 0, 0, area);
  let error = outcome(1);
  if (error == 0) error = finished(handle, false);
  if (error < 0) return error;
  tcp_socket_set_listen_backlog_size(handle, BACKLOG, area); // a wish
  tcp_socket_start_listen(handle, area);
  error = outcome(1);
  return error < 0 ? error : finished(handle, true);
}

/** The second step of binding or of listening; a host may have something to wait for in between. */
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

/** The next connection; non-blocking, unless its calls shall sleep. */
export function accept(listener: i32, blocking: bool = false): i32 {
  const socket = socketOf(listener);
  if (socket == 0) return -EBADF;
  if (kindOf(socket) != LISTENER) return -EINVAL;
  while (true) {
    tcp_socket_accept(handleOf(socket), area);
    // Whether there is another one, the listener's pollable knows.
    setQuiet(socket, true, true);
    const error = outcome(4);
    if (error == 0) break;
    if (error != -EAGAIN || !blocks(socket)) return error;
    pollable_block(readPollable(socket));
  }
  const fd = enter(STREAM, load<i32>(area, 4), load<i32>(area, 8), load<i32>(area, 12));
  if (fd < 0) return -EMFILE;
  setBlocking(socketOf(fd), blocking);
  return fd;
}

/** Starts a connection. The descriptor is non-blocking, and writable when the connection is made or has failed. */
export function connect(ip: u32, port: u32): i32 {
  const handle = newSocket();
  if (handle < 0) return handle;
  const a = ip & 255;
  const b = (ip >> 8) & 255;
  const c = (ip >> 16) & 255;
  tcp_socket_start_connect(handle, network, INET4, port, a, b, c, ip >> 24, 0, 0, 0, 0, 0, 0, area);
  const error = outcome(1);
  if (error < 0) {
    tcp_socket_drop(handle);
    return error;
  }
  const fd = enter(CONNECTING, handle, 0, 0);
  return fd < 0 ? -EMFILE : fd;
}

/** Has a connection that was being made come to an end, good or bad? */
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

/** What went wrong on the socket since this was last asked: 0, or a negated errno. */
export function takeError(fd: i32): i32 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  if (!isDecided(socket)) return -EINPROGRESS;
  const error = load<i32>(socket, SOCKET_ERRNO);
  if (kindOf(socket) == FAILED) store<i32>(socket, 0, SOCKET_ERRNO);
  return error;
}

/** An IPv4 address, with the port in the upper half; or a negated errno. */
export function localAddress(fd: i32): i64 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  tcp_socket_local_address(handleOf(socket), area);
  return name();
}

/** The same of the other end: -ENOTCONN before there is one. */
export function peerAddress(fd: i32): i64 {
  const socket = socketOf(fd);
  if (socket == 0) return -EBADF;
  if (kindOf(socket) != STREAM) return -ENOTCONN;
  tcp_socket_remote_address(handleOf(socket), area);
  return name();
}

function name(): i64 {
  const error = outcome(4);
  if (error < 0) return error;
  return ((<i64>load<u16>(area, 8)) << 32) | <i64>load<u32>(area, 10);
}
