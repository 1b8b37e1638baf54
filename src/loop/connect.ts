/** Opens connections. */

import type { SocketAddress } from "../../wasi-host/index.ts";
import { checkOptions } from "../../wasi-host/internal.ts";
import { checkAddress } from "../arguments.ts";
import { destinationsOf } from "./destinations.ts";
import { checkMark } from "./errors.ts";
import { type Loop, loopOf } from "./loop.ts";
import { type StreamOptions, TcpStream } from "./stream.ts";
import { checkTimed, type TimedOptions } from "./wait.ts";

/** Options of `connect`. The timeout is for looking up the name and all attempts together. */
export interface ConnectOptions extends StreamOptions, TimedOptions {
  /** Default: `defaultLoop()`. */
  readonly loop?: Loop;
}

const CONNECT_OPTIONS: Readonly<Record<keyof ConnectOptions, true>> = {
  ...{ loop: true, signal: true, timeout: true },
  ...{ highWaterMark: true, noDelay: true, keepAlive: true },
};

/**
 * Opens a connection.
 *
 * @param address - "HOST:PORT", where HOST is a name or an IP address, "unix:PATH", or `{ host, port }`. The addresses
 *   of a name are tried in their order
 * @param options - see `ConnectOptions`
 * @returns a promise of the open stream; it rejects with the error of the first attempt if all fail
 * @throws SystemError ECONNREFUSED, ETIMEDOUT...; LookupError ENOTFOUND...; ArgumentError. connect(2)
 * @example
 * await using stream = await connect("localhost:8080", { timeout: 1000 });
 * await stream.write("hello\n");
 */
export async function connect(address: string | SocketAddress, options: ConnectOptions = {}): Promise<TcpStream> {
  checkOptions("connect", options, CONNECT_OPTIONS);
  checkMark(options.highWaterMark, "connect");
  checkTimed(options, "connect");
  checkAddress(address, "connect");
  const loop = await loopOf(options, "connect");
  const { signal, timeout } = options;
  const start = loop.now();
  const left = () => (timeout === undefined ? undefined : Math.max(0, timeout - (loop.now() - start)));
  let failure: unknown;
  for (const destination of await destinationsOf(address, loop, { signal, timeout })) {
    try {
      return await TcpStream.open(loop, destination, options, { signal, timeout: left() });
    } catch (error) {
      failure ??= error;
      if (signal?.aborted || left() === 0) throw error;
    }
  }
  throw failure;
}
