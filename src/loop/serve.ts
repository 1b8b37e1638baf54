/** A server: a listener with a task for each connection. */

import type { SocketAddress } from "../../wasi-host/index.ts";
import { checkOptions } from "../../wasi-host/internal.ts";
import { checkCallback } from "./errors.ts";
import { type ListenOptions, TcpListener } from "./listener.ts";
import type { TcpStream } from "./stream.ts";
import { checkTimed, type TimedOptions } from "./wait.ts";

/** Serves one connection, and closes it when the promise settles. */
export type ConnectionHandler = (stream: TcpStream) => void | Promise<void>;

/** Options of `serve`. */
export interface ServeOptions extends ListenOptions {
  /** The address to listen on, as for `TcpListener.listen`. Default: "127.0.0.1:0", a port of the system's choice. */
  readonly address?: string | SocketAddress;
  /** Closes the server, as `close`. */
  readonly signal?: AbortSignal;
  /** Gets what a handler throws, unless its own stream has failed or was closed. Default: the loop's `onError`. */
  readonly onError?: (error: unknown, stream: TcpStream) => void;
}

const SERVE_OPTIONS: Readonly<Record<keyof ServeOptions, true>> = {
  ...{ address: true, signal: true, onError: true },
  ...{ loop: true, backlog: true, highWaterMark: true, noDelay: true, keepAlive: true },
};

/**
 * A server that accepts connections.
 *
 * @example
 * await using server = await serve((stream) => stream.pipe(stream), { address: "127.0.0.1:7" });
 * console.log(`listening on ${server.address}`);
 * await server.finished;
 */
export class Server implements AsyncDisposable {
  /** The address that it listens on, as text for `connect`. */
  readonly address: string;
  /** Resolves when the listener and all connections are closed. */
  readonly finished: Promise<void>;
  readonly #listener: TcpListener;
  readonly #handler: ConnectionHandler;
  readonly #onError: (error: unknown, stream: TcpStream) => void;
  readonly #connections = new Set<TcpStream>();
  #finish!: () => void;

  /** @internal */
  constructor(listener: TcpListener, handler: ConnectionHandler, onError: ServeOptions["onError"]) {
    this.address = listener.address;
    this.#listener = listener;
    this.#handler = handler;
    this.#onError = onError ?? ((error) => listener.loop.onError(error));
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    listener.handle((stream) => void this.#serve(stream));
  }

  /** The open connections. */
  get connections(): ReadonlySet<TcpStream> {
    return this.#connections;
  }

  async #serve(stream: TcpStream): Promise<void> {
    this.#connections.add(stream);
    try {
      await this.#handler(stream);
      await stream[Symbol.asyncDispose]();
    } catch (error) {
      const { cause } = stream;
      stream.abort();
      if (error !== cause) this.#report(error, stream);
    } finally {
      this.#connections.delete(stream);
      this.#finishIfDone();
    }
  }

  #report(error: unknown, stream: TcpStream): void {
    try {
      this.#onError(error, stream);
    } catch (thrown) {
      this.#listener.loop.onError(thrown);
    }
  }

  #finishIfDone(): void {
    if (!this.#listener.isOpen && this.#connections.size === 0) this.#finish();
  }

  /**
   * Stops accepting, and waits for the handlers. Can be repeated.
   *
   * @param options - a timeout or signal, which closes everything at once
   * @returns `finished`
   */
  async close(options: TimedOptions = {}): Promise<void> {
    checkTimed({ timeout: options.timeout }, "close");
    this.#listener.close();
    this.#finishIfDone();
    const abort = () => {
      for (const stream of this.#connections) stream.abort();
    };
    const { signal, timeout } = options;
    const timer = timeout === undefined ? undefined : this.#listener.loop.callLater(timeout, abort);
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
    await this.finished;
    timer?.cancel();
    signal?.removeEventListener("abort", abort);
  }

  /** Same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Listens, and calls a handler with each connection. A connection is closed when its handler's promise settles: if it
 * resolves, when everything is sent, at the latest after ten seconds; if it rejects, at once.
 *
 * @param handler - serves one connection
 * @param options - see `ServeOptions`
 * @throws SystemError EADDRINUSE, EACCES...; ArgumentError. listen(2)
 * @example
 * const server = await serve(async (stream) => stream.write("goodbye\n"), { address: "127.0.0.1:8080" });
 * loop.onSignal("SIGTERM", () => void server.close({ timeout: 1000 }));
 */
export async function serve(handler: ConnectionHandler, options: ServeOptions = {}): Promise<Server> {
  checkCallback(handler, "serve");
  checkOptions("serve", options, SERVE_OPTIONS);
  const { address = "127.0.0.1:0", signal, onError, ...rest } = options;
  if (onError !== undefined) checkCallback(onError, "serve: onError ");
  checkTimed({ signal }, "serve");
  const listener = await TcpListener.listen(address, rest);
  const server = new Server(listener, handler, onError);
  signal?.addEventListener("abort", () => void server.close(), { once: true });
  return server;
}
