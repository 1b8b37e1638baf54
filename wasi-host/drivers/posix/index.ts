/**
 * The posix driver: Linux's own sockets through the C library. Handles are operating system descriptors, all of them
 * non-blocking; bytes go between the kernel and linear memory with nothing in between.
 */
import { Errno } from "../../errno.ts";
import { SystemError } from "../../system-error.ts";
import type { Driver, EdgeQueue, MutableAddress, RecvFlags, SocketAddress } from "../driver.ts";
import { POLLFD_WORDS, setPollfd } from "../pollfd.ts";
import { receiveFrom, sendTo } from "./datagrams.ts";
import { PosixEdges } from "./edges.ts";
import { addressOf, failure, libc, NativeBuffer, orFailure, timespecOf, wasiErrno } from "./libc.ts";
import { noteOpened } from "./open-descriptors.ts";
import { AF_UNIX, decode, encode, familyOf, SOCKADDR_SIZE } from "./sockaddr.ts";
import { Transfers } from "./transfers.ts";
import { UnixPaths } from "./unix-paths.ts";
import { acquire, release, watch } from "./watcher.ts";

const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_ERROR = 4;
const MSG_PEEK = 2;
const MSG_NOSIGNAL = 0x4000;
const F_SETFL = 4;
const F_GETFL = 3;
const FIONREAD = 0x541b;
const IN = 1;

const scratch = new NativeBuffer(SOCKADDR_SIZE + 16);
const scratchBytes = new Uint8Array(scratch.buffer);

export class PosixDriver implements Driver {
  readonly name = "posix";
  readonly supports = { adopt: true };
  readonly #handles = new Set<number>();
  readonly #queues = new Set<PosixEdges>();
  readonly #paths = new UnixPaths();
  #bytes: Uint8Array = new Uint8Array(0);
  #base = 0;
  #fds: Int32Array = new Int32Array(0);
  #fdsAddress = 0;
  #disposed = false;
  readonly #transfers = new Transfers(this);

  constructor() {
    acquire();
  }

