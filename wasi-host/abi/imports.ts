/** The functions of one family, by their WASI names. Integers arrive signed, u64 as bigint; the result is an errno. */
// biome-ignore lint/suspicious/noExplicitAny: the signatures differ, and WebAssembly checks them when it links.
export type Imports = Record<string, (...args: any[]) => number | void>;
