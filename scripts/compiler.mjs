/** Runs asc in worker threads, because it computes for seconds. */
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

/** Each holds binaryen, which takes 200 MB and more. */
const MAX_THREADS = Math.min(2, availableParallelism());

const idle = [];
/** Resolvers of those that wait for a thread, oldest first. */
const waiting = [];
let threads = 0;

/**
 * Compiles in the next thread that is free.
 *
 * @param {{ sources: string[], runtime: string, wasi?: "0.2" | "0.3", standard?: boolean, options?: string[] }} job See compiler-thread.mjs.
 * @returns {Promise<{ binary: Uint8Array, inputs: Map<string, string | null> }>} The module, and what it was made of.
 * @throws {Error} With what asc says, where it cannot compile the sources.
 */
export async function compile(job) {
  const thread = idle.pop() ?? (await freeThread());
  thread.ref();
  thread.postMessage(job);
  const [{ error, ...compiled }] = await once(thread, "message");
  const next = waiting.shift();
  if (next !== undefined) next(thread);
  else {
    // The process may end while a thread has nothing to do.
    thread.unref();
    idle.push(thread);
  }
  if (error !== undefined) throw new Error(error);
  return compiled;
}

function freeThread() {
  if (threads === MAX_THREADS) return new Promise((resolve) => waiting.push(resolve));
  threads++;
  return new Worker(new URL("compiler-thread.mjs", import.meta.url));
}
