/** The addresses of a name. */

import { ArgumentError, formatAddress, parseAddress, type SocketAddress } from "../../wasi-host/index.ts";
import { isIPv4, isIPv6 } from "../../wasi-host/internal.ts";
import { type LookupOptions, lookup } from "./lookup.ts";
import type { Loop } from "./loop.ts";
import type { TimedOptions } from "./wait.ts";

/** An address to try, and its text for messages. */
export interface Destination {
  readonly address: SocketAddress;
  readonly text: string;
}

/** HOST:PORT with a name for HOST. */
const NAMED = /^([a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?):(\d{1,5})$/i;

/**
 * The addresses to try for "HOST:PORT", "unix:PATH" or `{ host, port }`, in their order.
 *
 * @param address - checked by `checkAddress`
 * @throws ArgumentError for text that is no address; LookupError
 */
export async function destinationsOf(
  address: string | SocketAddress,
  loop: Loop,
  { signal, timeout }: TimedOptions,
): Promise<Destination[]> {
  const { host, port, named } = typeof address === "string" ? parse(address) : split(address);
  if (!named) return [{ address: { host, port }, text: formatAddress({ host, port }) }];
  const options: LookupOptions = { loop, signal, timeout };
  const found = await lookup(host, options);
  return found.map((each) => ({
    address: { host: each, port },
    text: `${host} (${formatAddress({ host: each, port })})`,
  }));
}

function parse(text: string): SocketAddress & { named: boolean } {
  const [, name, port] = NAMED.exec(text) ?? [];
  if (name === undefined || isIPv4(name) || name === "localhost") return { ...parseAddress(text), named: false };
  if (Number(port) > 65_535) throw new ArgumentError(`bad address '${text}': the port is above 65535`);
  return { host: name, port: Number(port), named: true };
}

function split({ host, port }: SocketAddress): SocketAddress & { named: boolean } {
  return { host, port, named: port !== -1 && !isIPv4(host) && !isIPv6(host) };
}
