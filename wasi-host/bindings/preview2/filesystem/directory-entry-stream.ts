/** wasi:filesystem/types' directory-entry-stream. */
import type { Entry } from "./files.ts";

/** A directory's entries when it was opened for reading; each stream has its own. */
export class DirectoryEntryStream {
  readonly #entries: readonly Entry[];
  #next = 0;

  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  next(): Entry | undefined {
    return this.#entries[this.#next++];
  }
}
