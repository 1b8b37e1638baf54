/**
 * Sockets that the program opens: the first version of WasmEdge's extension of preview1. Pollux, WasmEdge and wasi-go
 * have it under these names. All calls of `wasip1.ts` work on these sockets.
 *
 * A host without the extension cannot link a program that uses one of these functions.
 */
import { EINPROGRESS } from "../abi/errno";
import {
  sock_bind,
  sock_connect,
  sock_getlocaladdr,
  sock_getpeeraddr,
  sock_getsockopt,
  sock_open,
  sock_recv_from_v2,
  sock_send_to,
  sock_setsockopt,
} from "./wasi_snapshot_preview1";
import { beginIpv4, beginIpv6, bytesOf, familyOf, INET6, portOf, segmentsOf } from "./socket-address";
import { close, setNonblocking } from "./wasip1";

/** Address families: one more than those of `socket-address.ts`. */
const FAMILY: u32 = 1;
const DATAGRAM: u32 = 1;
const STREAM: u32 = 2;
const SOL_SOCKET: u32 = 0;
const SO_ERROR: u32 = 2;
const SO_KEEPALIVE: u32 = 7;
/** WasmEdge has no numbers for these: they are Linux's. */
const IPPROTO_TCP: u32 = 6;
const TCP_NODELAY: u32 = 1;

const IPV4_LENGTH: u32 = 4;
const IPV6_LENGTH: u32 = 16;
/** The family of a result. */
const IPV6_RESULT: u32 = 6;
/** An address with its family before it. */
const STORAGE_LENGTH: u32 = 128;
const STORAGE_BYTES: usize = 2;
const STORAGE_INET6: u32 = 2;

/** `{u32 buffer, u32 length}`, then two result cells. */
const FIRST: usize = 8;
const SECOND: usize = 12;
const cells = memory.data(16, 8);
/** The bytes of an address, in the order of the network. */
const bytes = memory.data(STORAGE_LENGTH, 8);
/** `{u32 buffer, u32 length}` of a datagram, then the flags of a receive. */
const FLAGS: usize = 8;
const vector = memory.data(12, 8);

/** The address as a call takes it. */
function given(address: usize): usize {
  if (familyOf(address) == INET6) {
    memory.copy(bytes, segmentsOf(address), IPV6_LENGTH);
    swap(bytes);
    return buffer(IPV6_LENGTH);
  }
  memory.copy(bytes, bytesOf(address), IPV4_LENGTH);
  return buffer(IPV4_LENGTH);
}

/** `length` bytes, for a call that reads or writes an address. */
function buffer(length: u32): usize {
  store<u32>(cells, bytes);
  store<u32>(cells, length, 4);
  return cells;
}

/** Between the numbers of linear memory and the order of the network: the eight segments at `at`. */
function swap(at: usize): void {
  for (const end = at + IPV6_LENGTH; at < end; at += 2) store<u16>(at, bswap<u16>(load<u16>(at)));
}

function tell(address: usize, isIpv6: bool, source: usize, port: u32): void {
  if (!isIpv6) {
    beginIpv4(address, port);
    memory.copy(bytesOf(address), source, IPV4_LENGTH);
    return;
  }
  beginIpv6(address, port);
  memory.copy(segmentsOf(address), source, IPV6_LENGTH);
  swap(segmentsOf(address));
}

/** A socket for addresses of the same family, or a negated errno. */
function open(address: usize, type: u32): i32 {
  const errno = sock_open(familyOf(address) + FAMILY, type, cells + FIRST);
  return errno != 0 ? -(<i32>errno) : load<i32>(cells, FIRST);
}

/** Returns the first error. */
function closed(fd: i32, errno: i32): i32 {
  close(fd);
  return -errno;
}

/**
 * Starts a TCP connection to an address (`socket-address.ts`). The descriptor is non-blocking, and writable when the connection is
 * made or has failed; or a negated errno (EACCES where the host does not grant it).
 */
