/**
 * Outgoing connections. WASI preview1 has no calls for them. These are WasmEdge's, and need a host that has them
 * (`pollux run --connect HOST:PORT`).
 */
import { EINVAL } from "../abi/errno";
import * as system from "../sys/system";
import { SOCKET_ADDRESS_SIZE } from "../sys/socket-address";
import { addressText, parseAddress } from "./address";

const address = memory.data(SOCKET_ADDRESS_SIZE, 8);

/**
 * Starts a connection to an address (text such as `127.0.0.1`; or `::1`) and returns its descriptor, a stream like those of
 * `accept`, non-blocking. It is writable when the connection is established or has failed: `takeError` says which. A negated errno
 * if it cannot start: EINVAL for another kind of address, EACCES for an address that the host does not grant, EMFILE.
 */
export function connect(host: string, port: i32): i32 {
  if (port < 0 || port > 65_535 || !parseAddress(host, port, address)) return -EINVAL;
  return system.connect(address);
}

/** Returns and clears the socket's error (SO_ERROR): 0, or a negated errno (ECONNREFUSED, ETIMEDOUT...). */
export function takeError(fd: i32): i32 {
  return system.takeError(fd);
}

/** A connection's own address, such as `127.0.0.1:40000` or `[::1]:40000`; empty if it has none. */
export function localAddress(fd: i32): string {
  return text(system.localAddress(fd, address));
}

/** The peer's address; empty before the connection is established. */
export function peerAddress(fd: i32): string {
  return text(system.peerAddress(fd, address));
}

function text(error: i32): string {
  return error < 0 ? "" : addressText(address);
}
