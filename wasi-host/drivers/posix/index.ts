/**
 * The posix driver: Linux's sockets through the C library. Handles are operating system descriptors, all non-blocking. Bytes
 * move directly between the kernel and linear memory.
 */
import { Errno } from "../../abi/errno.ts";
import { IN } from "../../abi/readiness.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { unixPlace } from "../../addresses/unix-place.ts";
import { subjectOf } from "../../addresses/zones.ts";
import { SystemError } from "../../errors/system-error.ts";
import { monotonic, realtime } from "../../runtime/clock.ts";
import type { Adoption, Batches, BoundStreams, RecvFlags, SocketOptions } from "../contract/capabilities.ts";
import type { Driver, EdgeQueue } from "../contract/driver.ts";
import type { IoVector } from "../contract/io-vector.ts";
import { checkDriverOptions } from "../contract/option-checks.ts";
import { revents, setPollfd } from "../contract/pollfd.ts";
import { NO_DELAY } from "../contract/socket-options.ts";
import { callOn, numbers } from "./call-list.ts";
import { PosixDatagrams } from "./datagrams.ts";
import { PosixEdges } from "./edges.ts";
import { addressOf, failure, libc, NativeBuffer, orFailure, wasiErrno } from "./libc.ts";
import { MemoryAddresses } from "./memory-addresses.ts";
import { MSG_NOSIGNAL, MSG_PEEK } from "./message-flags.ts";
import { readBuffers, receiveMessage, sendMessage, writeBuffers } from "./messages.ts";
import { noteOpened } from "./open-descriptors.ts";
import { look, sleep } from "./poll.ts";
import { random } from "./random.ts";
import { AF_INET, AF_UNIX, decode, encode, encodeOrFail, familyOf, SOCKADDR_SIZE } from "./sockaddr.ts";
import { readOption, setIpv6Only, writeOption } from "./socket-options.ts";
import { heardNews, newsDescriptor, withinReach } from "./thread-end.ts";
import { transferAll } from "./transfers.ts";
import { UnixPaths } from "./unix-paths.ts";
import { acquire, release, watch } from "./watcher.ts";

const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_ERROR = 4;
const SO_ACCEPTCONN = 30;
const F_SETFL = 4;
const F_GETFL = 3;
const FIONREAD = 0x541b;

const scratch = new NativeBuffer(SOCKADDR_SIZE + 16);
const scratchBytes = new Uint8Array(scratch.buffer);

/** Options of the posix driver: none. The kernel owns the buffers and the limits of its sockets. */
export type PosixDriverOptions = Readonly<Record<string, never>>;

export class PosixDriver implements Driver {
  readonly now = monotonic;
  readonly timeOfDay = realtime;
  readonly random = random;
  readonly name = "posix";
  readonly #handles = new Set<number>();
  readonly #queues = new Set<PosixEdges>();
  readonly #addresses = new MemoryAddresses();
  readonly #paths = new UnixPaths();
  #fds: Int32Array = new Int32Array(0);
  #fdsAddress = 0;
  #disposed = false;
  readonly unixPaths = { resolve: unixPlace };
  readonly options: SocketOptions = { get: readOption, set: writeOption, ofNewStream: newStreamOption };
  readonly datagrams = new PosixDatagrams((address) => this.#openDatagrams(address), this.#addresses);
  readonly bound: BoundStreams = {
    open: (address) => this.#bind(address),
    listen: (handle, backlog) => orFailure(libc.listen(handle, backlog)),
    connect: connectBound,
  };
  readonly adoption: Adoption = {
    adopt: (osDescriptor) => this.#adopt(osDescriptor),
    disown: (handle) => void this.#handles.delete(handle),
  };
  readonly batches: Batches = {
    transfer: (list, count, bytes) => transferAll(this, list, count, bytes, this.#addresses.of(bytes)),
  };

  /** @throws ArgumentError for every option: it has none */
  constructor(options: PosixDriverOptions = {}) {
    checkDriverOptions("posix", options, {});
    acquire();
  }

  listen(address: SocketAddress, backlog = 4096): number {
    const fd = this.#bind(address);
    if (libc.listen(fd, backlog) < 0) this.#refuse(fd, "listen", subjectOf(address));
    return fd;
  }

  #bind(address: SocketAddress): number {
    const subject = subjectOf(address);
    const bytes = encode(address);
    const fd = this.#socket(address, subject);
    scratch.view.setInt32(0, 1, true);
    libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, scratch.buffer, 4);
    if (address.port !== -1) sendAtOnce(fd);
    if (address.ipv6Only === true) setIpv6Only(fd);
    if (address.port === -1) this.#paths.removeStale(address.host);
    if (libc.bind(fd, bytes, bytes.length) < 0) this.#refuse(fd, "bind", subject);
    if (address.port === -1) this.#paths.add(fd, address.host);
    return fd;
  }

