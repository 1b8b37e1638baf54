/**
 * Connections that the program makes. WASI preview1 has no call for that: these are WasmEdge's, and a program that uses
 * them runs where the host has those too (`pollux run --connect HOST:PORT`).
 */
import { EINVAL } from "../sys/errno";
import * as system from "../sys/system";
import { addressText, parseIpv4 } from "./address";

/**
 * Starts a connection to an IPv4 address (text such as `127.0.0.1`) and returns its descriptor, a stream like those of
 * `accept`, non-blocking. It is writable when the connection is made or has failed: `takeError` says which. A negated errno
 * where it cannot be started: EINVAL for another kind of address, EACCES for what the host does not grant, EMFILE.
 */
export function connect(host: string, port: i32): i32 {
  const ip = parseIpv4(host);
  if (ip < 0 || port < 0 || port > 65_535) return -EINVAL;
  return system.connect(<u32>ip, port);
}

/** What went wrong on the socket, which asking clears (SO_ERROR): 0, or a negated errno (ECONNREFUSED, ETIMEDOUT...). */
export function takeError(fd: i32): i32 {
  return system.takeError(fd);
}

/** `127.0.0.1:40000`, this end of an IPv4 connection; nothing where it has no address. */
export function localAddress(fd: i32): string {
  return text(system.localAddress(fd));
}

/** The other end; nothing before the connection is made. */
export function peerAddress(fd: i32): string {
  return text(system.peerAddress(fd));
}

function text(address: i64): string {
  return address < 0 ? "" : addressText(<u32>address, <u32>(address >> 32));
}
