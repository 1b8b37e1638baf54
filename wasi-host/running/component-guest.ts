/** A component with its grants: from its binary to its exit status. */
import { Command, commandOf } from "../components/command.ts";
import type { FlatFunction } from "../components/host.ts";
import type { CompiledComponent, LinkingTimes } from "../components/linker.ts";
import { MAX_HANDLES } from "../kernel/limits.ts";
import { ProcessExit } from "../kernel/process-exit.ts";
import type { WasiHostOptions } from "../options/options.ts";
import { promise, type Suspending, suspendingImports } from "../waiting/suspending.ts";
import { withRemedy } from "./instantiate.ts";
import { Preview2Guest } from "./preview2-guest.ts";

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
   * @throws ComponentError if the component is no program; errors of `Preview2Guest.open`
   */
  static async open(component: CompiledComponent, options: WasiHostOptions): Promise<ComponentGuest> {
    const name = commandOf(component.exports);
    const { handles = MAX_HANDLES } = options.limits ?? {};
    return new ComponentGuest(component, name, await Preview2Guest.open(options), handles);
  }

  private constructor(component: CompiledComponent, name: string, guest: Preview2Guest, maxHandles: number) {
    this.#component = component;
    this.#name = name;
    this.#guest = guest;
    this.#maxHandles = maxHandles;
  }

  /**
   * Links the component and runs it to its end, with the thread asleep during waits, or with the event loop free.
   *
   * @param onLinked called before the program starts
   * @returns the exit status
   * @throws its traps; ComponentError if it cannot be linked; the reason of the option `signal`; the error of a stdio
   *   stream
   */
  async run(onLinked?: (times: LinkingTimes) => void): Promise<number> {
    this.#guest.begin();
    return this.#guest.ended(await this.#status(onLinked));
  }

  async #status(onLinked?: (times: LinkingTimes) => void): Promise<number> {
    try {
      const command = this.#link(onLinked);
      return this.#guest.suspending === undefined ? command.run() : await command.runAsync(promise);
    } catch (error) {
      // A start function can also exit before there is an instance.
      if (error instanceof ProcessExit) return error.code;
      throw error;
    }
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