  connect(address: SocketAddress): number {
    const subject = subjectOf(address);
    const bytes = encode(address);
    const fd = this.#socket(address, subject);
    if (address.port !== -1) sendAtOnce(fd);
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

  #adopt(osDescriptor: number): number {
    const flags = libc.fcntl(osDescriptor, F_GETFL, 0);
    if (flags < 0) throw new SystemError(-failure(), "fcntl", String(osDescriptor));
    libc.fcntl(osDescriptor, F_SETFL, flags | SOCK_NONBLOCK);
    if (this.#listens(osDescriptor)) sendAtOnce(osDescriptor);
    return osDescriptor;
  }

  /** SO_ACCEPTCONN. */
  #listens(fd: number): boolean {
    scratch.view.setInt32(8, 4, true);
    const [value, length] = [scratchBytes.subarray(0, 4), scratchBytes.subarray(8, 12)];
    return libc.getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, value, length) === 0 && scratch.view.getInt32(0, true) !== 0;
  }

  accept(listener: number): number {
    const fd = libc.accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return failure();
    this.#handles.add(fd);
    return fd;
  }

  recv(handle: number, bytes: Uint8Array, offset: number, length: number, flags: RecvFlags): number {
    const address = this.#addresses.of(bytes) + offset;
    const count = callOn(numbers.recvfrom, handle, address, length, (flags & 1) === 0 ? 0 : MSG_PEEK);
    if (count !== -Errno.NOTSOCK) return count;
    return (flags & 1) !== 0 ? -Errno.NOTSUP : orFailure(libc.read(handle, address, length));
  }

  send(handle: number, bytes: Uint8Array, offset: number, length: number): number {
    const address = this.#addresses.of(bytes) + offset;
    const count = callOn(numbers.sendto, handle, address, length, MSG_NOSIGNAL);
    return count === -Errno.NOTSOCK ? orFailure(libc.write(handle, address, length)) : count;
  }

  recvVector(handle: number, bytes: Uint8Array, vector: IoVector): number {
    const base = this.#addresses.of(bytes);
    const count = receiveMessage(handle, vector, base, 0);
    return count === -Errno.NOTSOCK ? readBuffers(handle, vector, base) : count;
  }

  sendVector(handle: number, bytes: Uint8Array, vector: IoVector): number {
    const base = this.#addresses.of(bytes);
    const count = sendMessage(handle, vector, base, MSG_NOSIGNAL);
    return count === -Errno.NOTSOCK ? writeBuffers(handle, vector, base) : count;
  }

  #openDatagrams(address: SocketAddress): number {
    const subject = subjectOf(address);
    const bytes = encode(address);
    const fd = this.#socket(address, subject, SOCK_DGRAM);
    if (address.ipv6Only === true) setIpv6Only(fd);
    if (libc.bind(fd, bytes, bytes.length) < 0) this.#refuse(fd, "bind", subject);
    return fd;
  }

  shutdown(handle: number, how: number): number {
    return orFailure(libc.shutdown(handle, how - 1));
  }

  close(handle: number): number {
    this.#handles.delete(handle);
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
    // Each level-triggered wait makes a look, so it prepares nothing for a sleep.
    if (timeout === 0 && edges === undefined) {
      return interrupted(look(this.#addressOfPollfds(fds), count));
    }
    const queue = edges as PosixEdges | undefined;
    const more = queue?.descriptor ?? (timeout === 0 ? -1 : newsDescriptor());
    const most = queue === undefined || timeout === 0 ? withinReach(timeout, more >= 0) : queue.beforeSleep(timeout);
    let entries = count;
    if (more >= 0) setPollfd(fds, entries++, more, IN);
    const address = this.#addressOfPollfds(fds);
    const ready = timeout === 0 ? look(address, entries) : sleep(address, entries, most);
    if (ready < 0) return interrupted(ready);
    if (entries === count || revents(fds, count) === 0) return ready;
    if (queue === undefined) heardNews();
    return ready - 1;
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
    const queue = edges as PosixEdges | undefined;
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
    for (const queue of this.#queues) queue.close();
    for (const fd of this.#handles) this.close(fd);
    this.#queues.clear();
    this.#handles.clear();
    if (!this.#disposed) release();
    this.#disposed = true;
  }
}

/**
 * TCP_NODELAY: sent bytes do not wait for the peer's delayed acknowledgement of earlier data (40 ms). Accepted sockets
 * inherit it from their listener (tcp(7)), so accept costs nothing more.
 */
function sendAtOnce(fd: number): void {
  writeOption(fd, NO_DELAY, 1);
}

/** connect(2) of a bound socket. */
function connectBound(handle: number, address: SocketAddress): number {
  const bytes = encodeOrFail(address);
  if (typeof bytes === "number") return bytes;
  let error = orFailure(libc.connect(handle, bytes, bytes.length));
  // The kernel reports the failure of the earlier attempt once more, instead of making a new one.
  if (error === -Errno.CONNABORTED) error = orFailure(libc.connect(handle, bytes, bytes.length));
  return error === -Errno.INPROGRESS ? 0 : error;
}

function newStreamOption(option: number, value?: number): number {
  const fd = libc.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return failure();
  if (option === NO_DELAY) sendAtOnce(fd);
  const error = value === undefined ? 0 : writeOption(fd, option, value);
  const answer = error < 0 ? error : readOption(fd, option);
  libc.close(fd);
  return answer;
}

/** The result of a poll, and 0 if a signal ended it. */
function interrupted(result: number): number {
  return result === -Errno.INTR ? 0 : result;
}
