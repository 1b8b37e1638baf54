/**
 * The web driver: sockets of Cloudflare's Workers (workerd), in the event loop of the guest's own thread, which is suspended
 * while it sleeps.
 *
 *     export class Server extends DurableObject {
 *       driver = new WebDriver({ connect });                    // of cloudflare:sockets: for connections out
 *       running = run(module, { driver: this.driver, listen: ["0.0.0.0:7"] });
 *       connect(socket) { return this.driver.serve(socket); }  // a connection that comes in
 *     }
 *
 * A Worker's sockets belong to their request: a guest with several sockets must live in a Durable Object, whose
 * requests share everything. There are no datagrams, and resets cannot be sent.
 */

import { NO_INTERFACES } from "../../addresses/zones.ts";
import { checkDriverOptions, type OptionRule } from "../contract/option-checks.ts";
import { BufferedDriver, type NetworkKind } from "../shared-region/driver.ts";
import { linkOnOwnThread } from "../shared-region/own-thread.ts";
import { BUFFERED_BYTES, SharedRegion } from "../shared-region/region.ts";
import { WebNetwork } from "./network.ts";
import type { WorkersConnect, WorkersSocket } from "./workers-socket.ts";

/** Options of the web driver. */
export interface WebDriverOptions {
  /** `connect` of cloudflare:sockets. Without it every connection is ENETUNREACH. */
  readonly connect?: WorkersConnect;
  /** Maximum bytes of all socket buffers, 139,584 each. EMFILE beyond. */
  readonly bufferedBytes?: number;
}

const OPTIONS: Readonly<Record<keyof WebDriverOptions, OptionRule>> = {
  connect: { type: (value) => typeof value === "function", expected: "connect of cloudflare:sockets" },
  bufferedBytes: BUFFERED_BYTES,
};

export const WEB: NetworkKind = { name: "web", interfaces: NO_INTERFACES, datagrams: false };

/** TCP in Cloudflare Workers. */
export class WebDriver extends BufferedDriver {
  readonly #network: WebNetwork;

  /** @throws ArgumentError for an unknown option or a value of another type, OutOfRangeError for a value out of range */
  constructor(options: WebDriverOptions = {}) {
    checkDriverOptions("web", options, OPTIONS);
    const { connect, bufferedBytes } = options;
    const region = SharedRegion.create(bufferedBytes);
    const network = new WebNetwork(connect);
    super(region, linkOnOwnThread(region, network), WEB);
    this.#network = network;
  }

  /**
   * For a Worker's handler `connect`: passes the connection to the guest's listener on its port, or to the first
   * listener.
   *
   * @returns a promise that resolves when the connection ends; the handler must await it
   */
  serve(socket: WorkersSocket): Promise<void> {
    return this.#network.accept(socket);
  }
}
