/** Cases of hosts that differ from WASI's text and from Pollux, and their table in docs/host.md. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Answers, ENDS } from "./run.ts";

const read = (name: string) => JSON.parse(readFileSync(fileOf(name), "utf8"));
export const fileOf = (name: string) => fileURLToPath(new URL(`${name}.json`, import.meta.url));

/** The expected answers of every host. */
export const EXPECTED: Answers = read("answers");
/** By host: the different answers. */
export const DIFFERENCES: Record<string, Answers> = read("differences");

export const BEGIN = "<!-- preview2 -->\n";
export const END = "<!-- /preview2 -->";

/** Markdown: a row for each case with a different answer. */
export function table(hosts: readonly string[]): string {
  const rows: string[][] = [["group", "case", "Pollux", ...hosts]];
  for (const [group, cases] of Object.entries(EXPECTED)) {
    for (const [name, answer] of Object.entries(cases)) {
      const others = hosts.map((host) => DIFFERENCES[host]?.[group]?.[name]);
      if (others.some((other) => other !== undefined)) {
        rows.push([
          group,
          name,
          code(answer),
          ...others.map((other) => (other === undefined ? "the same" : code(other))),
        ]);
      }
    }
  }
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const [head, ...body] = rows;
  return line(head) + line(head.map(() => "---")) + body.map(line).join("");
}

const code = (answer: string) => (answer === ENDS ? answer : `\`${answer}\``);
