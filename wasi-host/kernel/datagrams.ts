/** Datagram sockets (UDP): a datagram comes whole or not at all, with its sender's name. */

import { Errno } from "../abi/errno.ts";
import { Filetype } from "../abi/file-attributes.ts";
import { SOCKET_RIGHTS } from "../abi/rights.ts";
import type { SocketAddress } from "../addresses/socket-address.ts";
import type { Driver } from "../drivers/contract/driver.ts";
import { attempt } from "../errors/system-error.ts";
import { Descriptor, type DescriptorTable } from "./descriptors.ts";
import type { IpFamily } from "./sockets.ts";
import { WantedOptions } from "./wanted-options.ts";

/**
 * The driver's socket is opened when it gets an address: by sock_bind, or by the first call that needs one, as
 * sendto(2). Until then there is nothing to watch.
 */
export class DatagramSocket extends Descriptor {
  readonly kind = "socket";
  readonly filetype = Filetype.SOCKET_DGRAM;
  readonly rights = SOCKET_RIGHTS;
  override readonly messages = true;
  readonly family: IpFamily;
  /** Whether the guest chose the address. If not, it receives only from peers that it may send to. */
  bound = false;
  /** Whether a call waits for the driver to bind it. */
  binding = false;
  /** Options that were set before it has a name. */
  readonly options = new WantedOptions();
  readonly #driver: Driver;
  readonly #descriptors: DescriptorTable;

  constructor(driver: Driver, descriptors: DescriptorTable, family: IpFamily) {
    super();
    this.#driver = driver;
    this.#descriptors = descriptors;
    this.family = family;
  }

  /** Gives it a name. 0, or a negated errno. */
  open(address: SocketAddress): number {
    const handle = attempt(() => this.#driver.datagrams?.open(address) ?? -Errno.NOTSUP);
    if (handle < 0) return handle;
    const error = this.options.apply(this.#driver, handle);
    if (error < 0) {
      this.#driver.close(handle);
      return error;
    }
    this.handle = handle;
    this.binding = true;
    this.#descriptors.got(this);
    return 0;
  }

  /** The driver has refused the name. */
  unbind(): void {
    this.#driver.close(this.handle);
    this.handle = -1;
    this.#descriptors.got(this);
  }

  /** Gives it a name of the system's choice, unless it has one. 0, or a negated errno. */
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
