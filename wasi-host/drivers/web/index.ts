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
 * A Worker's sockets belong to the request that they came with: a guest with several of them has to live in a Durable
 * Object, whose requests share everything. There are no datagrams, and no reset can be sent.
 */
import { Back } from "../buffered/back.ts";
import { Block } from "../buffered/block.ts";
import { BufferedDriver } from "../buffered/driver.ts";
import type { Link } from "../buffered/link.ts";
import { WebNetwork } from "./network.ts";
import type { WorkersConnect, WorkersSocket } from "./workers-socket.ts";

export interface WebDriverOptions {
  /** `connect` of cloudflare:sockets. Without it nothing can be reached (ENETUNREACH). */
  readonly connect?: WorkersConnect;
  /** Bytes that the buffers of its sockets may take: 143,360 each. EMFILE beyond. */
  readonly bufferedBytes?: number;
}

export class WebDriver extends BufferedDriver {
  readonly #network: WebNetwork;

  constructor({ connect, bufferedBytes }: WebDriverOptions = {}) {
    const block = Block.create(bufferedBytes);
    const network = new WebNetwork(connect);
    const link: Link = { rouse: () => back.run(), expect: () => {}, onNotices: () => {}, close: () => {} };
    const back = new Back(block, network, () => link.onNotices());
    super("web", block, link, false);
    this.#network = network;
  }

  /**
   * For the handler `connect` of a Worker: gives the connection to the guest's listener at its port; where that is not known,
   * or nobody listens there, to the first one. Resolves when the connection is over, which the handler has to wait for.
   */
  serve(socket: WorkersSocket): Promise<void> {
    return this.#network.accept(socket);
  }
}
