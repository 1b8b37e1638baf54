/** What is no address of a socket is refused before anything is done with it. */
import { Errno } from "../../errno.ts";
import { SystemError } from "../../system-error.ts";
import type { SocketAddress } from "../driver.ts";

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

const LARGEST_PORT = 65_535;

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= LARGEST_PORT;
}

/** Can a datagram be sent there? */
export function isDestination({ host, port }: SocketAddress): boolean {
  return isPort(port) && port > 0 && isHost(host);
}

/** Throws EINVAL where the host is neither a literal of IPv4 or IPv6, nor, with port -1, a path. */
export function checkAddress({ host, port }: SocketAddress): void {
  if (port === -1 || isHost(host)) return;
  throw new SystemError(Errno.INVAL, "address", `'${host}': expected an IPv4 or IPv6 address`);
}

function isHost(host: string): boolean {
  return IPV4.test(host) || (host.includes(":") && URL.canParse(`http://[${host}]`));
}
