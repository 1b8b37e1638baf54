/**
 * Sockets that the program opens by itself: WasmEdge's extension of preview1, beside which everything else of `wasip1.ts`
 * works on them. In its first version, which Pollux, WasmEdge and wasi-go have under these names.
 *
 * A program with one of these functions in it does not start on a host that lacks the extension: it cannot be linked.
 */
import { EINPROGRESS } from "./errno";
import {
  sock_connect,
  sock_getlocaladdr,
  sock_getpeeraddr,
  sock_getsockopt,
  sock_open,
} from "./wasi_snapshot_preview1";
import { close, setNonblocking } from "./wasip1";

const INET4: u32 = 1;
const STREAM: u32 = 2;
const SOL_SOCKET: u32 = 0;
const SO_ERROR: u32 = 2;

/** `{u32 buffer, u32 length}`, the buffer of 16 bytes behind it, then two result cells. */
const ADDRESS: usize = 0;
const BUFFER: usize = 8;
const FIRST: usize = 24;
const SECOND: usize = 28;
const cells = memory.data(32, 8);

function address(length: u32): usize {
  store<u32>(cells, cells + BUFFER, ADDRESS);
  store<u32>(cells, length, ADDRESS + 4);
  return cells + ADDRESS;
}

/**
 * Starts a TCP connection; `ip` lies in memory as the network has it. The descriptor is non-blocking, and writable when
 * the connection is made or has failed; or a negated errno (EACCES where the host does not grant it).
 */
export function connect(ip: u32, port: u32): i32 {
  const refused = sock_open(INET4, STREAM, cells + FIRST);
  if (refused != 0) return -(<i32>refused);
  const fd = load<i32>(cells, FIRST);
  setNonblocking(fd);
  const pointer = address(4);
  store<u32>(cells, ip, BUFFER);
  const errno: i32 = sock_connect(fd, pointer, port);
  if (errno == 0 || errno == EINPROGRESS) return fd;
  close(fd);
  return -errno;
}

/** What went wrong on the socket since this was last asked (SO_ERROR): 0, or a negated errno. */
export function takeError(fd: i32): i32 {
  store<u32>(cells, 4, SECOND);
  const errno: i32 = sock_getsockopt(fd, SOL_SOCKET, SO_ERROR, cells + FIRST, cells + SECOND);
  return errno != 0 ? -errno : -load<i32>(cells, FIRST);
}

/** An IPv4 address, with the port in the upper half; or a negated errno. */
export function localAddress(fd: i32): i64 {
  return name(sock_getlocaladdr(fd, address(16), cells + FIRST, cells + SECOND));
}

/** The same of the other end: -ENOTCONN before there is one. */
export function peerAddress(fd: i32): i64 {
  return name(sock_getpeeraddr(fd, address(16), cells + FIRST, cells + SECOND));
}

function name(errno: u32): i64 {
  return errno != 0 ? -(<i64>errno) : ((<i64>load<u32>(cells, SECOND)) << 32) | <i64>load<u32>(cells, BUFFER);
}
