/** Datagram sockets (UDP): what was sent comes whole, or not at all, and with its sender's name. */
import { Descriptor, type DescriptorTable, Filetype } from "./descriptors.ts";
import type { Driver, SocketAddress } from "./drivers/driver.ts";
import { Errno } from "./errno.ts";
import { SOCKET_RIGHTS } from "./rights.ts";
import type { Family } from "./sockets.ts";
import { attempt } from "./system-error.ts";

/**
 * The driver hears of it when it gets a name: by sock_bind, or by the first call that needs one, as sendto(2) does it. Until
 * then there is nothing to watch.
 */
export class DatagramSocket extends Descriptor {
  readonly kind = "socket";
  readonly filetype = Filetype.SOCKET_DGRAM;
  readonly rights = SOCKET_RIGHTS;
  override readonly messages = true;
  readonly family: Family;
  /** Has the guest said where? Else it hears those alone that it may send to. */
  bound = false;
  readonly #driver: Driver;
  readonly #descriptors: DescriptorTable;

  constructor(driver: Driver, descriptors: DescriptorTable, family: Family) {
    super();
    this.#driver = driver;
    this.#descriptors = descriptors;
    this.family = family;
  }

  /** Gets a name. 0, or a negated errno. */
  open(address: SocketAddress): number {
    const handle = attempt(() => this.#driver.datagrams(address));
    if (handle < 0) return handle;
    this.handle = handle;
    this.#descriptors.got(this);
    return 0;
  }

  /** A name of the system's choice, where it has none. 0, or a negated errno. */
  ensureOpen(): number {
    return this.handle >= 0 ? 0 : this.open({ host: this.family === 4 ? "0.0.0.0" : "::", port: 0 });
  }

  shutdown(how: number): number {
    return this.handle < 0 ? -Errno.NOTCONN : this.#driver.shutdown(this.handle, how);
  }

  close(): number {
    return this.handle < 0 ? 0 : this.#driver.close(this.handle);
  }
}
