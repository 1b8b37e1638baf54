/**
 * Our own files and directories, over node:fs: the default.
 *
 * A path never leads out of its starting directory, which may be any directory that the guest has opened. Descriptors
 * have the rights of the witx.
 */
import fs from "node:fs";
import { errnoOfCode } from "../../abi/errno.ts";
import { Filetype } from "../../abi/file-attributes.ts";
import type { Imports } from "../../abi/imports.ts";
import { ALL_RIGHTS } from "../../abi/rights.ts";
import { GuestMemory } from "../../memory/guest-memory.ts";
import type { Base } from "../contract/base.ts";
import { descriptors } from "./descriptors.ts";
import { type Ground, ground } from "./directories.ts";
import { directoryEntries } from "./directory-entries.ts";
import type { FileTimes } from "./file-times.ts";
import { OpenFile, OpenFiles } from "./open-files.ts";
import { opening } from "./opening.ts";
import { paths } from "./paths.ts";
import type { Call } from "./state.ts";
import { fileTimes } from "./system-times.ts";
import { transfers } from "./transfers.ts";

export class MinimalBase implements Base {
  readonly name = "minimal";
  readonly imports: Imports;
  readonly preopens: readonly number[];
  readonly #memory = new GuestMemory();
  readonly #files = new OpenFiles();

  /**
   * `directories`: the guest's and the host's name of each granted directory. Throws if one cannot be opened. `from`:
   * how directories are held; `times`: how times are set; by default the best ways of the platform.
   */
  constructor(
    directories: Readonly<Record<string, string>>,
    from: Ground = ground(),
    times: () => FileTimes = fileTimes,
  ) {
    try {
      this.preopens = Object.entries(directories).map(([name, path]) => this.#grant(name, path, from));
    } catch (error) {
      this.dispose();
      throw error;
    }
    const state = { memory: this.#memory, files: this.#files, ground: from, times };
    const calls = {
      ...descriptors(state),
      ...transfers(state),
      ...directoryEntries(state),
      ...paths(state),
      ...opening(state),
    };
    this.imports = Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, this.#answered(call)]));
  }

  attach(memory: WebAssembly.Memory): void {
    this.#memory.attach(memory);
  }

  dispose(): void {
    this.#files.closeAll();
  }

  #grant(name: string, path: string, from: Ground): number {
    const { fd, directory } = from.root(path);
    return this.#files.insert(
      new OpenFile({
        fd,
        filetype: Filetype.DIRECTORY,
        seekable: false,
        directory,
        grantedAs: new TextEncoder().encode(name),
        handedOn: ALL_RIGHTS,
        mode: ALL_RIGHTS,
        fdflags: 0,
        osFlags: fs.constants.O_RDONLY,
      }),
    );
  }

  /** Refusals have an error code. Any other error is a bug in this program. */
  #answered(call: Call): (...args: unknown[]) => number {
    return (...args) => {
      this.#memory.refresh();
      try {
        call(...args);
        return 0;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (typeof code !== "string") throw error;
        return errnoOfCode(code);
      }
    };
  }
}
