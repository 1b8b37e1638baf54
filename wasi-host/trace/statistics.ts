/** Counts calls, errors and times, like strace -c. */

import type { Imports } from "../abi/imports.ts";
import { monotonic } from "../runtime/clock.ts";
import { PREVIEW2_CALLS } from "./preview2-calls.ts";
import { PREVIEW1, WASMEDGE } from "./signatures.ts";

const NAMES = [...Object.keys({ ...PREVIEW1, ...WASMEDGE }), ...PREVIEW2_CALLS];
/** For each call: its count, its errors, and its nanoseconds. */
const CELLS = 3;
/** After them: the number of the pending call plus one, and its start. */
const UNDER_WAY = NAMES.length * CELLS;

/** Calls that do not return. */
const ENDS: ReadonlySet<string> = new Set(["proc_exit", "exit.exit", "exit.exit-with-code"]);

type Call = (...args: (number | bigint)[]) => unknown;

/** Counts of calls, errors and times. */
export class CallStatistics {
  readonly #cells: Float64Array;

  /**
   * @param shared - the memory of another thread's statistics, which this one reads. A pending call counts with its
   *   time so far
   */
  constructor(readonly shared = new SharedArrayBuffer((UNDER_WAY + 2) * 8)) {
    this.#cells = new Float64Array(shared);
  }

  /** The same calls, with counting. */
  counted(imports: Imports): Imports {
    return Object.fromEntries(
      Object.entries(imports).map(([name, call]) => [
        name,
        this.count(name, call as Call, (_, errno) => errno !== 0) as Imports[string],
      ]),
    );
  }

  /** Counts a call. `failure` tells from its arguments and result whether it failed. @internal */
  count(name: string, call: Call, failure: (args: readonly (number | bigint)[], returned: unknown) => boolean): Call {
    const cells = this.#cells;
    const at = NAMES.indexOf(name) * CELLS;
    return (...args: (number | bigint)[]) => {
      const start = now();
      cells[at]++;
      cells[UNDER_WAY + 1] = start;
      cells[UNDER_WAY] = at + 1;
      let failed = true;
      let returned: unknown;
      const end = () => {
        cells[UNDER_WAY] = 0;
        if (failed && !ENDS.has(name)) cells[at + 1]++;
        cells[at + 2] += now() - start;
      };
      try {
        returned = call(...args);
        if (!(returned instanceof Promise)) failed = failure(args, returned);
        return returned;
      } finally {
        if (returned instanceof Promise) returned.then((later) => (failed = failure(args, later))).then(end, end);
        else end();
      }
    };
  }

  /** Returns a table, sorted by total time. Empty if there were no calls. */
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
