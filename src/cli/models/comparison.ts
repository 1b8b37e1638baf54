/** Compares the two phases of all models in a table. */
import type { Table } from "../table.ts";
import { phases, type Timeline } from "./activities.ts";

/** Explains the columns. */
export const COLUMNS =
  "waits in, copies in: the call that does it, or the host. asleep: time in phase 1, without the host's. EAGAIN: calls that " +
  "found no data. copying: time in phase 2. computed, primes: work done meanwhile.";

export function comparison(timelines: readonly Timeline[]): Table {
  return {
    columns: [
      { title: "model" },
      { title: "waits in" },
      { title: "asleep", right: true },
      { title: "EAGAIN", right: true },
      { title: "copies in" },
      { title: "copying", right: true },
      { title: "computed", right: true },
      { title: "primes", right: true },
    ],
    groups: [timelines.map(row)],
  };
}

function row(timeline: Timeline): string[] {
  const { model, attempts, primes } = timeline;
  const { waited, copied, hostCopied, computed } = phases(timeline);
  return [
    model.name,
    model.waits,
    milliseconds(waited, 0),
    attempts === 0 ? "-" : String(attempts),
    model.copies,
    milliseconds(copied + hostCopied, 2),
    milliseconds(computed, 0),
    primes === 0 ? "-" : primes.toLocaleString("en"),
  ];
}

function milliseconds(value: number, digits: number): string {
  return value === 0 ? "-" : `${value.toFixed(digits)} ms`;
}
