/**
 * Capabilities that a driver may have beside the calls of `Driver`. Each capability is an object of the driver, or
 * undefined; its calls return and throw as those of `Driver` do. Without a capability the host answers ENOTSUP.
 */
import type { MutableAddress, SocketAddress } from "../../addresses/socket-address.ts";

/** WASI's riflags: 1 peek, 2 wait for all (handled by the host and ignored here). */
export type RecvFlags = number;

/** UDP. Handles also work with `poll`, `edges`, `close`, `localAddress`, `peerAddress`, `takeError`, and once connected with `send`. */
export interface Datagrams {
  /** Opens a socket at `address`; port 0 lets the system choose. Throws as `Driver.listen` does. */
  open(address: SocketAddress): number;
  /** Sets the peer: `send` goes to it, and only its datagrams are received. Returns 0 or a negated errno. connect(2) */
  connect(handle: number, peer: SocketAddress): number;
  /** Sends one datagram; -EMSGSIZE if it is too long. Delivery is not guaranteed. */
  sendTo(handle: number, bytes: Uint8Array, offset: number, length: number, to: SocketAddress): number;
  /**
   * Receives the oldest datagram. Returns its full length, which exceeds `length` if it was truncated, and its sender
   * in `from`.
   */
  recvFrom(
    handle: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    flags: RecvFlags,
    from: MutableAddress,
  ): number;
}

/** Stream sockets that have an address before they listen or connect. */
export interface BoundStreams {
  /**
   * bind(2) of a new socket, with SO_REUSEADDR. Port 0 lets the system choose. Throws as `Driver.listen` does. poll
   * finds OUT and HUP on it, as on Linux, once it is bound: at once, or later if the driver cannot answer within the
   * call; `takeError` then tells whether that failed. The handle stays the same when the socket listens or connects, so
   * it must not be armed in a queue.
   */
  open(address: SocketAddress): number;
  /** Turns the socket into a listener. Returns 0 or a negated errno. listen(2) */
  listen(handle: number, backlog: number): number;
  /**
   * Connects from the socket's address, as `Driver.connect` does. It can be called again after a failed connection.
   * Returns 0 or a negated errno.
   */
  connect(handle: number, address: SocketAddress): number;
}

/** Socket options (`socket-options.ts`). */
export interface SocketOptions {
  /** Returns the value, or a negated errno: -ENOTSUP for an unsupported option. getsockopt(2) */
  get(handle: number, option: number): number;
  /**
   * Returns 0 or a negated errno: -ENOTSUP if the driver cannot keep the value. Accepted sockets inherit a listener's options, and a
   * bound socket keeps its own. setsockopt(2)
   */
  set(handle: number, option: number, value: number): number;
  /**
   * Returns the option of a new stream socket, after setting it to `value` if given; or a negated errno. For a guest's
   * socket without a handle.
   */
  ofNewStream(option: number, value?: number): number;
}

/** Handles that are descriptors of the operating system. */
export interface Adoption {
  /** Takes over a descriptor. Only `Driver.close` closes it. */
  adopt(osDescriptor: number): number;
  /** Gives up a handle without closing its descriptor. */
  disown(handle: number): void;
}

/** Resources of the process that a driver without system descriptors takes over. */
export interface Inheritance {
  /** Takes over a listening socket of the operating system. */
  listener(osDescriptor: number): number;
  /** Returns a handle for standard input; -1 for a file, which is always ready. */
  standardInput(): number;
}

/** Unix sockets that are files. */
export interface UnixPaths {
  /**
   * Resolves a path and its links.
   *
   * @throws Error with a `code` if its directory does not exist
   */
  resolve(path: string): string;
}

/** Many receives and sends in one call. */
export interface Batches {
  /** Performs the list of `transfers.ts` in order. */
  transfer(list: Int32Array, count: number, bytes: Uint8Array): void;
}

/** A driver that cannot open a listener within the call. */
export interface DeferredListening {
  /** Resolves when the listener has its address. Rejects with the error of `Driver.listen`, and closes the handle. */
  opened(handle: number, address: SocketAddress): Promise<void>;
}
