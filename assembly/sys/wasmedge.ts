/**
 * Sockets that the program opens: the first version of WasmEdge's extension of preview1, which Pollux, WasmEdge and wasi-go have under
 * these names. All calls of `wasip1.ts` work on these sockets.
 *
 * A host without the extension cannot link a program that uses one of these functions.
 */
import { EINPROGRESS } from "../abi/errno";
import {
  sock_connect,
  sock_getlocaladdr,
  sock_getpeeraddr,
  sock_getsockopt,
  sock_open,
} from "./wasi_snapshot_preview1";
import { beginIpv4, bytesOf, portOf } from "./socket-address";
import { close, setNonblocking } from "./wasip1";

const INET4: u32 = 1;
const STREAM: u32 = 2;
const SOL_SOCKET: u32 = 0;
const SO_ERROR: u32 = 2;

/** `{u32 buffer, u32 length}`, then two result cells. */
const FIRST: usize = 8;
const SECOND: usize = 12;
const cells = memory.data(16, 8);
/** What a host may write at the most: an IPv6 address. */
const MOST_BYTES: u32 = 16;

/** The bytes of an address in place, for a call that reads or writes so many. */
function buffer(address: usize, length: u32): usize {
  store<u32>(cells, bytesOf(address));
  store<u32>(cells, length, 4);
  return cells;
}

/**
 * Starts a TCP connection to an IPv4 address (`socket-address.ts`). The descriptor is non-blocking, and writable when
 * the connection is made or has failed; or a negated errno (EACCES where the host does not grant it).
 */
export function connect(address: usize): i32 {
  const refused = sock_open(INET4, STREAM, cells + FIRST);
  if (refused != 0) return -(<i32>refused);
  const fd = load<i32>(cells, FIRST);
  let errno: i32 = -setNonblocking(fd);
  if (errno == 0) {
    errno = sock_connect(fd, buffer(address, 4), portOf(address));
    if (errno == 0 || errno == EINPROGRESS) return fd;
  }
  close(fd); // return the first error
  return -errno;
}

/** The socket's error since the last call (SO_ERROR): 0, or a negated errno. */
export function takeError(fd: i32): i32 {
  store<u32>(cells, 4, SECOND);
  const errno: i32 = sock_getsockopt(fd, SOL_SOCKET, SO_ERROR, cells + FIRST, cells + SECOND);
  return errno != 0 ? -errno : -load<i32>(cells, FIRST);
}

/** Writes the socket's own IPv4 address to `address`. 0 or a negated errno. */
export function localAddress(fd: i32, address: usize): i32 {
  return name(sock_getlocaladdr(fd, buffer(address, MOST_BYTES), cells + FIRST, cells + SECOND), address);
}

/** Writes the peer's address to `address`; -ENOTCONN before the socket is connected. */
export function peerAddress(fd: i32, address: usize): i32 {
  return name(sock_getpeeraddr(fd, buffer(address, MOST_BYTES), cells + FIRST, cells + SECOND), address);
}

function name(errno: u32, address: usize): i32 {
  beginIpv4(address, load<u32>(cells, SECOND));
  return -(<i32>errno);
}
