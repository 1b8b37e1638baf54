/** Sockets: descriptors over a driver's handles. Nothing here blocks; the calls in preview1/ and wasmedge/ do that. */

import { Errno } from "../abi/errno.ts";
import { Fdflags, Filetype } from "../abi/file-attributes.ts";
import { Rights, SOCKET_RIGHTS } from "../abi/rights.ts";
import type { Driver } from "../drivers/contract/driver.ts";
import type { IoVector } from "../drivers/contract/io-vector.ts";
import { Descriptor } from "./descriptors.ts";
import { WantedOptions } from "./wanted-options.ts";

/** IPv4 or IPv6: the number of an address family. */
export type IpFamily = 4 | 6;
export type Family = IpFamily | "unix";

/**
 * A socket opened by the guest, bound or not, that neither listens nor connects yet. It becomes a listener or a stream
 * under the same descriptor number. Until then there is nothing to watch: poll_oneoff finds it ready, as Linux does.
 */
export class FreshSocket extends Descriptor {
  readonly kind = "socket";
  readonly filetype = Filetype.SOCKET_STREAM;
  readonly rights = SOCKET_RIGHTS | Rights.SOCK_ACCEPT;
  readonly family: Family;
  /** The driver's handle, once it is bound; -1 before. */
  bound = -1;
  /** The stream that it becomes when the pending connection is established. */
  connecting: Stream | undefined;
  readonly options = new WantedOptions();
  readonly #driver: Driver;

  constructor(driver: Driver, family: Family) {
    super();
    this.#driver = driver;
    this.family = family;
  }

  override read(): number {
    return -Errno.NOTCONN;
  }

  override write(): number {
    return -Errno.NOTCONN;
  }

  close(): number {
    if (this.connecting !== undefined) return this.connecting.close();
    return this.bound < 0 ? 0 : this.#driver.close(this.bound);
  }
}

/** A listening socket: inherited, or made by the guest if its host allows that. */
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

  /** Bytes move through accepted streams: recv(2) on a listening socket is ENOTCONN. */
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

  override readVector(bytes: Uint8Array, vector: IoVector): number {
    return this.#driver.recvVector(this.handle, bytes, vector);
  }

  override writeVector(bytes: Uint8Array, vector: IoVector): number {
    return this.#driver.sendVector(this.handle, bytes, vector);
  }

  /** Like `read`, but the bytes stay (WASI's riflags `recv_peek`). */
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
