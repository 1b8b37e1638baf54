/**
 * Runs a program, in any thread: opens a host, checks the imports, and starts the program. `run`, its worker's thread,
 * and the command use it.
 */
import type { CompiledComponent } from "../components/linker.ts";
import type { WasiHostOptions } from "../options/options.ts";
import type { Execution } from "./module-guest.ts";
import type { Program } from "./program.ts";

/**
 * Runs a module or component to its end.
 *
 * @returns the exit status, 0 to 2^32 - 1
 * @throws errors of `WasiHost.open`, ArgumentError for an import that the host does not have, and the program's trap
 */
export function execute(program: Program, options: WasiHostOptions, execution: Execution = {}): Promise<number> {
  return program instanceof WebAssembly.Module
    ? executeModule(program, options, execution)
    : executeComponent(program, options, execution);
}

/** The hosts of modules and of components are loaded only for their programs. */
async function executeModule(
  module: WebAssembly.Module,
  options: WasiHostOptions,
  execution: Execution,
): Promise<number> {
  const { runModule } = await import("./module-guest.ts");
  return runModule(module, options, execution);
}

async function executeComponent(
  component: CompiledComponent,
  options: WasiHostOptions,
  { onListening, network, onStack = (start) => start(), ...execution }: Execution,
): Promise<number> {
  const { ComponentGuest } = await import("./component-guest.ts");
  using guest = await ComponentGuest.open(component, options, network);
  onListening?.(guest.listening);
  return await onStack(() => guest.run(execution));
}
