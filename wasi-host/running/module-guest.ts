/** A module with its grants: from its binary to its exit status. */
import type { SocketAddress } from "../addresses/socket-address.ts";
import type { LinkingTimes } from "../components/linker.ts";
import { ProcessExit } from "../kernel/process-exit.ts";
import type { SignalGrant } from "../kernel/signals.ts";
import type { WasiHostOptions } from "../options/options.ts";
import { isGo } from "./go.ts";
import { WasiHost } from "./host.ts";
import { instantiate } from "./instantiate.ts";
import type { Network } from "./network.ts";
import { checkImports } from "./program.ts";

/** Further options of `execute`. */
export interface Execution {
  /** The module's name in messages. Default: the module. */
  readonly name?: string;
  /**
   * Called before the module is instantiated, when the host is open and the imports are known; before a component is
   * linked.
   */
  readonly onListening?: (addresses: readonly SocketAddress[]) => void;
  /** The network of a component, if it is open already (`openComponentNetwork`). The caller abandons it in the end. */
  readonly network?: Promise<Network>;
  /** Called when a component is linked, before its program starts. */
  readonly onLinked?: (times: LinkingTimes) => void;
  /** Called when jco has made JavaScript of a component that cannot be linked, with the reason and milliseconds. */
  readonly onTranspiled?: (reason: string, time: number) => void;
  /** The guest's imports. */
  readonly imports?: (imports: WasiHost["imports"]) => WasiHost["imports"];
  /** Signals of the process that a module may catch. */
  readonly signals?: SignalGrant;
  /** Calls `start`, which starts the guest. */
  readonly onStack?: <T>(start: () => T) => T;
}

/**
 * Runs a module to its end.
 *
 * @returns the exit status, 0 to 2^32 - 1
 * @throws as `execute`
 */
export async function runModule(
  module: WebAssembly.Module,
  options: WasiHostOptions,
  { name, onListening, signals, imports = (all) => all, onStack = (start) => start() }: Execution,
): Promise<number> {
  const nonblockingListeners = options.nonblockingListeners ?? isGo(module);
  using host = await WasiHost.open({ ...options, nonblockingListeners }, signals);
  checkImports(module, host.imports.wasi_snapshot_preview1, name);
  onListening?.(host.listening);
  try {
    const instance = await instantiate(module, { ...imports(host.imports) });
    const blocks = (options.sleep ?? "blocking") === "blocking";
    return await onStack(() => (blocks ? host.start(instance) : host.startAsync(instance)));
  } catch (error) {
    // A start function can exit before there is an instance for the host.
    if (error instanceof ProcessExit) return error.code;
    throw error;
  }
}
