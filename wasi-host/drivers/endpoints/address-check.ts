/** An address that datagrams cannot be sent to is refused before any effect. */
import { isIPv4, isIPv6 } from "../../addresses/ip-address.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";

const LARGEST_PORT = 65_535;

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= LARGEST_PORT;
}

/** Whether a datagram can be sent to the address. */
export function isDestination({ host, port }: SocketAddress): boolean {
  return isPort(port) && port > 0 && (isIPv4(host) || isIPv6(host));
}
