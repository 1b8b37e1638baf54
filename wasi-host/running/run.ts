/** One program, from its module to its exit status, in the best way to sleep that runtime and program allow. */

import { runInWorker } from "#platform";
import { WasiHost } from "../host.ts";
import type { RunOptions } from "../options.ts";
import { canSuspend } from "../sleep/suspending.ts";
import { isGo } from "./go.ts";

/**
 * Runs a program to its end. Resolves to its exit status; rejects with its trap, with the reason of `signal`, with a
 * `SystemError` or an `Error` that names what was asked for and the way out.
 */
export async function run(module: WebAssembly.Module, options: RunOptions = {}): Promise<number> {
  const stepped = isStepped(module);
  const sleep = options.sleep ?? (stepped ? "stepping" : canSuspend ? "suspending" : "worker");
  if (sleep === "stepping" && !stepped) {
    throw new Error(
      `sleep: 'stepping' needs a module that exports pollux_step: use ${canSuspend ? "'suspending'" : "'worker'"} for others`,
    );
  }
  options.signal?.throwIfAborted();
  const nonblockingListeners = options.nonblockingListeners ?? isGo(module);
  if (sleep === "worker") return runInWorker(module, { ...options, nonblockingListeners });
  using host = await WasiHost.open({ ...options, nonblockingListeners, sleep });
  options.onListening?.(host.listening);
  const instance = await WebAssembly.instantiate(module, { ...host.imports });
  return sleep === "blocking" ? host.start(instance) : await host.startAsync(instance);
}

function isStepped(module: WebAssembly.Module): boolean {
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  return names.includes("pollux_step") && !names.includes("_start");
}