  listen(address: SocketAddress, backlog = 4096): number {
    const subject = address.port === -1 ? address.host : `${address.host}:${address.port}`;
    const fd = this.#socket(address, subject);
    scratch.view.setInt32(0, 1, true);
    libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, scratch.buffer, 4);
    const bytes = encode(address);
    if (address.port === -1) this.#paths.removeStale(address.host);
    if (libc.bind(fd, bytes, bytes.length) < 0) this.#refuse(fd, "bind", subject);
    if (address.port === -1) this.#paths.add(fd, address.host);
    if (libc.listen(fd, backlog) < 0) this.#refuse(fd, "listen", subject);
    return fd;
  }

  connect(address: SocketAddress): number {
    const subject = address.port === -1 ? address.host : `${address.host}:${address.port}`;
    const fd = this.#socket(address, subject);
    const bytes = encode(address);
    if (libc.connect(fd, bytes, bytes.length) < 0 && failure() !== -Errno.INPROGRESS) {
      this.#refuse(fd, "connect", subject);
    }
    return fd;
  }

  #socket(address: SocketAddress, subject: string, type = SOCK_STREAM): number {
    const fd = libc.socket(familyOf(address), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) throw new SystemError(-failure(), "socket", subject);
    this.#handles.add(fd);
    return fd;
  }

  #refuse(fd: number, syscall: string, subject: string): never {
    const error = new SystemError(-failure(), syscall, subject);
    this.close(fd);
    throw error;
  }

  socketPair(): [number, number] {
    if (libc.socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, scratch.buffer) < 0) {
      throw new SystemError(-failure(), "socketpair");
    }
    return this.#both();
  }

  pipe(): [number, number] {
    if (libc.pipe2(scratch.buffer, SOCK_NONBLOCK | SOCK_CLOEXEC) < 0) throw new SystemError(-failure(), "pipe2");
    return this.#both();
  }

  #both(): [number, number] {
    const pair: [number, number] = [scratch.view.getInt32(0, true), scratch.view.getInt32(4, true)];
    for (const fd of pair) {
      noteOpened(fd);
      this.#handles.add(fd);
    }
    return pair;
  }

  adopt(osDescriptor: number): number {
    const flags = libc.fcntl(osDescriptor, F_GETFL, 0);
    if (flags < 0) throw new SystemError(-failure(), "fcntl", String(osDescriptor));
    libc.fcntl(osDescriptor, F_SETFL, flags | SOCK_NONBLOCK);
    this.#transfers.foreign.add(osDescriptor);
    return osDescriptor;
  }

  accept(listener: number): number {
    const fd = libc.accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return failure();
    this.#handles.add(fd);
    return fd;
  }

  recv(handle: number, bytes: Uint8Array, offset: number, length: number, flags: RecvFlags): number {
    const address = this.#addressOf(bytes) + offset;
    const count = libc.recv(handle, address, length, (flags & 1) === 0 ? 0 : MSG_PEEK);
    if (count >= 0) return count;
    const error = failure();
    if (error !== -Errno.NOTSOCK) return error;
    return (flags & 1) !== 0 ? -Errno.NOTSUP : orFailure(libc.read(handle, address, length));
  }

  send(handle: number, bytes: Uint8Array, offset: number, length: number): number {
    const address = this.#addressOf(bytes) + offset;
    const count = libc.send(handle, address, length, MSG_NOSIGNAL);
    if (count >= 0) return count;
    const error = failure();
    return error === -Errno.NOTSOCK ? orFailure(libc.write(handle, address, length)) : error;
  }

  transfer(list: Int32Array, count: number, bytes: Uint8Array): void {
    this.#transfers.make(list, count, bytes, this.#addressOf(bytes));
  }

  datagrams(address: SocketAddress): number {
    const subject = address.port === -1 ? address.host : `${address.host}:${address.port}`;
    const fd = this.#socket(address, subject, SOCK_DGRAM);
    const bytes = encode(address);
    if (libc.bind(fd, bytes, bytes.length) < 0) this.#refuse(fd, "bind", subject);
    return fd;
  }

  connectDatagrams(handle: number, peer: SocketAddress): number {
    const bytes = encode(peer);
    return orFailure(libc.connect(handle, bytes, bytes.length));
  }

  sendTo(handle: number, bytes: Uint8Array, offset: number, length: number, to: SocketAddress): number {
    return sendTo(handle, this.#addressOf(bytes) + offset, length, to);
  }

  recvFrom(
    handle: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    flags: RecvFlags,
    from: MutableAddress,
  ): number {
    return receiveFrom(handle, this.#addressOf(bytes) + offset, length, flags, from);
  }

  /** Asked once for each memory, and again when it has grown into another buffer. */
  #addressOf(bytes: Uint8Array): number {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#base = addressOf(bytes);
    }
    return this.#base;
  }

  shutdown(handle: number, how: number): number {
    return orFailure(libc.shutdown(handle, how - 1));
  }

  close(handle: number): number {
    this.#handles.delete(handle);
    this.#transfers.foreign.delete(handle);
    this.#paths.remove(handle);
    return orFailure(libc.close(handle));
  }

  available(handle: number): number {
    scratch.view.setInt32(0, 0, true);
    return libc.ioctl(handle, FIONREAD, scratch.buffer) < 0 ? 0 : scratch.view.getInt32(0, true);
  }

  takeError(handle: number): number {
    scratch.view.setInt32(0, 0, true);
    scratch.view.setInt32(8, 4, true);
    const value = scratchBytes.subarray(0, 4);
    return libc.getsockopt(handle, SOL_SOCKET, SO_ERROR, value, scratchBytes.subarray(8, 12)) < 0
      ? -failure()
      : wasiErrno(scratch.view.getInt32(0, true));
  }

  localAddress(handle: number): SocketAddress | undefined {
    return this.#nameOf(libc.getsockname, handle);
  }

  peerAddress(handle: number): SocketAddress | undefined {
    return this.#nameOf(libc.getpeername, handle);
  }

  #nameOf(call: typeof libc.getsockname, handle: number): SocketAddress | undefined {
    scratch.view.setInt32(SOCKADDR_SIZE, SOCKADDR_SIZE, true);
    const length = scratchBytes.subarray(SOCKADDR_SIZE, SOCKADDR_SIZE + 4);
    if (call(handle, scratchBytes, length) < 0) return undefined;
    return decode(scratchBytes, scratch.view.getInt32(SOCKADDR_SIZE, true));
  }

  poll(fds: Int32Array, count: number, timeout: number, edges?: EdgeQueue): number {
    let entries = count;
    if (edges instanceof PosixEdges) setPollfd(fds, entries++, edges.descriptor, IN);
    const address = this.#addressOfPollfds(fds);
    const ready =
      timeout === 0
        ? look(address, entries)
        : libc.ppoll(address, entries, timeout === Infinity ? 0 : timespecOf(timeout), 0);
    if (ready < 0) return failure() === -Errno.INTR ? 0 : failure();
    return entries > count && fds[count * 2 + 1] >>> 16 !== 0 ? ready - 1 : ready;
  }

  #addressOfPollfds(fds: Int32Array): number {
    if (fds !== this.#fds) {
      this.#fds = fds;
      this.#fdsAddress = addressOf(new Uint8Array(fds.buffer, fds.byteOffset, fds.byteLength));
    }
    return this.#fdsAddress;
  }

  async pollAsync(
    fds: Int32Array,
    count: number,
    timeout: number,
    edges: EdgeQueue | undefined,
    cancel: AbortSignal,
  ): Promise<number> {
    if (cancel.aborted) return 0;
    const found = this.poll(fds, count, 0, edges);
    if (found !== 0 || timeout <= 0 || edges?.park(0)) return found;
    const queue = edges instanceof PosixEdges ? edges : undefined;
    try {
      await watch(fds, count, queue?.hold() ?? -1, timeout, cancel);
    } finally {
      queue?.release();
    }
    return cancel.aborted ? 0 : this.poll(fds, count, 0, edges);
  }

  edges(): EdgeQueue {
    const queue = new PosixEdges();
    this.#queues.add(queue);
    return queue;
  }

  dispose(): void {
    this.#transfers.close();
    for (const queue of this.#queues) queue.close();
    for (const fd of this.#handles) this.close(fd);
    this.#queues.clear();
    this.#handles.clear();
    if (!this.#disposed) release();
    this.#disposed = true;
  }
}

/**
 * poll(2) that does not sleep. It refuses more entries than the process may have descriptors (EINVAL), though many may name
 * the same one, or none: those are looked at by halves.
 */
function look(address: number, entries: number): number {
  const ready = libc.poll(address, entries, 0);
  if (ready >= 0 || entries < 2 || failure() !== -Errno.INVAL) return ready;
  const half = entries >> 1;
  const first = look(address, half);
  const second = first < 0 ? first : look(address + half * POLLFD_WORDS * 4, entries - half);
  return second < 0 ? second : first + second;
}
