/** Runs a program from its bytes to its exit status, in the best way to sleep that it and the runtime support. */
import type { SocketAddress } from "../addresses/socket-address.ts";
import { ArgumentError } from "../errors/argument-error.ts";
import { LinkerGap } from "../errors/component-error.ts";
import { checkLimits } from "../kernel/limits.ts";
import { checkHostOptions } from "../options/option-values.ts";
import { RUN_OPTIONS, type RunOptions, type WasiHostOptions } from "../options/options.ts";
import { canTranspile, runInWorker } from "../platform/index.ts";
import { canSuspend } from "../waiting/suspending.ts";
import { execute } from "./execution.ts";
import type { Execution } from "./module-guest.ts";
import { checkProgram, compile, compileModule, isComponent } from "./program.ts";

const SLEEPS = ["blocking", "suspending", "stepping", "worker"];

/**
 * Runs a program to its end.
 *
 * @param program - a module, or the bytes of a module or component
 * @returns the exit status
 * @throws the program's trap; the reason of `signal`; a `SystemError`; an `Error` that names the value and the remedy,
 *   or the exceeded limit
 */
export async function run(program: WebAssembly.Module | Uint8Array, options: RunOptions = {}): Promise<number> {
  checkProgram(program);
  checkHostOptions("run", options as WasiHostOptions, RUN_OPTIONS, SLEEPS);
  const { limits = {} } = options;
  checkLimits(limits);
  if (limits.stack !== undefined && (options.sleep ?? "worker") !== "worker") {
    throw new Error(`limits.stack needs the program in its own thread: use sleep: 'worker', not '${options.sleep}'`);
  }
  if (limits.timeout === undefined) {
    return runProgram(program, limits.stack === undefined ? options : { ...options, sleep: "worker" });
  }
  if (options.sleep === "blocking") {
    throw new ArgumentError("limits.timeout needs a free event loop: use sleep: 'worker'");
  }
  const end = new AbortController();
  const late = new Error(
    `the program ran longer than ${limits.timeout} ms and was killed; limits.timeout sets the limit`,
  );
  const timer = setTimeout(() => end.abort(late), limits.timeout);
  const signal = options.signal === undefined ? end.signal : AbortSignal.any([options.signal, end.signal]);
  try {
    return await runProgram(program, { sleep: "worker", ...options, signal });
  } finally {
    clearTimeout(timer);
  }
}

/** A worker gets the bytes of a component and compiles them itself. */
async function runProgram(program: WebAssembly.Module | Uint8Array, options: RunOptions): Promise<number> {
  const { pages } = options.limits ?? {};
  options.signal?.throwIfAborted();
  if (program instanceof Uint8Array && isComponent(program)) {
    const sleep = options.sleep ?? (canSuspend ? "suspending" : "worker");
    if (sleep === "worker") return runInWorker(program, options);
    const { onListening, ...rest } = options;
    const compiled = await compile(program, pages);
    if (options.sleep !== undefined || !canTranspile) return execute(compiled, { ...rest, sleep }, { onListening });
    // jco's JavaScript of a component cannot suspend. Nothing of the program has run.
    return execute(compiled, { ...rest, sleep }, onceLinked(onListening)).catch((error) => {
      if (error instanceof LinkerGap) return runInWorker(program, options);
      throw error;
    });
  }
  if (program instanceof Uint8Array) return runModule(await compileModule(program, pages), options);
  if (pages === undefined) return runModule(program, options);
  throw new ArgumentError("limits.pages needs the program as bytes, not as a module");
}

/** Tells the addresses of a component that will run: one that cannot be linked gets others. */
function onceLinked(onListening: RunOptions["onListening"]): Execution {
  let listening: readonly SocketAddress[] = [];
  return {
    onListening(addresses) {
      listening = addresses;
    },
    onLinked: () => onListening?.(listening),
  };
}

async function runModule(module: WebAssembly.Module, { onListening, ...options }: RunOptions): Promise<number> {
  const stepped = isStepped(module);
  const sleep = options.sleep ?? (stepped ? "stepping" : canSuspend ? "suspending" : "worker");
  if (sleep === "stepping" && !stepped) {
    throw new ArgumentError(
      `sleep: 'stepping' needs a module that exports pollux_step: use ${canSuspend ? "'suspending'" : "'worker'"} for others`,
    );
  }
  options.signal?.throwIfAborted();
  return sleep === "worker"
    ? runInWorker(module, { ...options, onListening })
    : execute(module, { ...options, sleep }, { onListening });
}

function isStepped(module: WebAssembly.Module): boolean {
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  return names.includes("pollux_step") && !names.includes("_start");
}
