/** A guest's driver with its open listeners: the first things that are opened for it. */
import { parseAddress } from "../addresses/address.ts";
import type { SocketAddress } from "../addresses/socket-address.ts";
import type { Driver } from "../drivers/contract/driver.ts";
import type { OpenListener } from "../kernel/open-listener.ts";
import type { WasiHostOptions } from "../options/options.ts";
import { adoptListener } from "../platform/index.ts";
import { driverOf } from "./opening.ts";

export class Network {
  readonly driver: Driver;
  /** Those of `listen`, then those of `listenFds`. */
  readonly listeners: readonly OpenListener[];
  readonly #ownsDriver: boolean;
  #isOpen = true;

  /**
   * Opens the driver and the listeners of the options.
   *
   * @param keepsBytes - see `driverOf`
   * @param wanted - turns an address of `listen` into the one to listen on
   * @throws SystemError for a refused listen; ArgumentError that names an invalid address, descriptor, driver or limit. Nothing
   *   stays open then.
   */
  static async open(
    options: WasiHostOptions,
    keepsBytes = false,
    wanted = (address: SocketAddress): SocketAddress => address,
  ): Promise<Network> {
    const { listen = [], listenFds = [] } = options;
    const addresses = listen.map((address) => wanted(typeof address === "string" ? parseAddress(address) : address));
    const driver = await driverOf(options, keepsBytes);
    const listeners: OpenListener[] = [];
    const network = new Network(driver, listeners, driver !== options.driver);
    try {
      for (const address of addresses) {
        const handle = driver.listen(address);
        listeners.push({ handle, wanted: address });
        await driver.deferredListening?.opened(handle, address);
      }
      for (const descriptor of listenFds) {
        const handle = await adoptListener(driver, descriptor);
        listeners.push({ handle, wanted: driver.localAddress(handle)! });
      }
      return network;
    } catch (error) {
      network.abandon();
      throw error;
    }
  }

  private constructor(driver: Driver, listeners: readonly OpenListener[], ownsDriver: boolean) {
    this.driver = driver;
    this.listeners = listeners;
    this.#ownsDriver = ownsDriver;
  }

  /** The actual addresses of the listeners. */
  get addresses(): SocketAddress[] {
    return this.listeners.map(({ handle }) => this.driver.localAddress(handle) ?? { host: "", port: 0 });
  }

  /** The guest has closed the listeners: closes the driver with all its handles, unless it belongs to the caller. */
  dispose(): void {
    if (this.#isOpen && this.#ownsDriver) this.driver.dispose();
    this.#isOpen = false;
  }

  /** No guest has the listeners: closes them too. */
  abandon(): void {
    if (this.#isOpen) for (const { handle } of this.listeners) this.driver.close(handle);
    this.dispose();
  }
}
