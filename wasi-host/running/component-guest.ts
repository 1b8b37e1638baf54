/** A component with its grants: from its binary to its exit status. */
import type { SocketAddress } from "../addresses/socket-address.ts";
import { Command, commandOf } from "../components/command.ts";
import type { FlatFunction } from "../components/host.ts";
import type { CompiledComponent, LinkingTimes } from "../components/linker.ts";
import { LinkerGap } from "../errors/component-error.ts";
import { MAX_HANDLES } from "../kernel/limits.ts";
import { ProcessExit } from "../kernel/process-exit.ts";
import type { WasiHostOptions } from "../options/options.ts";
import { canTranspile } from "../platform/index.ts";
import { promise, type Suspending, suspendingImports } from "../waiting/suspending.ts";
import { withRemedy } from "./instantiate.ts";
import type { Execution } from "./module-guest.ts";
import type { Network } from "./network.ts";
import { Preview2Guest } from "./preview2-guest.ts";
import { runTranspiled } from "./transpiled-guest.ts";

const CALL = "call";

export class ComponentGuest {
  readonly #component: CompiledComponent;
  /** The entry export. */
  readonly #name: string;
  readonly #guest: Preview2Guest;
  readonly #maxHandles: number;

  /**
   * Opens everything granted.
   *
   * @param opened - see `Preview2Guest.open`
   * @throws ComponentError if the component is no program; errors of `Preview2Guest.open`
   */
  static async open(
    component: CompiledComponent,
    options: WasiHostOptions,
    opened?: Promise<Network>,
  ): Promise<ComponentGuest> {
    const name = commandOf(component.exports);
    const { handles = MAX_HANDLES } = options.limits ?? {};
    return new ComponentGuest(component, name, await Preview2Guest.open(options, opened), handles);
  }

  private constructor(component: CompiledComponent, name: string, guest: Preview2Guest, maxHandles: number) {
    this.#component = component;
    this.#name = name;
    this.#guest = guest;
    this.#maxHandles = maxHandles;
  }

  /** Actual addresses of the listeners that were opened for it. */
  get listening(): readonly SocketAddress[] {
    return this.#guest.listening;
  }

  /**
   * Links the component and runs it to its end, with the thread asleep during waits, or with the event loop free.
   *
   * If the linker lacks a feature, jco's JavaScript runs.
   *
   * @returns the exit status
   * @throws its traps; ComponentError if it cannot be linked, LinkerGap if a blocking guest may run; the reason of the
   *   option `signal`; the error of a stdio stream
   */
  async run(execution: Execution): Promise<number> {
    this.#guest.signal.throwIfAborted();
    return this.#guest.ended(await this.#status(execution));
  }

  /** The streams begin after linking: if a suspending guest cannot have the component, another guest reads them. */
  async #status({ onLinked, onTranspiled }: Execution): Promise<number> {
    try {
      const command = this.#link(onLinked);
      this.#guest.begin();
      return this.#guest.suspending === undefined ? command.run() : await command.runAsync(promise);
    } catch (error) {
      if (error instanceof LinkerGap && canTranspile) return this.#runTranspiled(error, onTranspiled);
      if (!(error instanceof ProcessExit)) throw error;
      // A start function can also exit before there is an instance.
      this.#guest.begin();
      return error.code;
    }
  }

  #runTranspiled(gap: LinkerGap, onTranspiled: Execution["onTranspiled"]): Promise<number> {
    if (this.#guest.suspending === undefined) {
      return runTranspiled(this.#component, this.#name, this.#guest.host, this.#maxHandles, gap, onTranspiled);
    }
    throw new LinkerGap(`${gap.message}; jco can run it, but not suspend it: sleep in a 'worker'`);
  }

  #link(onLinked?: (times: LinkingTimes) => void): Command {
    const { host, suspending } = this.#guest;
    const suspend = suspending === undefined ? undefined : suspended(suspending);
    try {
      const exports = this.#component.link({ host, maxHandles: this.#maxHandles, suspend, onLinked });
      return new Command(exports, this.#name);
    } catch (error) {
      throw withRemedy(error);
    }
  }

  /** Ends a suspending program, and closes everything that it left open. */
  [Symbol.dispose](): void {
    this.#guest.dispose();
  }
}

/**
 * Makes an import that suspends the guest while a call waits. Calls that do not wait yield to the event loop every few
 * milliseconds.
 */
function suspended(suspending: Suspending): (call: FlatFunction) => object {
  const waits = new Set([CALL]);
  return (call) => suspendingImports(suspending.takingTurns({ [CALL]: call as never }, waits), waits)[CALL];
}
