/** Tables of figures, for the terminal and for the README. */

export interface Table {
  columns: {
    title: string;
    right?: boolean;
    /** Left out where there is little room. */
    detail?: boolean;
  }[];
  /** Rows that belong together, a cell for each column; the terminal draws a rule between groups. */
  groups: string[][][];
}

/** The table without its details. */
export function brief({ columns, groups }: Table): Table {
  const kept = <T>(cells: T[]) => cells.filter((_, i) => !columns[i].detail);
  return { columns: kept(columns), groups: groups.map((rows) => rows.map(kept)) };
}

export function toText({ columns, groups }: Table): string {
  const titles = columns.map(({ title }) => title);
  const widths = columns.map((_, i) => Math.max(...[titles, ...groups.flat()].map((row) => row[i].length)));
  const line = (cells: string[]) =>
    cells
      .map((cell, i) => (columns[i].right ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join("  ")
      .trimEnd();
  const rule = "─".repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [line(titles), ...groups.flatMap((rows) => [rule, ...rows.map(line)])].join("\n");
}

export function toMarkdown({ columns, groups }: Table): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(columns.map(({ title }) => title)),
    `|${columns.map(({ right }) => (right ? "---:" : "---")).join("|")}|`,
    ...groups.flat().map(line),
  ].join("\n");
}
