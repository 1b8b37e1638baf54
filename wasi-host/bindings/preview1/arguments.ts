/** The program's arguments and environment (witx, `args_*`, `environ_*`): NUL-terminated strings and pointers to them. */
import { Errno } from "../../abi/errno.ts";
import type { Imports } from "../../abi/imports.ts";
import type { Kernel } from "../../kernel/kernel.ts";

export function args(host: Kernel): Imports {
  const args = new Strings(host, host.args);
  const environ = new Strings(host, host.env);
  return {
    args_get: (pointers, text) => args.get(pointers >>> 0, text >>> 0),
    args_sizes_get: (count, size) => args.sizes(count >>> 0, size >>> 0),
    environ_get: (pointers, text) => environ.get(pointers >>> 0, text >>> 0),
    environ_sizes_get: (count, size) => environ.sizes(count >>> 0, size >>> 0),
  };
}

class Strings {
  readonly #host: Kernel;
  /** The length of all strings, each with its NUL. */
  readonly #text: Uint8Array;
  /** The start of each string in it. */
  readonly #starts: number[] = [];

  constructor(host: Kernel, strings: readonly string[]) {
    this.#host = host;
    const encoded = strings.map((string) => new TextEncoder().encode(`${string}\0`));
    this.#text = new Uint8Array(encoded.reduce((size, bytes) => size + bytes.length, 0));
    let start = 0;
    for (const bytes of encoded) {
      this.#text.set(bytes, start);
      this.#starts.push(start);
      start += bytes.length;
    }
  }

  get(pointers: number, text: number): number {
    const { memory } = this.#host;
    memory.refresh();
    if (!memory.holds(pointers, this.#starts.length * 4) || !memory.holds(text, this.#text.length)) return Errno.FAULT;
    for (const [index, start] of this.#starts.entries())
      memory.view.setUint32(pointers + index * 4, text + start, true);
    memory.bytes.set(this.#text, text);
    return 0;
  }

  sizes(count: number, size: number): number {
    const { memory } = this.#host;
    memory.refresh();
    if (!memory.holds(count, 4) || !memory.holds(size, 4)) return Errno.FAULT;
    memory.view.setUint32(count, this.#starts.length, true);
    memory.view.setUint32(size, this.#text.length, true);
    return 0;
  }
}
