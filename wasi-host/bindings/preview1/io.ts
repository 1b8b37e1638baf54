/** How one guest's calls of preview1 and WasmEdge move bytes and datagrams. */
import type { Kernel } from "../../kernel/kernel.ts";
import { Messages } from "./messages.ts";
import { Reads } from "./reads.ts";
import { Retries } from "./retries.ts";
import { Writes } from "./writes.ts";

export class Io {
  readonly retries: Retries;
  readonly reads: Reads;
  readonly writes: Writes;
  readonly messages: Messages;

  constructor(kernel: Kernel) {
    this.retries = new Retries(kernel);
    this.reads = new Reads(kernel.memory, this.retries);
    this.writes = new Writes(kernel);
    this.messages = new Messages(kernel, this.retries);
  }
}
