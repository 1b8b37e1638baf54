/** `struct sockaddr_in`, `sockaddr_in6` and `sockaddr_un` (ip(7), ipv6(7), unix(7)), to and from addresses. */
import os from "node:os";
import { ipBytes, ipText, isIPv4, isIPv6, isLinkLocal, zoneOf } from "../../addresses/ip-address.ts";
import { Latest } from "../../addresses/latest.ts";
import { pathBytes } from "../../addresses/path-length.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { noInterface, notAnAddress } from "../../addresses/zones.ts";
import { SystemError } from "../../errors/system-error.ts";
import { libc, NativeBuffer } from "./libc.ts";

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCKADDR_SIZE = 128;
const SCOPE_ID = 24;

/** IF_NAMESIZE */
const nameBuffer = new NativeBuffer(16);

export function familyOf(address: SocketAddress): number {
  if (address.port === -1) return AF_UNIX;
  if (isIPv4(address.host)) return AF_INET;
  if (isIPv6(address.host)) return AF_INET6;
  throw notAnAddress(address.host);
}

/** By host, whatever the port. Without those that have a zone: interfaces change. */
const latest = new Latest<string, Uint8Array>();

/** Valid until the next call. */
export function encode(address: SocketAddress): Uint8Array {
  const { host, port } = address;
  if (port === -1) return encodeNew(address);
  let bytes = latest.get(host);
  if (bytes === undefined) {
    bytes = encodeNew(address);
    if (zoneOf(host) === "") latest.keep(host, bytes);
  }
  bytes[2] = port >> 8;
  bytes[3] = port;
  return bytes;
}

function encodeNew(address: SocketAddress): Uint8Array {
  const family = familyOf(address);
  const bytes = new Uint8Array(new ArrayBuffer(SOCKADDR_SIZE));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  if (family === AF_UNIX) {
    const path = pathBytes(address.host);
    bytes.set(path, 2);
    return bytes.subarray(0, 2 + path.length + 1);
  }
  const ip = ipBytes(address.host);
  bytes.set(ip, family === AF_INET ? 4 : 8);
  const zone = zoneOf(address.host);
  if (zone !== "") {
    const index = interfaceIndex(address.host, zone);
    // After any other address the kernel does not use it.
    if (isLinkLocal(ip)) view.setUint32(SCOPE_ID, index, true);
  }
  return bytes.subarray(0, family === AF_INET ? 16 : 28);
}

/** The same without exceptions: a negated errno for an invalid address. */
export function encodeOrFail(address: SocketAddress): Uint8Array | number {
  try {
    return encode(address);
  } catch (error) {
    if (error instanceof SystemError) return error.errno;
    throw error;
  }
}

/** As getaddrinfo(3): a name, else a number. Throws ENODEV if there is no such interface. */
function interfaceIndex(host: string, zone: string): number {
  const index = libc.if_nametoindex(zone) || (/^\d{1,9}$/.test(zone) ? Number(zone) : 0);
  if (index !== 0 && interfaceName(index) !== undefined) return index;
  throw noInterface(host, zone, Object.keys(os.networkInterfaces()));
}

function interfaceName(index: number): string | undefined {
  if (libc.if_indextoname(index, nameBuffer.address) === 0) return undefined;
  const bytes = new Uint8Array(nameBuffer.buffer);
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}

/** `length` is the kernel's: a socket without a name has only a family. */
export function decode(bytes: Uint8Array, length: number): SocketAddress | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const family = view.getUint16(0, true);
  const port = view.getUint16(2, false);
  if (family === AF_INET) return { host: ipText(bytes.subarray(4, 8)), port };
  if (family === AF_INET6) return { host: ipText(bytes.subarray(8, 24)) + zoneIn(bytes, view), port };
  if (family === AF_UNIX) {
    const path = bytes.subarray(2, length);
    const end = path.indexOf(0);
    return { host: new TextDecoder().decode(end < 0 ? path : path.subarray(0, end)), port: -1 };
  }
  return undefined;
}

/** The zone of a link-local address: the interface's name, or its number if it is gone. */
function zoneIn(bytes: Uint8Array, view: DataView): string {
  const index = view.getUint32(SCOPE_ID, true);
  if (index === 0 || !isLinkLocal(bytes.subarray(8, 24))) return "";
  return `%${interfaceName(index) ?? index}`;
}
