/** The bases for the tests: our own in both of its ways to hold a directory. */
import { byPath } from "../../wasi-host/files/own/directories.ts";
import { nodeTimes } from "../../wasi-host/files/own/file-times.ts";
import { MinimalBase } from "../../wasi-host/files/own/index.ts";
import type { WasiHostOptions } from "../../wasi-host/index.ts";
import { Guest } from "./hand-driven-guest.ts";

type Dirs = Readonly<Record<string, string>>;

/** Over the host's directories, by their names in the test report: how a guest is opened. */
export const BASES: Readonly<Record<string, (dirs: Dirs, options?: WasiHostOptions) => Promise<Guest>>> = {
  minimal: (dirs, options) => Guest.open({ ...options, dirs }),
  "minimal, by paths": (dirs, options) =>
    Guest.open({ ...options, base: new MinimalBase(dirs, byPath, () => nodeTimes) }),
  "node-wasi": (dirs, options) => Guest.open({ ...options, dirs, base: "node-wasi" }),
};

/** Also those with a copy of the directories in memory. */
export const ALL_BASES: typeof BASES = {
  ...BASES,
  "wasmer-wasi": (dirs, options) => Guest.open({ ...options, dirs, base: "wasmer-wasi" }),
};
