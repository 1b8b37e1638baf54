/** Sockets: descriptors over a driver's handles. Nothing here blocks; the calls in preview1/ and wasmedge/ do that. */
import { Descriptor, Fdflags, Filetype } from "./descriptors.ts";
import type { Driver, SocketAddress } from "./drivers/driver.ts";
import { Errno } from "./errno.ts";
import { Rights, SOCKET_RIGHTS } from "./rights.ts";

/** IPv4 or IPv6: the number that an address of the family is known by. */
export type Family = 4 | 6;

/**
 * A socket that the guest has opened, and that neither listens nor connects yet. It becomes a listener or a stream under
 * the same descriptor number. Until then there is nothing to watch: poll_oneoff finds it ready, as Linux does.
 */
export class FreshSocket extends Descriptor {
  readonly kind = "socket";
  readonly filetype = Filetype.SOCKET_STREAM;
  readonly rights = SOCKET_RIGHTS | Rights.SOCK_ACCEPT;
  readonly family: Family;
  /** Where it shall listen; the driver hears of it only then. */
  bound: SocketAddress | undefined;
  /** What it will be when the connection is made that a call waits for. */
  connecting: Stream | undefined;

  constructor(family: Family) {
    super();
    this.family = family;
  }

  override read(): number {
    return -Errno.NOTCONN;
  }

  override write(): number {
    return -Errno.NOTCONN;
  }

  close(): number {
    return this.connecting?.close() ?? 0;
  }
}

/** A listening socket: inherited, or made by the guest where its host allows that. */
export class Listener extends Descriptor {
  readonly kind = "listener";
  readonly filetype = Filetype.SOCKET_STREAM;
  readonly rights =
    Rights.FD_READ |
    Rights.FD_FDSTAT_SET_FLAGS |
    Rights.FD_FILESTAT_GET |
    Rights.POLL_FD_READWRITE |
    Rights.SOCK_ACCEPT;
  readonly #driver: Driver;

  constructor(driver: Driver, handle: number, nonblocking = false) {
    super();
    this.#driver = driver;
    this.handle = handle;
    if (nonblocking) this.fdflags = Fdflags.NONBLOCK;
  }

  /** The handle of the next connection, or a negated errno. */
  accept(): number {
    return this.#driver.accept(this.handle);
  }

  /** Bytes come and go through what `accept` gives: recv(2) on a listening socket is ENOTCONN. */
  override read(): number {
    return -Errno.NOTCONN;
  }

  override write(): number {
    return -Errno.NOTCONN;
  }

  close(): number {
    return this.#driver.close(this.handle);
  }
}

/** A connected socket. */
export class Stream extends Descriptor {
  readonly kind = "stream";
  readonly filetype = Filetype.SOCKET_STREAM;
  readonly rights = SOCKET_RIGHTS;
  readonly #driver: Driver;

  constructor(driver: Driver, handle: number, nonblocking: boolean) {
    super();
    this.#driver = driver;
    this.handle = handle;
    if (nonblocking) this.fdflags = Fdflags.NONBLOCK;
  }

  override read(bytes: Uint8Array, offset: number, length: number): number {
    return this.#driver.recv(this.handle, bytes, offset, length, 0);
  }

  override write(bytes: Uint8Array, offset: number, length: number): number {
    return this.#driver.send(this.handle, bytes, offset, length);
  }

  /** As `read`, and the bytes stay where they are (WASI's riflags `recv_peek`). */
  peek(bytes: Uint8Array, offset: number, length: number): number {
    return this.#driver.recv(this.handle, bytes, offset, length, 1);
  }

  shutdown(how: number): number {
    return this.#driver.shutdown(this.handle, how);
  }

  close(): number {
    return this.#driver.close(this.handle);
  }
}
