/**
 * Descriptors to watch, read and write: sockets, socket pairs, pipes, and any descriptor that the kernel can poll.
 *
 * No call blocks. An operation that would block returns `AGAIN`; other failures throw a `SystemError`. Calls tell the
 * core about EAGAIN and short counts, which saves looks.
 */

import { ArgumentError, parseAddress, type SocketAddress } from "../wasi-host/index.ts";
import {
  type Descriptor,
  Errno,
  KEEP_ALIVE,
  Listener,
  NO_DELAY,
  Stream,
  SystemError,
  shown,
} from "../wasi-host/internal.ts";
import { checkAddress, checkBytes, checkCore } from "./arguments.ts";
import { EPOLLIN, EPOLLOUT } from "./constants.ts";
import type { Core } from "./core.ts";

/** Result of `recv` and `send` when no byte can be moved now: EAGAIN. */
export const AGAIN = -1;

/** Values of shutdown(2), plus 1. */
const SIDES = { read: 1, write: 2, both: 3 } as const;

/**
 * An open descriptor of a core.
 *
 * @example
 * const listener = Socket.listen(core, "127.0.0.1:0");
 * const client = Socket.connect(core, listener.localAddress!);
 * await select(core, [listener], [], []);
 * listener.accept()?.send(new TextEncoder().encode("hello"));
 */
export class Socket implements Disposable {
  /** Descriptor number. */
  readonly fd: number;
  readonly #core: Core;
  readonly #descriptor: Descriptor;
  /** Whether a short count means that the direction is used up: true for the library's own streams. */
  readonly #counts: boolean;

  private constructor(core: Core, descriptor: Descriptor, counts: boolean) {
    this.#core = core;
    this.#descriptor = descriptor;
    this.#counts = counts;
    this.fd = core.insert(descriptor);
  }

  /**
   * Opens a listening socket.
   *
   * @param address - "HOST:PORT", "unix:PATH" or `{ host, port }`; port 0 lets the system choose
   * @param backlog - maximum number of waiting connections
   * @throws SystemError EADDRINUSE, EACCES... listen(2); ArgumentError for an invalid address
   */
  static listen(core: Core, address: string | SocketAddress, backlog?: number): Socket {
    checkCore(core, "Socket.listen");
    const handle = core.driver.listen(addressOf(address, "Socket.listen"), backlog);
    return new Socket(core, new Listener(core.driver, handle), true);
  }

  /**
   * Starts a connection. The socket is writable when connected, and has ERR when it failed (`takeError` returns the
   * reason).
   *
   * @param address - as for `listen`
   * @throws SystemError connect(2); ArgumentError for an invalid address
   */
  static connect(core: Core, address: string | SocketAddress): Socket {
    checkCore(core, "Socket.connect");
    const handle = core.driver.connect(addressOf(address, "Socket.connect"));
    return new Socket(core, new Stream(core.driver, handle, true), true);
  }

  /** Opens two connected streams. socketpair(2) */
  static pair(core: Core): [Socket, Socket] {
    checkCore(core, "Socket.pair");
    return Socket.#both(core, core.driver.socketPair());
  }

  /**
   * Opens a pipe. pipe(2)
   *
   * @returns [read end, write end]
   */
  static pipe(core: Core): [Socket, Socket] {
    checkCore(core, "Socket.pipe");
    return Socket.#both(core, core.driver.pipe());
  }

