/**
 * Zones of IPv6 addresses (RFC 4007). A link-local address is valid on one interface only, which `fe80::1%eth0` names by its
 * name or number. After any other address a zone has no effect, but it must be an interface, as for the kernel.
 */
import { Errno } from "../abi/errno.ts";
import { SystemError } from "../errors/system-error.ts";
import { ipBytes, ipText, isIPv4, isIPv6, isLinkLocal, zoneOf } from "./ip-address.ts";
import { pathBytes } from "./path-length.ts";
import type { SocketAddress } from "./socket-address.ts";

/** The interfaces of the machine, for a driver. */
export interface Interfaces {
  /** The canonical name for the name or number of an interface; undefined if there is no such interface. */
  named(zone: string): string | undefined;
  /** Describes the zones in a message. */
  names(): readonly string[];
}

/** A machine without interfaces. */
export const NO_INTERFACES: Interfaces = { named: () => undefined, names: () => [] };

/**
 * The canonical text of an address: RFC 5952, with the name of its interface after a link-local one. Paths are unchanged.
 * Throws EINVAL for an invalid address, ENODEV for an unknown zone, and ENAMETOOLONG for a long path.
 */
export function canonical(address: SocketAddress, interfaces: Interfaces): SocketAddress {
  const { host, port } = address;
  if (port === -1) pathBytes(host);
  if (port === -1 || isIPv4(host)) return address;
  if (!isIPv6(host)) throw notAnAddress(host);
  const bytes = ipBytes(host);
  const zone = zoneOf(host);
  const name = zone === "" ? "" : interfaces.named(zone);
  if (name === undefined) throw noInterface(host, zone, interfaces.names());
  const text = name !== "" && isLinkLocal(bytes) ? `${ipText(bytes)}%${name}` : ipText(bytes);
  return address.ipv6Only === true ? { host: text, port, ipv6Only: true } : { host: text, port };
}

export function notAnAddress(host: string): SystemError {
  return new SystemError(Errno.INVAL, "address", `'${host}': expected an IPv4 or IPv6 address`);
}

/** `names`: the existing interfaces. */
export function noInterface(host: string, zone: string, names: readonly string[]): SystemError {
  const known = names.length === 0 ? "there is none" : `there are ${names.join(", ")}`;
  return new SystemError(Errno.NODEV, "address", `${host}: no interface '${zone}'; ${known}`);
}

/** The subject of a call's error, with the remedy for a link-local address without its zone (EINVAL). */
export function subjectOf({ host, port }: SocketAddress): string {
  if (port === -1) return host;
  const text = `${host}:${port}`;
  if (!isIPv6(host) || zoneOf(host) !== "" || !isLinkLocal(ipBytes(host))) return text;
  return `${text}, which is link-local: name its interface, as in ${host}%eth0`;
}
