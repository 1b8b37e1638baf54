/** Guests in other languages, by driver and way to sleep: what was proved of each. */
import type { TestModule } from "vitest/node";
import { type Count, count, testsOf } from "./tally.ts";

/** Lines to print; none if no test ran. */
export function guestMatrix(modules: readonly TestModule[]): string[] {
  const rows = new Map<string, Map<string, Count>>();
  const columns = new Set<string>();
  for (const test of testsOf(modules)) {
    const match = /^(?<guest>[\w-]+\/[\w-]+): (?<combination>driver \w+, \w+, Node \d+) > /.exec(test.fullName);
    if (match === null) continue;
    const { guest, combination } = match.groups!;
    columns.add(combination);
    const row = rows.get(guest) ?? new Map<string, Count>();
    rows.set(guest, row);
    count(row, combination, test);
  }
  const line = (guest: string, cells: readonly string[]) =>
    `  ${guest.padEnd(20)}${cells.map((cell, index) => cell.padEnd([...columns][index].length + 2)).join("")}`.trimEnd();
  if (rows.size === 0) return [];
  return [
    "Guests in other languages, tests passed:",
    line("", [...columns]),
    ...[...rows].map(([guest, row]) =>
      line(
        guest,
        [...columns].map((column) => {
          const { passed, all } = row.get(column) ?? { passed: 0, all: 0 };
          return all === 0 ? "not applicable" : `${passed} of ${all}`;
        }),
      ),
    ),
  ];
}
