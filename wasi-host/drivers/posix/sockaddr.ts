/** `struct sockaddr_in`, `sockaddr_in6` and `sockaddr_un` (ip(7), ipv6(7), unix(7)), to and from addresses. */
import { Errno } from "../../errno.ts";
import { ipBytes, ipText, isIPv4, isIPv6 } from "../../ip-address.ts";
import { SystemError } from "../../system-error.ts";
import type { SocketAddress } from "../driver.ts";

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCKADDR_SIZE = 128;

export function familyOf(address: SocketAddress): number {
  if (address.port === -1) return AF_UNIX;
  if (isIPv4(address.host)) return AF_INET;
  if (isIPv6(address.host)) return AF_INET6;
  throw new SystemError(Errno.INVAL, "address", `'${address.host}': expected an IPv4 or IPv6 address`);
}

export function encode(address: SocketAddress): Uint8Array {
  const family = familyOf(address);
  const bytes = new Uint8Array(new ArrayBuffer(SOCKADDR_SIZE));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  if (family === AF_UNIX) {
    const path = new TextEncoder().encode(address.host);
    if (path.length > 107) throw new SystemError(Errno.NAMETOOLONG, "address", address.host);
    bytes.set(path, 2);
    return bytes.subarray(0, 2 + path.length + 1);
  }
  view.setUint16(2, address.port, false);
  const ip = ipBytes(address.host);
  bytes.set(ip, family === AF_INET ? 4 : 8);
  return bytes.subarray(0, family === AF_INET ? 16 : 28);
}

/** `length` as the kernel gave it: a socket without a name has nothing behind its family. */
export function decode(bytes: Uint8Array, length: number): SocketAddress | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const family = view.getUint16(0, true);
  const port = view.getUint16(2, false);
  if (family === AF_INET) return { host: ipText(bytes.subarray(4, 8)), port };
  if (family === AF_INET6) return { host: ipText(bytes.subarray(8, 24)), port };
  if (family === AF_UNIX) {
    const path = bytes.subarray(2, length);
    const end = path.indexOf(0);
    return { host: new TextDecoder().decode(end < 0 ? path : path.subarray(0, end)), port: -1 };
  }
  return undefined;
}
