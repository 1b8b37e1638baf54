/** Parses and formats addresses: `127.0.0.1:9999`, `[::1]:9999`, `localhost:0`, `unix:/run/server.sock`. */
import { ArgumentError } from "../errors/argument-error.ts";
import { isIPv4, isIPv6 } from "./ip-address.ts";
import type { SocketAddress } from "./socket-address.ts";

const EXPECTED = "expected HOST:PORT, for example 127.0.0.1:9999";

/** Prefix of a Unix socket's path. */
export const UNIX = "unix:";

/**
 * Parses an address.
 *
 * @param text - unix:PATH, or HOST:PORT: HOST is an IPv4 address, an IPv6 address in brackets, which can have a zone
 *   ([fe80::1%eth0]), or localhost; PORT 0 lets the system choose
 * @throws ArgumentError that names the text and the expected form
 */
export function parseAddress(text: string): SocketAddress {
  if (text.startsWith(UNIX) && text.length > UNIX.length) return { host: text.slice(UNIX.length), port: -1 };
  const bare = /^(.*:.*):(\d+)$/.exec(text);
  if (bare !== null && isIPv6(bare[1])) {
    throw new ArgumentError(`bad address '${text}': put an IPv6 address in brackets: [${bare[1]}]:${bare[2]}`);
  }
  if (isIPv6(text)) {
    throw new ArgumentError(`bad address '${text}': put an IPv6 address in brackets, before the port: [${text}]:9999`);
  }
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*)):([0-9]+)$/.exec(text) ?? [];
  if (digits === undefined) throw new ArgumentError(`bad address '${text}': ${EXPECTED}`);
  const port = Number(digits);
  if (port > 65_535) throw new ArgumentError(`bad address '${text}': the port is above 65535`);
  const host = plain === "localhost" ? "127.0.0.1" : (bracketed ?? plain);
  if (bracketed === undefined ? !isIPv4(host) : !isIPv6(host)) {
    throw new ArgumentError(`bad address '${text}': '${host}' is not an IP address; ${EXPECTED} or [::1]:9999`);
  }
  return { host, port };
}

/** Formats an address. */
export function formatAddress({ host, port }: SocketAddress): string {
  if (port === -1) return `${UNIX}${host}`;
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
