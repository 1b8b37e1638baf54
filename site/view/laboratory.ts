/** The engine's module, and the worker that runs scripts beside the page. */
import { browserThread, Lab } from "../lab/client.ts";

let compiled: WebAssembly.Module;
let started: Lab | undefined;

/** @throws Error if the file cannot be loaded */
export async function loadEngine(): Promise<void> {
  const response = await fetch("core.wasm");
  compiled = await WebAssembly.compile(await response.arrayBuffer());
}

export const engine = (): WebAssembly.Module => compiled;

/** Started when it is first needed. */
export function lab(): Lab {
  started ??= new Lab(compiled, browserThread("worker.js"));
  return started;
}
