/**
 * A component that starts: its listeners are open before it is compiled, so that clients can connect as early as to a module, and the
 * engine's threads compile it while this thread does other things.
 */
import { type Network, openComponentNetwork } from "../../wasi-host/internal-node.ts";
import { sayListening } from "./listening.ts";
import type { Plan } from "./plan.ts";
import { compileFile } from "./program-file.ts";

export class Begun {
  /** Undefined without listeners. */
  readonly network: Promise<Network> | undefined;
  /** An error is reported when the component runs, as the network's. */
  readonly component: ReturnType<typeof compileFile>;
  #open: Network | undefined;

  /** Opens and announces the listeners, and begins to compile. */
  static async component({ path, maxPages, host, announce }: Plan): Promise<Begun> {
    const { listen = [], listenFds = [] } = host;
    const network = listen.length + listenFds.length > 0 ? openComponentNetwork(host) : undefined;
    const open = await network?.catch(() => undefined);
    if (announce && open !== undefined) sayListening(open.addresses);
    return new Begun(network, open, compileFile(path, maxPages));
  }

  private constructor(
    network: Promise<Network> | undefined,
    open: Network | undefined,
    component: ReturnType<typeof compileFile>,
  ) {
    this.network = network;
    this.#open = open;
    this.component = component;
    component.catch(() => undefined);
  }

  /** Closes the listeners, unless the component had them. */
  [Symbol.dispose](): void {
    this.#open?.abandon();
    this.#open = undefined;
  }
}
