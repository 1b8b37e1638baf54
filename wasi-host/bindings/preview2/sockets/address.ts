/**
 * wasi:sockets/network's ip-socket-address, as flat values and in memory.
 *
 *      ip-socket-address   ipv4   case 0  port @4  address @6 (4 bytes)
 *                          ipv6   case 1  port @4  flow-info @8  address @12 (8 words of 16 bits)  scope-id @28
 */
import { ipBytes, ipText, isLinkLocal, zoneOf } from "../../../addresses/ip-address.ts";
import type { SocketAddress } from "../../../addresses/socket-address.ts";
import type { GuestMemory } from "../../../memory/guest-memory.ts";
import { IP_SOCKET_ADDRESS } from "../layout.ts";
import { caseOf } from "../trap.ts";

/** ip-address-family. */
export const IPV4 = 0;
export const IPV6 = 1;

export interface IpAddress {
  readonly family: number;
  readonly bytes: Uint8Array;
  readonly port: number;
  /** The number of a link-local address's interface. */
  readonly scope: number;
}

/** Flat values of an ip-socket-address after its case. */
export const FLAT_ADDRESS = 11;

/** Lifts an address from its case and its flat values. IPv4 has the first five. */
export function lifted(family: number, values: readonly number[]): IpAddress {
  caseOf(family, 2, "ip-socket-address");
  const [port] = values;
  if (family === IPV4) {
    return { family, bytes: Uint8Array.from(values.slice(1, 5)), port: port & 0xffff, scope: 0 };
  }
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (let group = 0; group < 8; group++) view.setUint16(2 * group, values[2 + group], false);
  return { family, bytes, port: port & 0xffff, scope: values[10] >>> 0 };
}

/** Reads an address from memory. */
export function loaded({ bytes: memory, view }: GuestMemory, at: number): IpAddress {
  const family = caseOf(memory[at], 2, "ip-socket-address");
  const port = view.getUint16(at + IP_SOCKET_ADDRESS.port, true);
  if (family === IPV4) {
    const first = at + IP_SOCKET_ADDRESS.ipv4;
    return { family, bytes: memory.slice(first, first + 4), port, scope: 0 };
  }
  const bytes = new Uint8Array(16);
  const groups = new DataView(bytes.buffer);
  for (let group = 0; group < 16; group += 2) {
    groups.setUint16(group, view.getUint16(at + IP_SOCKET_ADDRESS.ipv6 + group, true), false);
  }
  return { family, bytes, port, scope: view.getUint32(at + IP_SOCKET_ADDRESS.scope, true) };
}

/** Writes an address to `at`. */
export function store({ bytes: memory, view }: GuestMemory, at: number, { host, port }: SocketAddress): void {
  const bytes = ipBytes(host);
  memory[at] = bytes.length === 4 ? IPV4 : IPV6;
  view.setUint16(at + IP_SOCKET_ADDRESS.port, port, true);
  if (bytes.length === 4) {
    memory.set(bytes, at + IP_SOCKET_ADDRESS.ipv4);
    return;
  }
  view.setUint32(at + IP_SOCKET_ADDRESS.flowInfo, 0, true);
  storeGroups(view, at + IP_SOCKET_ADDRESS.ipv6, bytes);
  const zone = zoneOf(host);
  view.setUint32(at + IP_SOCKET_ADDRESS.scope, /^\d{1,9}$/.test(zone) ? Number(zone) : 0, true);
}

/** The eight 16-bit numbers of an IPv6 address. */
export function storeGroups(view: DataView, at: number, bytes: Uint8Array): void {
  for (let group = 0; group < 16; group += 2) view.setUint16(at + group, (bytes[group] << 8) | bytes[group + 1], true);
}

/** In the driver's form. */
export function named({ bytes, port, scope }: IpAddress): SocketAddress {
  const zone = scope !== 0 && isLinkLocal(bytes) ? `%${scope}` : "";
  return { host: ipText(bytes) + zone, port };
}

/** For a bind: sockets of WASI 0.2 have one family, also at `::` (wasi:sockets/tcp, create-tcp-socket: IPV6_V6ONLY). */
export function ofOneFamily(address: SocketAddress): SocketAddress {
  return address.host.includes(":") ? { ...address, ipv6Only: true } : address;
}

/** 0.0.0.0 or ::. */
export function isUnspecified({ bytes }: IpAddress): boolean {
  return bytes.every((byte) => byte === 0);
}

/** ::ffff:0:0/96. */
export function isMapped({ bytes }: IpAddress): boolean {
  return bytes.length === 16 && bytes.every((byte, index) => index > 11 || byte === (index < 10 ? 0 : 0xff));
}

/** Neither multicast nor broadcast. */
export function isUnicast({ family, bytes }: IpAddress): boolean {
  if (family === IPV6) return bytes[0] !== 0xff;
  return bytes[0] >> 4 !== 0xe && !bytes.every((byte) => byte === 0xff);
}
