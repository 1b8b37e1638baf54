/** Datagram sockets on a loop. */

import { DisposedError, type Driver, parseAddress, type SocketAddress } from "../../wasi-host/index.ts";
import { checkOptions, Errno, Stream, SystemError } from "../../wasi-host/internal.ts";
import { checkAddress, checkBytes } from "../arguments.ts";
import { EPOLLERR, EPOLLIN, EPOLLOUT } from "../constants.ts";
import { destinationsOf } from "./destinations.ts";
import { checkCallback, StateError } from "./errors.ts";
import { type Loop, loopOf } from "./loop.ts";
import { checkTimed, type TimedOptions, Wait } from "./wait.ts";
import { Watched } from "./watched.ts";

/** The driver's calls for datagrams. */
type Datagrams = NonNullable<Driver["datagrams"]>;

/** Options of `UdpSocket.open`. */
export interface UdpOptions {
  /** Default: `defaultLoop()`. */
  readonly loop?: Loop;
}

/** A datagram and its sender. */
export interface Datagram {
  /** It may be empty. */
  readonly data: Uint8Array;
  readonly from: SocketAddress;
}

const NO_OPTIONS: TimedOptions = {};
/** Datagrams of one socket in a turn. */
const MAX_RECEIVES = 64;

/** A datagram that does not fit into the system's buffer. */
interface Unsent {
  readonly bytes: Uint8Array;
  readonly to: SocketAddress | undefined;
  readonly wait: Wait<void>;
}

/**
 * A UDP socket. A datagram comes whole or not at all.
 *
 * @example
 * await using socket = await UdpSocket.open("127.0.0.1:0");
 * await socket.send("ping", "127.0.0.1:5353");
 * const { data, from } = await socket.receive({ timeout: 1000 });
 */
export class UdpSocket extends Watched implements AsyncDisposable {
  readonly loop: Loop;
  readonly #fd: number;
  readonly #handle: number;
  readonly #datagrams: Datagrams;
  readonly #receivers: Wait<Datagram>[] = [];
  readonly #unsent: Unsent[] = [];
  #callback: ((data: Uint8Array, from: SocketAddress) => void) | undefined;
  #readable = true;
  #peer: SocketAddress | undefined;
  #closed = false;

  private constructor(loop: Loop, datagrams: Datagrams, handle: number) {
    super();
    this.loop = loop;
    this.#datagrams = datagrams;
    this.#handle = handle;
    this.#fd = loop.core.insert(new Stream(loop.core.driver, handle, true));
    loop.watch(this.#fd, this);
  }

  /**
   * Opens a socket.
   *
   * @param address - "HOST:PORT" with an IP address, or `{ host, port }`; port 0 lets the system choose. Default: a port
   *   of the system's choice on every IPv4 address
   * @throws SystemError EADDRINUSE, EACCES..., ENOTSUP for a driver without datagrams; ArgumentError. bind(2)
   */
  static async open(address: string | SocketAddress = "0.0.0.0:0", options: UdpOptions = {}): Promise<UdpSocket> {
    checkOptions("UdpSocket.open", options, { loop: true });
    checkAddress(address, "UdpSocket.open");
    const place = typeof address === "string" ? parseAddress(address) : address;
    const loop = await loopOf(options, "UdpSocket.open");
    if (place.port === -1) throw new SystemError(Errno.AFNOSUPPORT, "bind", `unix:${place.host}`);
    const { datagrams, name } = loop.core.driver;
    if (datagrams === undefined) throw new SystemError(Errno.NOTSUP, "bind", `datagrams over the driver ${name}`);
    return new UdpSocket(loop, datagrams, datagrams.open(place));
  }

  /**
   * Sends a datagram. Delivery is not guaranteed.
   *
   * @param data - at most 65,507 bytes over IPv4, or text, which is sent as UTF-8
   * @param to - an address as for `connect`; not after `connect`
   * @returns a promise that resolves when the system has taken the datagram
   * @throws SystemError EMSGSIZE if it is too long; EDESTADDRREQ without an address, EISCONN with one after `connect`;
   *   DisposedError after `close`. sendto(2)
   */
  async send(
    data: Uint8Array | string,
    to?: string | SocketAddress,
    options: TimedOptions = NO_OPTIONS,
  ): Promise<void> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    checkBytes(bytes, "send");
    checkTimed(options, "send");
    this.#checkOpen();
    const address = to === undefined ? undefined : await this.#resolve(to, "send", options);
    this.#checkOpen();
    if (this.#unsent.length === 0 && this.#trySend(bytes, address)) return;
    const wait = new Wait<void>(this.loop, options, "send", (given) => {
      const index = this.#unsent.findIndex((unsent) => unsent.wait === given);
      this.#unsent.splice(index, 1);
    });
    this.#unsent.push({ bytes, to: address, wait });
    await wait.promise;
  }

  async #resolve(address: string | SocketAddress, call: string, options: TimedOptions): Promise<SocketAddress> {
    checkAddress(address, call);
    const [first] = await destinationsOf(address, this.loop, options);
    return first.address;
  }

