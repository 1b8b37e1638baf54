/** One program, from its module to its exit status, in the best way to sleep that runtime and program allow. */
import { WasiHost } from "../host.ts";
import { checkLimits } from "../limits.ts";
import { limitMemory } from "../memory-limit.ts";
import type { RunOptions } from "../options.ts";
import { runInWorker } from "../platform/index.ts";
import { canSuspend } from "../sleep/suspending.ts";
import { isGo } from "./go.ts";

/**
 * Runs a program to its end: a module, or its bytes. Resolves to its exit status; rejects with its trap, with the reason of
 * `signal`, with a `SystemError` or an `Error` that names what was asked for and the way out, or the limit that was reached.
 */
export async function run(program: WebAssembly.Module | Uint8Array, options: RunOptions = {}): Promise<number> {
  const { limits = {} } = options;
  checkLimits(limits);
  const module = await compiled(program, limits.pages);
  if (limits.timeout === undefined) return runModule(module, options);
  if (options.sleep === "blocking") {
    throw new Error("limits.timeout needs a free event loop: use sleep: 'worker'");
  }
  const end = new AbortController();
  const late = new Error(
    `the program ran longer than ${limits.timeout} ms and was ended: limits.timeout sets the limit`,
  );
  const timer = setTimeout(() => end.abort(late), limits.timeout);
  const signal = options.signal === undefined ? end.signal : AbortSignal.any([options.signal, end.signal]);
  try {
    return await runModule(module, { sleep: "worker", ...options, signal });
  } finally {
    clearTimeout(timer);
  }
}

async function compiled(
  program: WebAssembly.Module | Uint8Array,
  pages: number | undefined,
): Promise<WebAssembly.Module> {
  if (program instanceof Uint8Array) {
    return WebAssembly.compile(pages === undefined ? new Uint8Array(program) : limitMemory(program, pages));
  }
  if (pages === undefined) return program;
  throw new Error("limits.pages is for a program that is given as bytes: give these in place of the module");
}

async function runModule(module: WebAssembly.Module, options: RunOptions): Promise<number> {
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
