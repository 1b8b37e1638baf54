/**
 * A line for each host call, in strace's form:
 *
 *     fd_write(fd=1, iovs=["hello\n"]) = 0 size=6 <0.000021>
 *
 * The first half is written before the call: it shows where a guest sleeps. The operations of a ring
 * (`running/ring.ts`) are no calls, and are not shown.
 */

import type { Imports } from "../abi/imports.ts";
import { ArgumentError } from "../errors/argument-error.ts";
import type { GuestMemory } from "../memory/guest-memory.ts";
import { monotonic } from "../runtime/clock.ts";
import { around, type Call } from "./around.ts";
import { type Arguments, Decoder } from "./decoder.ts";
import { PREVIEW2_CALLS } from "./preview2-calls.ts";
import { PREVIEW1, WASMEDGE } from "./signatures.ts";

/** The output of a trace, and its calls. */
export interface TraceOptions {
  /**
   * Families of calls (`sock`, `poll`, `fd`, `path`...) and names (`fd_write`); for components resources, interfaces
   * and names (`tcp-socket`, `poll`, `input-stream.read`); default: all.
   */
  readonly filter?: readonly string[];
  /** Called twice for each call, with the two halves of its line. */
  readonly write: (text: string) => void;
}

export class Tracer {
  readonly #wanted: ReadonlySet<string> | undefined;
  readonly #write: TraceOptions["write"];

  /** @throws Error for an unknown name */
  constructor({ filter, write }: TraceOptions) {
    this.#wanted = filter === undefined ? undefined : new Set(filter.flatMap(callsNamed));
    this.#write = write;
  }

  /** The same calls, traced if selected. */
  traced(imports: Imports, memory: GuestMemory): Imports {
    const decoder = new Decoder(memory);
    return Object.fromEntries(
      Object.entries(imports).map(([name, call]) => [name, this.wants(name) ? this.#wrap(name, call, decoder) : call]),
    );
  }

  /** Whether calls of this name are shown. */
  wants(name: string): boolean {
    return this.#wanted === undefined || this.#wanted.has(name);
  }

  #wrap(name: string, call: Imports[string], decoder: Decoder): Imports[string] {
    return this.line(
      call as Call,
      (args) => decoder.call(name, args),
      (args, errno) => decoder.result(name, args, errno as number),
    ) as Imports[string];
  }

  /**
   * The same call with a line for each.
   *
   * @param before the first half, from the arguments
   * @param after the second half, from the arguments and the result
   */
  line(
    call: Call,
    before: (args: Arguments) => string,
    after: (args: Arguments, returned: number | bigint | undefined) => string,
  ): Call {
    return around(call, (args) => {
      this.#write(before(args));
      const start = monotonic();
      return {
        returned: (value) => this.#write(` = ${after(args, value)} <${elapsed(start)}>\n`),
        left: () => this.#write(" = ?\n"),
      };
    });
  }
}

function callsNamed(text: string): string[] {
  const names = Object.keys({ ...PREVIEW1, ...WASMEDGE });
  const isMeant = (name: string) => name === text || name.startsWith(`${text}_`) || name.startsWith(`${text}.`);
  const found = [...names, ...PREVIEW2_CALLS].filter(isMeant);
  if (found.length > 0) return found;
  const families = [...new Set(names.map((name) => name.split("_")[0]))].join(", ");
  throw new ArgumentError(
    `no host call is named '${text}': expected a name, for example fd_write, or a family: ${families}`,
  );
}

/** Seconds with microseconds. */
function elapsed(start: bigint): string {
  return (Number(monotonic() - start) / 1e9).toFixed(6);
}
