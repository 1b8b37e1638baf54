/**
 * Instantiates a module; if its memory cannot be had, the error gives the remedy.
 *
 * V8 reserves 8 to 10 GiB of addresses for each memory, so that the processor checks the bounds. In a process with a
 * limit (`ulimit -v`), Node 20 and 22 fail; Node 24 and later check in software.
 */
import { moreAddresses } from "../platform/index.ts";

/** Messages of V8 for an instance and for a memory, and of JavaScriptCore. */
const NO_MEMORY = /out of memory|cannot allocate|could not allocate/i;

/**
 * Asynchronous, because a page's main thread refuses large modules.
 *
 * @returns the instance, after its start function
 * @throws Error with the code ENOMEM without memory or address space for it; other errors of V8
 */
export async function instantiate(
  module: WebAssembly.Module,
  imports: WebAssembly.Imports,
): Promise<WebAssembly.Instance> {
  try {
    return await WebAssembly.instantiate(module, imports);
  } catch (error) {
    throw withRemedy(error);
  }
}

/** An error of V8, or the remedy if it was about memory. */
export function withRemedy(error: unknown): unknown {
  if (!(error instanceof RangeError && NO_MEMORY.test(error.message))) return error;
  const message = `no memory for the instance: ${moreAddresses}`;
  return Object.assign(new Error(message, { cause: error }), { code: "ENOMEM" });
}
