/**
 * Socket options by WasmEdge's numbers (thirdparty/wasi/api.hpp, `__wasi_sock_opt_level_t` and `__wasi_sock_opt_so_t`).
 * WasmEdge has no number for TCP_NODELAY, so it has Linux's: level 6 (IPPROTO_TCP), name 1.
 *
 * Values are ints, except `struct linger` {i32 on, i32 seconds} and `struct timeval` {i64 seconds, i64 microseconds}.
 * docs/host.md lists the options that each driver keeps.
 */

import { Errno } from "../../abi/errno.ts";
import {
  BROADCAST,
  KEEP_ALIVE,
  NO_DELAY,
  RECEIVE_BUFFER,
  RESET_ON_CLOSE,
  SEND_BUFFER,
} from "../../drivers/contract/socket-options.ts";
import { DatagramSocket } from "../../kernel/datagrams.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Socket } from "../../kernel/socket-kinds.ts";
import { FreshSocket, Listener } from "../../kernel/sockets.ts";
import { DATAGRAM, STREAM } from "./numbers.ts";

const SOL_SOCKET = 0;
const SO_REUSEADDR = 0;
const SO_TYPE = 1;
const SO_ERROR = 2;
const SO_BROADCAST = 4;
const SO_SNDBUF = 5;
const SO_RCVBUF = 6;
const SO_KEEPALIVE = 7;
const SO_LINGER = 9;
const SO_RCVTIMEO = 11;
const SO_SNDTIMEO = 12;
const SO_ACCEPTCONN = 13;

const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;

const INT = 4;
/** struct linger: int l_onoff, int l_linger. */
const LINGER = 8;
const LINGER_SECONDS = 4;
/** struct timeval: i64 tv_sec, i64 tv_usec. */
const TIMEVAL = 16;
const MICROSECONDS = 8;
const SECOND = 1e9;
const MICROSECOND = 1e3;
const { DOM, FAULT, INVAL, NOPROTOOPT, NOTSUP } = Errno;

/** The options of SOL_SOCKET that drivers keep. */
const KEPT: Readonly<Record<number, number>> = {
  [SO_BROADCAST]: BROADCAST,
  [SO_SNDBUF]: SEND_BUFFER,
  [SO_RCVBUF]: RECEIVE_BUFFER,
  [SO_KEEPALIVE]: KEEP_ALIVE,
  [SO_LINGER]: RESET_ON_CLOSE,
};

/** The driver's number of an option; -1 if drivers do not have it. */
function keptBy(socket: Socket, level: number, name: number): number {
  if (level === SOL_SOCKET) return KEPT[name] ?? -1;
  return level === IPPROTO_TCP && name === TCP_NODELAY && !(socket instanceof DatagramSocket) ? NO_DELAY : -1;
}

/** Bytes of an option's value. */
function sizeOf(level: number, name: number): number {
  if (level !== SOL_SOCKET) return INT;
  if (name === SO_LINGER) return LINGER;
  return name === SO_RCVTIMEO || name === SO_SNDTIMEO ? TIMEVAL : INT;
}

/** The handle that has the options; -1 before there is one. */
function handleOf(socket: Socket): number {
  return socket instanceof FreshSocket ? (socket.connecting?.handle ?? socket.bound) : socket.handle;
}

/**
 * getsockopt(2). `length` is a pointer to the size, or the size itself: no program has its data there. Returns EFAULT;
 * EINVAL for a short buffer; ENOPROTOOPT for an unknown option; ENOTSUP for an option that the driver does not have.
 */
