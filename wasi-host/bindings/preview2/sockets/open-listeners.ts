/**
 * The listeners that were opened for a component (the options `listen` and `listenFds`). WASI 0.2 has no listener that a component
 * inherits: the first bind to the listener's address gets it.
 */
import { ipBytes } from "../../../addresses/ip-address.ts";
import type { SocketAddress } from "../../../addresses/socket-address.ts";
import type { Driver } from "../../../drivers/contract/driver.ts";
import type { OpenListener } from "../../../kernel/open-listener.ts";

export class OpenListeners {
  readonly #driver: Driver;
  readonly #listeners: OpenListener[];

  constructor(driver: Driver, listeners: readonly OpenListener[]) {
    this.#driver = driver;
    this.#listeners = [...listeners];
  }

  /**
   * Gives up the listener of an address, once.
   *
   * @param address - with its actual port, or with port 0 if the option had it. Zones are not compared
   * @returns its handle; undefined if there is none
   */
  take({ host, port }: SocketAddress): number | undefined {
    if (this.#listeners.length === 0) return undefined;
    const bytes = ipBytes(host);
    const found = this.#listeners.findIndex(
      ({ handle, wanted }) =>
        (port === wanted.port || port === this.#driver.localAddress(handle)?.port) &&
        ipBytes(wanted.host).every((byte, index) => byte === bytes[index]),
    );
    return found < 0 ? undefined : this.#listeners.splice(found, 1)[0].handle;
  }

  /** Closes those that the component has not taken. */
  close(): void {
    for (const { handle } of this.#listeners.splice(0)) this.#driver.close(handle);
  }
}