  /** False if the system's buffer has no room. */
  #trySend(bytes: Uint8Array, to: SocketAddress | undefined): boolean {
    const { driver, exports } = this.loop.core;
    const count =
      to === undefined
        ? driver.send(this.#handle, bytes, 0, bytes.length)
        : this.#datagrams.sendTo(this.#handle, bytes, 0, bytes.length, to);
    if (count >= 0) return true;
    if (count !== -Errno.AGAIN) throw new SystemError(-count, "send", `${bytes.length} bytes`);
    exports.pollux_drained(this.#fd, EPOLLOUT);
    return false;
  }

  /**
   * Receives the oldest datagram.
   *
   * @returns a promise of it
   * @throws SystemError ECONNREFUSED if an earlier datagram was refused, after `connect`; ETIMEDOUT; DisposedError after
   *   `close`; StateError after `handle`. recvfrom(2)
   */
  receive(options: TimedOptions = NO_OPTIONS): Promise<Datagram> {
    try {
      checkTimed(options, "receive");
      this.#checkOpen();
      if (this.#callback !== undefined) throw new StateError("receive: the socket's handler receives");
      if (this.#receivers.length === 0 && this.#readable && this.loop.takeBudget()) {
        const datagram = this.#recv(this.loop.readBuffer);
        if (datagram !== undefined) return Promise.resolve({ ...datagram, data: datagram.data.slice() });
      }
    } catch (error) {
      return Promise.reject(error);
    }
    const wait = new Wait<Datagram>(this.loop, options, "receive", (given) => {
      this.#receivers.splice(this.#receivers.indexOf(given), 1);
    });
    this.#receivers.push(wait);
    if (this.#readable) this.loop.postpone(this);
    return wait.promise;
  }

  /** Every datagram, until the socket is closed. Leaving the loop early leaves the socket open. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Datagram, void, void> {
    while (!this.#closed) {
      try {
        yield await this.receive();
      } catch (error) {
        if (!this.#closed) throw error;
      }
    }
  }

  /**
   * Calls back with every datagram from now on, in place of `receive`. Its bytes are valid until the call returns.
   * Errors go to the loop's `onError`.
   *
   * @throws StateError after `handle`, and while a receive is pending
   */
  handle(callback: (data: Uint8Array, from: SocketAddress) => void): void {
    checkCallback(callback, "handle");
    this.#checkOpen();
    if (this.#callback !== undefined) throw new StateError("handle: the socket has a handler");
    if (this.#receivers.length > 0) throw new StateError("handle: a receive is pending");
    this.#callback = callback;
    if (this.#readable) this.loop.postpone(this);
  }

  /** Without waiting; undefined if there is none. The bytes are in `buffer`. */
  #recv(buffer: Uint8Array): Datagram | undefined {
    const { exports } = this.loop.core;
    const from = { host: "", port: 0 };
    const count = this.#datagrams.recvFrom(this.#handle, buffer, 0, buffer.length, 0, from);
    if (count >= 0) return { data: buffer.subarray(0, Math.min(count, buffer.length)), from };
    if (count !== -Errno.AGAIN) throw new SystemError(-count, "receive", "");
    this.#readable = false;
    exports.pollux_drained(this.#fd, EPOLLIN);
    return undefined;
  }

  /**
   * Sets the peer: `send` goes to it, and only its datagrams are received. Nothing is sent.
   *
   * @param peer - an address as for `connect`
   * @throws SystemError EINVAL, ENETUNREACH...; LookupError; ArgumentError. connect(2)
   */
  async connect(peer: string | SocketAddress, options: TimedOptions = NO_OPTIONS): Promise<void> {
    checkTimed(options, "connect");
    this.#checkOpen();
    const address = await this.#resolve(peer, "connect", options);
    this.#checkOpen();
    const error = this.#datagrams.connect(this.#handle, address);
    if (error < 0) throw new SystemError(-error, "connect", `${address.host}:${address.port}`);
    this.#peer = address;
  }

  /** The local address; undefined after `close`. */
  get localAddress(): SocketAddress | undefined {
    return this.#closed ? undefined : this.loop.core.driver.localAddress(this.#handle);
  }

  /** The peer's address; undefined without `connect`. */
  get peerAddress(): SocketAddress | undefined {
    return this.#peer;
  }

  /** Whether the socket is open. */
  get isOpen(): boolean {
    return !this.#closed;
  }

  /** Closes the socket; pending promises reject with a DisposedError. Can be repeated. */
  close(): void {
    this.#end(new DisposedError("socket"));
  }

  /** Same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** @internal */
  override ready(events: number): void {
    if ((events & (EPOLLIN | EPOLLERR)) !== 0) this.#readable = true;
    if ((events & (EPOLLOUT | EPOLLERR)) !== 0) this.#flush();
    this.#deliver();
  }

  /** @internal */
  override proceed(): void {
    this.#deliver();
  }

  /** @internal */
  override fail(error: Error): void {
    this.#end(error);
  }

  #flush(): void {
    while (this.#unsent.length > 0) {
      const [{ bytes, to, wait }] = this.#unsent;
      try {
        if (!this.#trySend(bytes, to)) return;
        wait.resolve(undefined);
      } catch (error) {
        wait.reject(error);
      }
      this.#unsent.shift();
    }
  }

  #deliver(): void {
    for (let left = MAX_RECEIVES; this.#wanted; left--) {
      if (left === 0 || !this.loop.takeBudget()) {
        this.loop.postpone(this);
        return;
      }
      try {
        const datagram = this.#recv(this.loop.buffer);
        if (datagram === undefined) return;
        const { data, from } = datagram;
        if (this.#callback === undefined) this.#receivers.shift()!.resolve({ data: data.slice(), from });
        else this.loop.call(this.#callback, data, from);
      } catch (error) {
        if (this.#callback === undefined) this.#receivers.shift()!.reject(error);
        else this.loop.onError(error);
      }
    }
  }

  get #wanted(): boolean {
    return this.#readable && !this.#closed && (this.#callback !== undefined || this.#receivers.length > 0);
  }

  #checkOpen(): void {
    if (this.#closed) throw new DisposedError("socket");
  }

  #end(error: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.loop.unwatch(this.#fd);
    if (!this.loop.core.disposed) this.loop.core.close(this.#fd);
    for (const wait of this.#receivers.splice(0)) wait.reject(error);
    for (const { wait } of this.#unsent.splice(0)) wait.reject(error);
  }
}
