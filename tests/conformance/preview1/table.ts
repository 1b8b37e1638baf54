/** docs/host.md's table of the bases' results. */
import { CASES } from "./all-cases.ts";
import { KNOWN_FAILURES } from "./known-failures.ts";

export const BEGIN = "<!-- preview1 -->\n";
export const END = "<!-- /preview1 -->";

/** Calls without files belong to the host, not to the base. */
const OF_BASES = /^(fd|path)_/;

export function table(bases: readonly string[]): string {
  const rows: string[][] = [["", "cases", ...bases]];
  const totals = [0, ...bases.map(() => 0)];
  for (const [call, cases] of Object.entries(CASES)) {
    if (!OF_BASES.test(call)) continue;
    const all = Object.keys(cases).length;
    const passed = bases.map((base) => all - Object.keys(KNOWN_FAILURES[base]?.[call] ?? {}).length);
    for (const [index, count] of [all, ...passed].entries()) totals[index] += count;
    rows.push([`\`${call}\``, String(all), ...passed.map((count) => (count === all ? "all" : String(count)))]);
  }
  rows.push(["all of them", ...totals.map(String)]);
  const line = (cells: string[]) => `| ${cells.join(" | ")} |\n`;
  const [head, ...body] = rows;
  return line(head) + line(head.map((_, index) => (index === 0 ? "---" : "---:"))) + body.map(line).join("");
}
