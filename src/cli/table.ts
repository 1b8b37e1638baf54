/** Tables of figures for the terminal and for Markdown. */

export interface Table {
  columns: {
    title: string;
    right?: boolean;
    /** Omitted in the brief form. */
    detail?: boolean;
  }[];
  /** Groups of rows with a cell for each column. The terminal draws a rule between groups. */
  groups: string[][][];
}

/** Returns the table without detail columns. */
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