export function connect(address: usize): i32 {
  const fd = open(address, STREAM);
  if (fd < 0) return fd;
  let errno: i32 = -setNonblocking(fd);
  if (errno == 0) {
    errno = sock_connect(fd, given(address), portOf(address));
    if (errno == 0 || errno == EINPROGRESS) return fd;
  }
  return closed(fd, errno);
}

/** A datagram socket with an address (`socket-address.ts`), non-blocking; or a negated errno. */
export function openDatagrams(address: usize): i32 {
  const fd = open(address, DATAGRAM);
  if (fd < 0) return fd;
  let errno: i32 = sock_bind(fd, given(address), portOf(address));
  if (errno == 0) errno = -setNonblocking(fd);
  return errno == 0 ? fd : closed(fd, errno);
}

/** Sets the peer of a datagram socket. 0 or a negated errno. */
export function connectDatagrams(fd: i32, address: usize): i32 {
  return -(<i32>sock_connect(fd, given(address), portOf(address)));
}

/** Sends a datagram. The number of its bytes, or a negated errno. */
export function sendTo(fd: i32, data: usize, length: i32, address: usize): i32 {
  const errno = sock_send_to(fd, datagram(data, length), 1, given(address), portOf(address), 0, cells + FIRST);
  return errno != 0 ? -(<i32>errno) : load<i32>(cells, FIRST);
}

/** Receives a datagram, and writes its sender to `address`. The number of its bytes, or a negated errno. */
export function receiveFrom(fd: i32, data: usize, length: i32, address: usize): i32 {
  store<u32>(bytes, 0);
  store<u32>(cells, 0, SECOND);
  const place = buffer(STORAGE_LENGTH);
  const errno = sock_recv_from_v2(
    fd,
    datagram(data, length),
    1,
    place,
    0,
    cells + SECOND,
    cells + FIRST,
    vector + FLAGS,
  );
  if (errno != 0) return -(<i32>errno);
  tell(address, load<u16>(bytes) == STORAGE_INET6, bytes + STORAGE_BYTES, load<u16>(cells, SECOND));
  return load<i32>(cells, FIRST);
}

function datagram(data: usize, length: i32): usize {
  store<u32>(vector, data);
  store<i32>(vector, length, 4);
  return vector;
}

/** The socket's error since the last call (SO_ERROR): 0, or a negated errno. */
export function takeError(fd: i32): i32 {
  store<u32>(cells, 4, SECOND);
  const errno: i32 = sock_getsockopt(fd, SOL_SOCKET, SO_ERROR, cells + FIRST, cells + SECOND);
  return errno != 0 ? -errno : -load<i32>(cells, FIRST);
}

/** TCP_NODELAY. 0 or a negated errno. */
export function setNoDelay(fd: i32, on: bool): i32 {
  return setOption(fd, IPPROTO_TCP, TCP_NODELAY, on);
}

/** SO_KEEPALIVE. 0 or a negated errno. */
export function setKeepAlive(fd: i32, on: bool): i32 {
  return setOption(fd, SOL_SOCKET, SO_KEEPALIVE, on);
}

function setOption(fd: i32, level: u32, name: u32, on: bool): i32 {
  store<u32>(cells, <u32>on, FIRST);
  return -(<i32>sock_setsockopt(fd, level, name, cells + FIRST, 4));
}

/** Writes the socket's own address to `address`. 0 or a negated errno. */
export function localAddress(fd: i32, address: usize): i32 {
  return name(sock_getlocaladdr(fd, buffer(IPV6_LENGTH), cells + FIRST, cells + SECOND), address);
}

/** Writes the peer's address to `address`; -ENOTCONN before the socket is connected. */
export function peerAddress(fd: i32, address: usize): i32 {
  return name(sock_getpeeraddr(fd, buffer(IPV6_LENGTH), cells + FIRST, cells + SECOND), address);
}

function name(errno: u32, address: usize): i32 {
  if (errno == 0) tell(address, load<u32>(cells, FIRST) == IPV6_RESULT, bytes, load<u32>(cells, SECOND));
  return -(<i32>errno);
}