  static #both(core: Core, [first, second]: [number, number]): [Socket, Socket] {
    return [
      new Socket(core, new Stream(core.driver, first, true), true),
      new Socket(core, new Stream(core.driver, second, true), true),
    ];
  }

  /**
   * Takes over a descriptor of the operating system, of any kind that poll(2) accepts, and makes it non-blocking.
   * `close` closes it.
   *
   * @throws SystemError ENOTSUP if the driver does not use system descriptors
   */
  static adopt(core: Core, osDescriptor: number): Socket {
    checkCore(core, "Socket.adopt");
    const { driver } = core;
    if (driver.adoption === undefined) throw new SystemError(Errno.NOTSUP, "adopt", driver.name);
    return new Socket(core, new Stream(driver, driver.adoption.adopt(osDescriptor), true), false);
  }

  /**
   * The operating system's descriptor, for other libraries.
   *
   * @throws SystemError ENOTSUP if there is none
   */
  get osDescriptor(): number {
    const { driver } = this.#core;
    if (driver.adoption === undefined) throw new SystemError(Errno.NOTSUP, "osDescriptor", driver.name);
    return this.#handle("osDescriptor");
  }

  /**
   * Accepts a connection.
   *
   * @returns undefined if none is waiting
   * @throws SystemError EMFILE; EINVAL for a socket that does not listen. accept(2)
   */
  accept(): Socket | undefined {
    const handle = this.#core.driver.accept(this.#accepting());
    if (handle >= 0) return new Socket(this.#core, new Stream(this.#core.driver, handle, true), true);
    if (handle !== -Errno.AGAIN) throw this.#error(-handle, "accept");
    this.#core.exports.pollux_drained(this.fd, EPOLLIN);
    return undefined;
  }

  /** The handle of a listener. With a full table the connection goes on waiting. */
  #accepting(): number {
    const handle = this.#handle("accept");
    if (this.#core.full) throw this.#error(Errno.MFILE, "accept");
    return handle;
  }

  /**
   * Receives up to `buffer.length` bytes.
   *
   * @returns the number of bytes; 0 at the end of the stream; `AGAIN` if there are none yet
   * @throws SystemError ECONNRESET... recv(2)
   */
  recv(buffer: Uint8Array): number {
    checkBytes(buffer, "recv");
    const count = this.#core.driver.recv(this.#handle("recv"), buffer, 0, buffer.length, 0);
    return this.#moved(count, buffer.length, EPOLLIN, "recv");
  }

  /**
   * Sends as many bytes as the socket accepts now.
   *
   * @returns the number of bytes; `AGAIN` if it accepts none
   * @throws SystemError EPIPE, ECONNRESET... send(2)
   */
  send(bytes: Uint8Array): number {
    checkBytes(bytes, "send");
    const count = this.#core.driver.send(this.#handle("send"), bytes, 0, bytes.length);
    return this.#moved(count, bytes.length, EPOLLOUT, "send");
  }

  #moved(count: number, most: number, direction: number, syscall: string): number {
    if (count === -Errno.AGAIN) {
      this.#core.exports.pollux_drained(this.fd, direction);
      return AGAIN;
    }
    if (count < 0) throw this.#error(-count, syscall);
    if (count < most && count > 0 && this.#counts) this.#core.exports.pollux_fell_short(this.fd, direction);
    return count;
  }

  /**
   * Shuts down one side of a stream, or both. shutdown(2)
   *
   * @param side - "write" makes the peer read an end of stream
   * @throws SystemError ENOTCONN...; ArgumentError for another side
   */
  shutdown(side: "read" | "write" | "both" = "both"): void {
    if (!Object.hasOwn(SIDES, side))
      throw new ArgumentError(`shutdown(${shown(side)}): expected 'read', 'write' or 'both'`);
    const result = this.#core.driver.shutdown(this.#handle("shutdown"), SIDES[side]);
    if (result < 0) throw this.#error(-result, "shutdown");
  }

  /**
   * Sets TCP_NODELAY: small segments are sent at once. On by default; accepted sockets inherit it from the listener.
   *
   * @param on - false selects Nagle's algorithm: fewer segments, and up to 40 ms of delay
   * @returns this socket
   * @throws SystemError ENOTSUP if the driver or the socket does not support it; ENOTSOCK for a pipe; EBADF after
   *   `close`. tcp(7)
   */
  setNoDelay(on = true): this {
    return this.#set(NO_DELAY, on, "setNoDelay");
  }

  /**
   * Sets SO_KEEPALIVE: the system probes a silent peer (after two hours by Linux's default) and reports ETIMEDOUT if it
   * does not answer. Off by default; accepted sockets inherit it from the listener.
   *
   * @returns this socket
   * @throws SystemError as `setNoDelay`. socket(7)
   */
  setKeepAlive(on = true): this {
    return this.#set(KEEP_ALIVE, on, "setKeepAlive");
  }

  #set(option: number, on: boolean, call: string): this {
    if (typeof on !== "boolean") throw new ArgumentError(`${call}(${shown(on)}): expected true or false`);
    const result = this.#core.driver.options?.set(this.#handle(call), option, Number(on)) ?? -Errno.NOTSUP;
    if (result < 0) throw this.#error(-result, call);
    return this;
  }

  /** Returns and clears the pending error of a socket; undefined if there is none. SO_ERROR */
  takeError(): SystemError | undefined {
    const errno = this.#core.driver.takeError(this.#handle("takeError"));
    return errno === 0 ? undefined : this.#error(errno, "connect");
  }

  /** The local address; undefined if there is none. getsockname(2) */
  get localAddress(): SocketAddress | undefined {
    return this.#core.driver.localAddress(this.#handle("getsockname"));
  }

  /** The peer's address; undefined if there is no peer. getpeername(2) */
  get peerAddress(): SocketAddress | undefined {
    return this.#core.driver.peerAddress(this.#handle("getpeername"));
  }

  /** Whether the socket is open. */
  get isOpen(): boolean {
    return this.#core.descriptor(this.fd) === this.#descriptor;
  }

  #error(errno: number, syscall: string): SystemError {
    return new SystemError(errno, syscall, String(this.fd));
  }

  #handle(syscall: string): number {
    if (!this.isOpen) throw new SystemError(Errno.BADF, syscall, `descriptor ${this.fd}, which is closed`);
    return this.#descriptor.handle;
  }

  /** Closes the socket and ends its watches. Can be repeated. */
  close(): void {
    if (this.isOpen) this.#core.close(this.fd);
  }

  /** Same as `close`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function addressOf(address: string | SocketAddress, call: string): SocketAddress {
  checkAddress(address, call);
  return typeof address === "string" ? parseAddress(address) : address;
}
