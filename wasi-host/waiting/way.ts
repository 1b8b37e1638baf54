/** A way to wait: it completes calls that cannot answer yet. */
import type { Wait } from "./wait.ts";

export interface Way {
  /** Returns the result of a call, after its wait if it has one. A promise if the thread must not sleep. Frequent calls return a number themselves. */
  finish<Answer>(result: Answer | Wait<Answer>): Answer | Promise<Answer>;
}

/** The functions of one family, by their WASI names. The result is an errno, or a promise of one if a call waits. */
// biome-ignore lint/suspicious/noExplicitAny: the signatures differ, and WebAssembly checks them when it links.
export type Calls = Record<string, (...args: any[]) => number | Promise<number> | void>;
