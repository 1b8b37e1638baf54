/** The engine's module, and the worker that runs scripts beside the page. */
import { browserThread, Lab } from "../lab/client.ts";

let compiled: WebAssembly.Module;
let started: Lab | undefined;

/** Returns whether the file could be loaded. */
export async function loadEngine(): Promise<boolean> {
  try {
    const response = await fetch("core.wasm");
    compiled = await WebAssembly.compile(await response.arrayBuffer());
    return true;
  } catch {
    return false;
  }
}

export const engine = (): WebAssembly.Module => compiled;

/** Started when it is first needed. */
export function lab(): Lab {
  started ??= new Lab(compiled, browserThread("worker.js"));
  return started;
}
