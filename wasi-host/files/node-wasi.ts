/**
 * Files and directories through `node:wasi`, which is uvwasi.
 *
 * Only its fd_* and path_* are used: its sock_accept crashes the process on descriptors that are not sockets, and its
 * poll_oneoff returns early. Paths are confined first (`confinement.ts`). A guest cannot reach its descriptors 0, 1 and
 * 2.
 */
import type { WASI } from "node:wasi";
import type { Imports } from "../abi/imports.ts";
import { ArgumentError } from "../errors/argument-error.ts";
import { installed } from "../runtime/installed.ts";
import { confine } from "./confinement.ts";
import type { Base } from "./contract/base.ts";

/** uvwasi gives the directories the numbers from here on, in the order of `preopens`. */
const FIRST_PREOPEN = 3;

export class NodeWasiBase implements Base {
  readonly name = "node-wasi";
  readonly imports: Imports;
  readonly preopens: readonly number[];
  readonly #wasi: WASI;
  #memory: WebAssembly.Memory | undefined;

  /** `directories`: the guest's and the host's name of each granted directory. Throws if one cannot be opened. */
  constructor(directories: Readonly<Record<string, string>>) {
    const { WASI } = load();
    // Bun 1.4 has a class of this name without it, and with other file-system calls.
    if (typeof WASI.prototype.initialize !== "function") {
      throw new ArgumentError("base 'node-wasi': this runtime's node:wasi has no initialize(): use the base 'minimal'");
    }
    this.#wasi = new WASI({ version: "preview1", preopens: { ...directories } });
    const roots = new Map(Object.values(directories).map((path, index) => [FIRST_PREOPEN + index, path]));
    this.preopens = [...roots.keys()];
    this.imports = confine(this.#wasi.wasiImport as Record<string, () => number>, roots, () => this.#memory!);
  }

  /** An instance with only a memory: node:wasi takes nothing else from an instance, and nothing is started. */
  attach(memory: WebAssembly.Memory): void {
    this.#memory = memory;
    this.#wasi.initialize({ exports: { memory } });
  }

  /** The granted directories are closed when uvwasi is collected. It has no call to close them. */
  dispose(): void {}
}

/** Suppresses the warning of node:wasi that it is experimental: users of a guest need not see it. */
function load(): typeof import("node:wasi") {
  const { emitWarning } = process;
  // biome-ignore lint/suspicious/noExplicitAny: emitWarning is overloaded, and all but one call are passed on.
  process.emitWarning = (warning: string | Error, ...rest: any[]) => {
    if (rest[0] === "ExperimentalWarning" && String(warning).startsWith("WASI")) return;
    emitWarning.call(process, warning, ...rest);
  };
  try {
    return installed("node:wasi");
  } finally {
    process.emitWarning = emitWarning;
  }
}
