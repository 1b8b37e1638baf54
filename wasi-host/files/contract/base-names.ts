/** The implementations of files, by name. */

/** Our own over node:fs, or the files of another implementation. */
export type BaseName = "minimal" | "node-wasi" | "wasmer-wasi";

/** The default first. */
export const BASES: readonly [BaseName, ...BaseName[]] = ["minimal", "node-wasi", "wasmer-wasi"];
