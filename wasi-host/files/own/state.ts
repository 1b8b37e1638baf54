/** The state shared by this base's calls. */
import type { GuestMemory } from "../../memory/guest-memory.ts";
import type { Ground } from "./directories.ts";
import type { FileTimes } from "./file-times.ts";
import type { OpenFiles } from "./open-files.ts";

export interface State {
  readonly memory: GuestMemory;
  readonly files: OpenFiles;
  readonly ground: Ground;
  readonly times: () => FileTimes;
}

/**
 * A call with the witx's signature, over this base's numbers; the host has checked its pointers. It writes its result
 * and returns, or throws an error with a `code`.
 */
// biome-ignore lint/suspicious/noExplicitAny: the signatures differ; each call says its own.
export type Call = (...args: any[]) => void;
