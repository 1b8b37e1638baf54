/** What was called how often, and how long it took: as strace -c tells it. */
import { monotonic } from "../clock.ts";
import type { Imports } from "../imports.ts";
import { PREVIEW1, WASMEDGE } from "./signatures.ts";

const NAMES = Object.keys({ ...PREVIEW1, ...WASMEDGE });
/** Of each call: how often, how many errors, nanoseconds. */
const CELLS = 3;
/** Behind them: which call is under way, plus one, and since when. */
const UNDER_WAY = NAMES.length * CELLS;

export class CallStatistics {
  readonly #cells: Float64Array;

  /**
   * `shared`: the memory of another thread's statistics, by which one thread runs the guest and another one reads; a call
   * that is under way counts, with the time it has taken so far.
   */
  constructor(readonly shared = new SharedArrayBuffer((UNDER_WAY + 2) * 8)) {
    this.#cells = new Float64Array(shared);
  }

  /** The same calls, counted. */
  counted(imports: Imports): Imports {
    return Object.fromEntries(Object.entries(imports).map(([name, call]) => [name, this.#wrap(name, call)]));
  }

  #wrap(name: string, call: Imports[string]): Imports[string] {
    const cells = this.#cells;
    const at = NAMES.indexOf(name) * CELLS;
    return (...args: unknown[]) => {
      const start = now();
      cells[at]++;
      cells[UNDER_WAY + 1] = start;
      cells[UNDER_WAY] = at + 1;
      let failed = true;
      let errno: unknown;
      const end = () => {
        cells[UNDER_WAY] = 0;
        if (failed && name !== "proc_exit") cells[at + 1]++;
        cells[at + 2] += now() - start;
      };
      try {
        errno = call(...args);
        failed = errno !== 0;
        return errno as number;
      } finally {
        if (errno instanceof Promise) errno.then((later) => (failed = later !== 0)).then(end, end);
        else end();
      }
    };
  }

  /** A table, the call that took longest first. Empty where nothing was called. */
  toString(): string {
    const cells = this.#cells.slice();
    const underWay = cells[UNDER_WAY];
    if (underWay > 0) cells[underWay - 1 + 2] += now() - cells[UNDER_WAY + 1];
    const rows = NAMES.map((name, index) => {
      const [calls, errors, time] = cells.subarray(index * CELLS, index * CELLS + CELLS);
      return { name, calls, errors, time };
    }).filter(({ calls }) => calls > 0);
    if (rows.length === 0) return "no host call was made\n";
    rows.sort((one, other) => other.time - one.time);
    const sum = (of: "calls" | "errors" | "time") => rows.reduce((total, row) => total + row[of], 0);
    const total = { name: "total", calls: sum("calls"), errors: sum("errors"), time: sum("time") };
    return [
      "% time      seconds   us/call      calls   errors  call\n",
      ...[...rows, total].map(
        ({ name, calls, errors, time }) =>
          `${percent(time, total.time).padStart(6)} ${(time / 1e9).toFixed(6).padStart(12)} ` +
          `${(time / calls / 1e3).toFixed(1).padStart(9)} ${String(calls).padStart(10)} ` +
          `${String(errors).padStart(8)}  ${name}\n`,
      ),
    ].join("");
  }
}

function percent(part: number, whole: number): string {
  return (whole === 0 ? 0 : (100 * part) / whole).toFixed(2);
}

function now(): number {
  return Number(monotonic());
}
