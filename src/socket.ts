/**
 * Descriptors to watch, and to move bytes through: sockets, socket pairs, pipes, and whatever the kernel can poll.
 *
 * Nothing here blocks. What could only be done later is a value, `AGAIN`; everything else that fails throws a
 * `SystemError`. What a call learns (nothing there, a short count) it tells the core, which then need not ask.
 */
import { parseAddress } from "../wasi-host/address.ts";
import type { Descriptor } from "../wasi-host/descriptors.ts";
import type { SocketAddress } from "../wasi-host/drivers/driver.ts";
import { Errno } from "../wasi-host/errno.ts";
import { Listener, Stream } from "../wasi-host/sockets.ts";
import { SystemError } from "../wasi-host/system-error.ts";
import { EPOLLIN, EPOLLOUT } from "./constants.ts";
import type { Core } from "./core.ts";

/** What `recv` and `send` return in place of a count when nothing can be moved now: EAGAIN as a value. */
export const AGAIN = -1;

/** One open descriptor of a core. */
export class Socket implements Disposable {
  /** Its number: what `Epoll` watches. */
  readonly fd: number;
  readonly #core: Core;
  readonly #descriptor: Descriptor;
  /** A stream of ours: a count below what was asked for means that there is no more. */
  readonly #counts: boolean;

  private constructor(core: Core, descriptor: Descriptor, counts: boolean) {
    this.#core = core;
    this.#descriptor = descriptor;
    this.#counts = counts;
    this.fd = core.insert(descriptor);
  }

  /** A listening socket at "HOST:PORT"; port 0 lets the system choose. Throws EADDRINUSE, EACCES and so on. */
  static listen(core: Core, address: string | SocketAddress, backlog?: number): Socket {
    const handle = core.driver.listen(addressOf(address), backlog);
    return new Socket(core, new Listener(core.driver, handle), true);
  }

  /** Starts a connection: writable when it is made, ERR when it failed (`takeError` says why). */
  static connect(core: Core, address: string | SocketAddress): Socket {
    return new Socket(core, new Stream(core.driver, core.driver.connect(addressOf(address)), true), true);
  }

  /** Two connected streams. */
  static pair(core: Core): [Socket, Socket] {
    return Socket.#both(core, core.driver.socketPair());
  }

  /** A pipe: [read end, write end]. */
  static pipe(core: Core): [Socket, Socket] {
    return Socket.#both(core, core.driver.pipe());
  }

  static #both(core: Core, [first, second]: [number, number]): [Socket, Socket] {
    return [
      new Socket(core, new Stream(core.driver, first, true), true),
      new Socket(core, new Stream(core.driver, second, true), true),
    ];
  }

  /**
   * Takes over a descriptor of the operating system's, of any kind that poll(2) takes, and sets it non-blocking. It is
   * closed by `close`. Throws ENOTSUP where the driver is not over the system's descriptors.
   */
  static adopt(core: Core, osDescriptor: number): Socket {
    return new Socket(core, new Stream(core.driver, core.driver.adopt(osDescriptor), true), false);
  }

  /** The operating system's descriptor behind it, for other libraries. Throws ENOTSUP where there is none. */
  get osDescriptor(): number {
    if (!this.#core.driver.supports.adopt) throw new SystemError(Errno.NOTSUP, "osDescriptor", this.#core.driver.name);
    return this.#handle("osDescriptor");
  }

  /** The next connection of a listener; undefined when none waits. Throws EMFILE, and EINVAL for what does not listen. */
  accept(): Socket | undefined {
    const handle = this.#core.driver.accept(this.#handle("accept"));
    if (handle >= 0) return new Socket(this.#core, new Stream(this.#core.driver, handle, true), true);
    if (handle !== -Errno.AGAIN) throw new SystemError(-handle, "accept");
    this.#core.exports.pollux_drained(this.fd, EPOLLIN);
    return undefined;
  }

  /** Up to `buffer.length` bytes; 0 at the end of the stream; `AGAIN` when nothing is there yet. Throws ECONNRESET... */
  recv(buffer: Uint8Array): number {
    const count = this.#core.driver.recv(this.#handle("recv"), buffer, 0, buffer.length, 0);
    return this.#moved(count, buffer.length, EPOLLIN, "recv");
  }

  /** Sends as many bytes as are taken now; `AGAIN` when none are. Throws EPIPE, ECONNRESET... */
  send(bytes: Uint8Array): number {
    const count = this.#core.driver.send(this.#handle("send"), bytes, 0, bytes.length);
    return this.#moved(count, bytes.length, EPOLLOUT, "send");
  }

  #moved(count: number, most: number, direction: number, syscall: string): number {
    if (count === -Errno.AGAIN) {
      this.#core.exports.pollux_drained(this.fd, direction);
      return AGAIN;
    }
    if (count < 0) throw new SystemError(-count, syscall);
    if (count < most && count > 0 && this.#counts) this.#core.exports.pollux_fell_short(this.fd, direction);
    return count;
  }

  /** Ends one side of a stream, or both: the peer reads the end, or cannot write any more. */
  shutdown(side: "read" | "write" | "both" = "both"): void {
    const result = this.#core.driver.shutdown(this.#handle("shutdown"), { read: 1, write: 2, both: 3 }[side]);
    if (result < 0) throw new SystemError(-result, "shutdown");
  }

  /** The pending error of a socket, which asking clears; undefined when there is none. */
  takeError(): SystemError | undefined {
    const errno = this.#core.driver.takeError(this.#handle("takeError"));
    return errno === 0 ? undefined : new SystemError(errno, "connect");
  }

  get localAddress(): SocketAddress | undefined {
    return this.#core.driver.localAddress(this.#handle("getsockname"));
  }

  get peerAddress(): SocketAddress | undefined {
    return this.#core.driver.peerAddress(this.#handle("getpeername"));
  }

  /** Is it open still? */
  get isOpen(): boolean {
    return this.#core.descriptor(this.fd) === this.#descriptor;
  }

  #handle(syscall: string): number {
    if (!this.isOpen) throw new SystemError(Errno.BADF, syscall, `descriptor ${this.fd}, which was closed`);
    return this.#descriptor.handle;
  }

  /** Its watches end, and its number is free. Closing twice is fine. */
  close(): void {
    if (this.isOpen) this.#core.close(this.fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function addressOf(address: string | SocketAddress): SocketAddress {
  return typeof address === "string" ? parseAddress(address) : address;
}
