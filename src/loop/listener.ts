/** Listeners on a loop. */

import { DisposedError, formatAddress, type SocketAddress } from "../../wasi-host/index.ts";
import { checkOptions, OutOfRangeError, SystemError } from "../../wasi-host/internal.ts";
import { Socket } from "../socket.ts";
import { checkCallback, checkMark, StateError } from "./errors.ts";
import { type Loop, loopOf } from "./loop.ts";
import { type StreamOptions, TcpStream } from "./stream.ts";
import type { Timer } from "./timer-wheel.ts";
import { checkTimed, type TimedOptions, Wait } from "./wait.ts";
import { Watched } from "./watched.ts";

/** Options of `TcpListener.listen`. The stream options apply to accepted streams. */
export interface ListenOptions extends StreamOptions {
  /** Default: `defaultLoop()`. */
  readonly loop?: Loop;
  /** Maximum number of waiting connections. Default: 4,096, within the system's limit. */
  readonly backlog?: number;
}

const LISTEN_OPTIONS: Readonly<Record<keyof ListenOptions, true>> = {
  ...{ loop: true, backlog: true, highWaterMark: true, noDelay: true, keepAlive: true },
};

const NO_OPTIONS: TimedOptions = {};
/** Connections of one listener in a turn. */
const MAX_ACCEPTS = 64;
/** Errors of accept(2) that pass when other descriptors are closed. */
const EXHAUSTED: readonly string[] = ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"];
/** Errors of a connection that failed while it waited: the next one may be good (accept(2), "Error handling"). */
const PASSING: readonly string[] = ["ECONNABORTED", "EPROTO", "ENETDOWN", "EHOSTUNREACH", "ENETUNREACH", "EINTR"];
/** Milliseconds after which accept is tried again. */
const RETRY_AFTER = 50;

/**
 * A listener: TCP, or a Unix socket.
 *
 * @example
 * await using listener = await TcpListener.listen("127.0.0.1:0");
 * for await (const stream of listener) void stream.pipe(stream);
 */
export class TcpListener extends Watched implements AsyncDisposable {
  readonly loop: Loop;
  readonly #socket: Socket;
  readonly #options: StreamOptions;
  /** Waiting accepts, oldest first. */
  readonly #waiting: Wait<TcpStream>[] = [];
  #callback: ((stream: TcpStream) => void) | undefined;
  /** Whether a connection may wait: true until accept found none. */
  #acceptable = true;
  /** Without free descriptors: the time of the next try. */
  #retry: Timer | undefined;
  #closed = false;

  private constructor(loop: Loop, socket: Socket, options: StreamOptions) {
    super();
    this.loop = loop;
    this.#socket = socket;
    this.#options = options;
    loop.watch(socket.fd, this);
  }

