/**
 * A line for each host call, as strace writes them:
 *
 *     fd_write(fd=1, iovs=["hello\n"]) = 0 size=6 <0.000021>
 *
 * The first half is written before the call is made: of a guest that sleeps one sees where. What a ring's operations do
 * (`sleep/ring.ts`) are no calls, and are not shown.
 */
import { monotonic } from "../clock.ts";
import type { Imports } from "../imports.ts";
import type { GuestMemory } from "../memory.ts";
import { type Arguments, Decoder } from "./decoder.ts";
import { PREVIEW1, WASMEDGE } from "./signatures.ts";

export interface TraceOptions {
  /** Families of calls (`sock`, `poll`, `fd`, `path`...) and names (`fd_write`); default: all. */
  readonly filter?: readonly string[];
  /** Is called twice for each call, with the two halves of its line. */
  readonly write: (text: string) => void;
}

export class Tracer {
  readonly #wanted: ReadonlySet<string> | undefined;
  readonly #write: TraceOptions["write"];

  /** Throws an Error for a name that no call has. */
  constructor({ filter, write }: TraceOptions) {
    this.#wanted = filter === undefined ? undefined : new Set(filter.flatMap(callsNamed));
    this.#write = write;
  }

  /** The same calls, those that are wanted with a line for each. */
  traced(imports: Imports, memory: GuestMemory): Imports {
    const decoder = new Decoder(memory);
    return Object.fromEntries(
      Object.entries(imports).map(([name, call]) => [
        name,
        this.#wanted === undefined || this.#wanted.has(name) ? this.#wrap(name, call, decoder) : call,
      ]),
    );
  }

  #wrap(name: string, call: Imports[string], decoder: Decoder): Imports[string] {
    return (...args: Arguments) => {
      this.#write(decoder.call(name, args));
      const start = monotonic();
      const answered = (errno: number | void) => {
        this.#write(` = ${decoder.result(name, args, errno as number)} <${elapsed(start)}>\n`);
        return errno;
      };
      const left = (error: unknown) => {
        this.#write(" = ?\n"); // proc_exit, a trap, or the end of a sleep by force
        throw error;
      };
      try {
        const errno: unknown = call(...args);
        return (errno instanceof Promise ? errno.then(answered, left) : answered(errno as number)) as number;
      } catch (error) {
        return left(error);
      }
    };
  }
}

function callsNamed(text: string): string[] {
  const names = Object.keys({ ...PREVIEW1, ...WASMEDGE });
  const found = names.filter((name) => name === text || name.startsWith(`${text}_`));
  if (found.length > 0) return found;
  const families = [...new Set(names.map((name) => name.split("_")[0]))].join(", ");
  throw new Error(`no host call is named '${text}': expected a name, such as fd_write, or a family: ${families}`);
}

/** Seconds, with microseconds. */
function elapsed(start: bigint): string {
  return (Number(monotonic() - start) / 1e9).toFixed(6);
}
