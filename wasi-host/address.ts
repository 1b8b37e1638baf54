/** Addresses as people write them: `127.0.0.1:9999`, `[::1]:9999`, `localhost:0`, `unix:/run/server.sock`. */
import type { SocketAddress } from "./drivers/driver.ts";
import { isIPv4, isIPv6 } from "./ip-address.ts";

const EXPECTED = "expected HOST:PORT, for example 127.0.0.1:9999";

/** Of a Unix socket's path. */
const UNIX = "unix:";

/**
 * unix:PATH is a Unix socket. Else HOST is an IPv4 address, an IPv6 address in brackets, or localhost; PORT 0 lets the system choose. Throws an Error that
 * names the text and what was expected.
 */
export function parseAddress(text: string): SocketAddress {
  if (text.startsWith(UNIX) && text.length > UNIX.length) return { host: text.slice(UNIX.length), port: -1 };
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*)):([0-9]+)$/.exec(text) ?? [];
  if (digits === undefined) throw new Error(`bad address '${text}': ${EXPECTED}`);
  const port = Number(digits);
  if (port > 65_535) throw new Error(`bad address '${text}': the port is over 65535`);
  const host = plain === "localhost" ? "127.0.0.1" : (bracketed ?? plain);
  if (bracketed === undefined ? !isIPv4(host) : !isIPv6(host)) {
    throw new Error(`bad address '${text}': '${host}' is no IP address; ${EXPECTED} or [::1]:9999`);
  }
  return { host, port };
}

/** The same again, as text. */
export function formatAddress({ host, port }: SocketAddress): string {
  if (port === -1) return `${UNIX}${host}`;
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