  /**
   * Opens a listener.
   *
   * @param address - "HOST:PORT" with an IP address, "unix:PATH", or `{ host, port }`; port 0 lets the system choose
   * @param options - see `ListenOptions`
   * @throws SystemError EADDRINUSE, EACCES...; ArgumentError. listen(2)
   */
  static async listen(address: string | SocketAddress, options: ListenOptions = {}): Promise<TcpListener> {
    checkOptions("listen", options, LISTEN_OPTIONS);
    const { backlog, highWaterMark, noDelay, keepAlive } = options;
    checkMark(highWaterMark, "listen");
    if (backlog !== undefined && !(Number.isInteger(backlog) && backlog >= 0 && backlog < 2 ** 31)) {
      throw new OutOfRangeError(`listen: backlog ${String(backlog)}: expected a whole number of connections`);
    }
    const loop = await loopOf(options, "listen");
    const socket = Socket.listen(loop.core, address, backlog);
    try {
      return new TcpListener(loop, socket, { highWaterMark, noDelay, keepAlive });
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /**
   * Accepts a connection. With no descriptors left (EMFILE) it waits until some are free.
   *
   * @returns a promise of the next connection
   * @throws SystemError ETIMEDOUT, or of accept(2); DisposedError after `close`; StateError after `handle`
   */
  accept(options: TimedOptions = NO_OPTIONS): Promise<TcpStream> {
    try {
      checkTimed(options, "accept");
      this.#checkOpen();
      if (this.#callback !== undefined) throw new StateError("accept: the listener's handler accepts");
      if (this.#waiting.length === 0 && this.#acceptable && this.loop.takeBudget()) {
        const stream = this.#accept();
        if (stream !== undefined) return Promise.resolve(stream);
      }
    } catch (error) {
      return Promise.reject(error);
    }
    const wait = new Wait<TcpStream>(this.loop, options, "accept", (given) => {
      this.#waiting.splice(this.#waiting.indexOf(given), 1);
    });
    this.#waiting.push(wait);
    if (this.#acceptable) this.loop.postpone(this);
    return wait.promise;
  }

  /** Every connection, until the listener is closed. Leaving the loop early leaves the listener open. */
  async *[Symbol.asyncIterator](): AsyncGenerator<TcpStream, void, void> {
    while (!this.#closed) {
      try {
        yield await this.accept();
      } catch (error) {
        if (!this.#closed) throw error;
      }
    }
  }

  /**
   * Calls back with every connection from now on, in place of `accept`.
   *
   * @throws StateError after `handle`, and while an accept is pending
   */
  handle(callback: (stream: TcpStream) => void): void {
    checkCallback(callback, "handle");
    this.#checkOpen();
    if (this.#callback !== undefined) throw new StateError("handle: the listener has a handler");
    if (this.#waiting.length > 0) throw new StateError("handle: an accept is pending");
    this.#callback = callback;
    if (this.#acceptable) this.loop.postpone(this);
  }

  /** The address that it listens on. */
  get localAddress(): SocketAddress | undefined {
    return this.#closed ? undefined : this.#socket.localAddress;
  }

  /** The address that it listens on, as text for `connect`: "127.0.0.1:8080". Empty after `close`. */
  get address(): string {
    const { localAddress } = this;
    return localAddress === undefined ? "" : formatAddress(localAddress);
  }

  /** Whether it is open. */
  get isOpen(): boolean {
    return !this.#closed;
  }

  /** Stops listening; waiting accepts reject with a DisposedError. Accepted connections stay open. Can be repeated. */
  close(): void {
    this.#end(new DisposedError("listener"));
  }

  /** Same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** @internal */
  override ready(): void {
    this.#acceptable = true;
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

  #deliver(): void {
    for (let left = MAX_ACCEPTS; this.#wanted; left--) {
      if (left === 0 || !this.loop.takeBudget()) {
        this.loop.postpone(this);
        return;
      }
      try {
        const stream = this.#accept();
        if (stream === undefined) return;
        if (this.#callback === undefined) this.#waiting.shift()!.resolve(stream);
        else this.loop.call(this.#callback, stream);
      } catch (error) {
        if (this.#callback === undefined) this.#waiting.shift()!.reject(error);
        else this.loop.onError(error);
      }
    }
  }

  get #wanted(): boolean {
    return this.#acceptable && !this.#closed && (this.#callback !== undefined || this.#waiting.length > 0);
  }

  /** Accepts without waiting; undefined if no connection waits or no descriptor is free. */
  #accept(): TcpStream | undefined {
    for (;;) {
      try {
        const socket = this.#socket.accept();
        if (socket !== undefined) return this.#open(socket);
        this.#acceptable = false;
        return undefined;
      } catch (error) {
        const code = error instanceof SystemError ? error.code : "";
        if (EXHAUSTED.includes(code)) {
          this.#tryLater();
          return undefined;
        }
        if (!PASSING.includes(code)) throw error;
      }
    }
  }

  #open(socket: Socket): TcpStream {
    try {
      return new TcpStream(this.loop, socket, this.#options);
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  #tryLater(): void {
    this.#acceptable = false;
    this.#retry?.cancel();
    this.#retry = this.loop.callLater(RETRY_AFTER, () => this.ready());
  }

  #checkOpen(): void {
    if (this.#closed) throw new DisposedError("listener");
  }

  #end(error: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#retry?.cancel();
    this.loop.unwatch(this.#socket.fd);
    if (!this.loop.core.disposed) this.#socket.close();
    for (const wait of this.#waiting.splice(0)) wait.reject(error);
  }
}