export function readOption(
  host: Kernel,
  socket: Socket,
  level: number,
  name: number,
  value: number,
  length: number,
): number {
  const { memory, driver } = host;
  const size = sizeOf(level, name);
  const bySize = length === size;
  if (!bySize && !memory.holds(length, 4)) return FAULT;
  const room = bySize ? size : memory.view.getUint32(length, true);
  if (!memory.holds(value, room)) return FAULT;
  if (room < size) return INVAL;
  const { view } = memory;
  if (size === TIMEVAL) {
    const timeout = name === SO_RCVTIMEO ? socket.receiveTimeout : socket.sendTimeout;
    view.setBigInt64(value, BigInt(Math.floor(timeout / SECOND)), true);
    view.setBigInt64(value + MICROSECONDS, BigInt(Math.floor((timeout % SECOND) / MICROSECOND)), true);
  } else {
    const option = keptBy(socket, level, name);
    const handle = handleOf(socket);
    let answer: number;
    if (option < 0) answer = level === SOL_SOCKET ? ownOption(host, socket, name) : -NOPROTOOPT;
    else if (keepsOptions(socket)) answer = socket.options.get(driver, handle, option);
    else answer = handle >= 0 ? (driver.options?.get(handle, option) ?? -NOTSUP) : -NOTSUP;
    if (answer < 0) return -answer;
    view.setInt32(value, answer, true);
    if (size === LINGER) view.setInt32(value + LINGER_SECONDS, 0, true);
  }
  if (!bySize) view.setUint32(length, size, true);
  return 0;
}

/** The value that the host knows by itself, or -ENOPROTOOPT. */
function ownOption({ driver }: Kernel, socket: Socket, name: number): number {
  if (name === SO_ERROR) return socket.handle < 0 ? 0 : driver.takeError(socket.handle);
  if (name === SO_TYPE) return socket instanceof DatagramSocket ? DATAGRAM : STREAM;
  if (name === SO_ACCEPTCONN) return socket instanceof Listener ? 1 : 0;
  if (name === SO_REUSEADDR) return socket instanceof DatagramSocket ? 0 : 1;
  return -NOPROTOOPT;
}

/**
 * setsockopt(2). Returns EFAULT; EINVAL for a short value; EDOM for an invalid time; ENOPROTOOPT for an option that is unknown
 * or cannot be set; ENOTSUP for a value that the driver cannot keep.
 */
export function writeOption(
  host: Kernel,
  socket: Socket,
  level: number,
  name: number,
  value: number,
  length: number,
): number {
  const { driver, memory } = host;
  const { view } = memory;
  if (!memory.holds(value, length)) return FAULT;
  const size = sizeOf(level, name);
  if (length < size) return INVAL;
  if (size === TIMEVAL)
    return setTimeout(socket, name, view.getBigInt64(value, true), view.getBigInt64(value + MICROSECONDS, true));
  const wanted = view.getInt32(value, true);
  if (level === SOL_SOCKET && name === SO_REUSEADDR) return reuseAddress(socket, wanted !== 0);
  const option = keptBy(socket, level, name);
  if (option < 0) return NOPROTOOPT;
  // A close that waits for the peer would block the thread, which other guests may share.
  if (size === LINGER && wanted !== 0 && view.getInt32(value + LINGER_SECONDS, true) !== 0) return NOTSUP;
  const isBuffer = option === SEND_BUFFER || option === RECEIVE_BUFFER;
  const given = isBuffer ? wanted : Number(wanted !== 0);
  const handle = handleOf(socket);
  if (keepsOptions(socket)) return 0 - socket.options.set(driver, handle, option, given);
  return handle >= 0 ? 0 - (driver.options?.set(handle, option, given) ?? -NOTSUP) : NOTSUP;
}

/** Whether it is an internet socket that keeps its options until it has a handle. Unix sockets lack TCP's options. */
function keepsOptions(socket: Socket): socket is FreshSocket | DatagramSocket {
  return socket instanceof DatagramSocket || (socket instanceof FreshSocket && socket.family !== "unix");
}

/**
 * Drivers set it on every listener. Some libraries (Go's net, stealthrocket/net) also set it on datagram sockets, where
 * it would let other programs take the port. There it has no effect, and a bind that it would have allowed is
 * EADDRINUSE.
 */
function reuseAddress(socket: Socket, on: boolean): number {
  return on || socket instanceof DatagramSocket ? 0 : NOTSUP;
}

/** 0 is no timeout. */
function setTimeout(socket: Socket, name: number, seconds: bigint, microseconds: bigint): number {
  if (seconds < 0n || microseconds < 0n || microseconds >= 1_000_000n) return DOM;
  const nanoseconds = Number(seconds) * SECOND + Number(microseconds) * MICROSECOND;
  if (name === SO_RCVTIMEO) socket.receiveTimeout = nanoseconds;
  else socket.sendTimeout = nanoseconds;
  return 0;
}
