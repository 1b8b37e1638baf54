/** The kernel's view of this process's sockets: options, and segments counted by TCP (tcp(7), TCP_INFO). */
import { readdirSync, readlinkSync } from "node:fs";
import koffi from "koffi";

const libc = koffi.load("libc.so.6");
const getsockopt = libc.func("int getsockopt(int fd, int level, int name, void *value, void *length)");
const socket = libc.func("int socket(int domain, int type, int protocol)");
const listen = libc.func("int listen(int fd, int backlog)");
const socketpair = libc.func("int socketpair(int domain, int type, int protocol, void *fds)");
const pipe2 = libc.func("int pipe2(void *fds, int flags)");
const open = libc.func("int open(const char *path, int flags)");
const getsockname = libc.func("int getsockname(int fd, void *address, void *length)");

export const SOL_SOCKET = 1;
export const SO_ACCEPTCONN = 30;
export const SO_DOMAIN = 39;
export const SO_KEEPALIVE = 9;
export const SO_BROADCAST = 6;
export const IPPROTO_TCP = 6;
export const TCP_NODELAY = 1;
const TCP_INFO = 11;

/** Of `struct tcp_info`, in 32-bit words. */
const DATA_SEGS_IN = 38;

/** getsockopt(2) of an int. Throws where the kernel refuses. */
export function option(fd: number, level: number, name: number): number {
  const value = new Int32Array(2);
  if (getsockopt(fd, level, name, value, new Uint32Array([8])) !== 0) throw new Error(`getsockopt ${level} ${name}`);
  return value[0];
}

/** How many segments with data have come in. Throws unless it is a TCP connection. */
export function segmentsIn(fd: number): number {
  const info = new Uint32Array(64);
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, new Uint32Array([info.byteLength])) !== 0)
    throw new Error(`TCP_INFO of descriptor ${fd}`);
  return info[DATA_SEGS_IN];
}

const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_SEQPACKET = 5;
const O_DIRECT = process.arch === "arm64" ? 0o200000 : 0o40000;
const O_NONBLOCK = 0o4000;

/** A listener without any option set, at a port of the system's choice: what a supervisor hands over. */
export function plainListener(): [fd: number, port: number] {
  const fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || listen(fd, 16) !== 0) throw new Error("socket or listen");
  return [fd, portOf(fd)];
}

/** A Unix pair (unix(7)) of which a receive gives what one send has sent. */
export function packetPair(): [number, number] {
  const fds = new Int32Array(2);
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | O_NONBLOCK, 0, fds) !== 0) throw new Error("socketpair");
  return [fds[0], fds[1]];
}

/** A pipe in packet mode (pipe(2), O_DIRECT): a read gives what one write has written. [read end, write end] */
export function packetPipe(): [number, number] {
  const fds = new Int32Array(2);
  if (pipe2(fds, O_DIRECT | O_NONBLOCK) !== 0) throw new Error("pipe2");
  return [fds[0], fds[1]];
}

/** close(2) of a descriptor from here: Deno's node:fs knows only its own. */
export const close: (fd: number) => number = libc.func("int close(int fd)");

/** Opens a file for reading. Deno's node:fs would later close the same number again, when another file may have it. */
export function openFile(path: string): number {
  const fd = open(path, 0);
  if (fd < 0) throw new Error(`open ${path}`);
  return fd;
}

/** The descriptors of this process's sockets whose own port is `port`: a listener, and what it has accepted. */
export function socketsAt(port: number): number[] {
  return readdirSync("/proc/self/fd")
    .map(Number)
    .filter((fd) => linkOf(fd).startsWith("socket:") && portOf(fd) === port);
}

/** 0 for what has no port. */
function portOf(fd: number): number {
  const name = new DataView(new ArrayBuffer(128));
  const known = getsockname(fd, new Uint8Array(name.buffer), new Uint32Array([128])) === 0;
  return known && INTERNET.includes(name.getUint16(0, true)) ? name.getUint16(2) : 0;
}

const INTERNET = [AF_INET, AF_INET6];

function linkOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return ""; // closed since then, like the folder's own descriptor
  }
}
