/** Text that fits the width of a terminal. */
import { stripVTControlCharacters } from "node:util";

/** Joins parts that must not be broken. A part that does not fit begins a new line, after `indent`. Colours take no columns. */
export function joined(parts: readonly string[], columns: number, gap = " ", indent = ""): string {
  const lines: string[] = [];
  let line = "";
  for (const part of parts) {
    const longer = line === "" ? part : line + gap + part;
    if (line !== "" && stripVTControlCharacters(longer).length > columns) {
      lines.push(line);
      line = indent + part;
    } else line = longer;
  }
  return [...lines, line].join("\n");
}
