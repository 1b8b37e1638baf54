/** Results of the matrix of runtimes and programs: a table to print, and rows for docs/runtimes.md. */
import { existsSync, writeFileSync } from "node:fs";
import type { TestModule } from "vitest/node";
import { LISTED } from "../runtimes/catalogue.ts";
import { testsOf } from "./tally.ts";

/** What a cell of the matrix has shown: the tests leave it in their `meta`, for the table at the end of a run. */
export interface Cell {
  runtime: string;
  program: string;
  /** Where there are any. */
  clients?: number;
  /** Compared bytes. */
  bytes?: number;
}

declare module "vitest" {
  interface TaskMeta {
    cell?: Cell;
  }
}

/** In the folder of the runtimes, which git ignores: scripts/support-table.mjs reads it. */
const FOLDER = ".ci/runtimes";
const COLUMNS = ["runtime", "version", "program", "wakeups", "clients", "bytes checked", "verdict"] as const;

interface Row extends Cell {
  verdict: string;
}

/** Lines to print; none where nothing of the matrix was run. */
export function runtimeTable(modules: readonly TestModule[]): string[] {
  const rows: Row[] = [];
  for (const test of testsOf(modules)) {
    const { cell } = test.meta();
    const result = test.result();
    if (cell === undefined || result.state === "pending") continue;
    rows.push({ ...cell, verdict: result.state === "skipped" ? `skipped: ${result.note}` : result.state });
  }
  if (rows.length === 0) return [];
  if (existsSync(FOLDER)) writeFileSync(`${FOLDER}/last-run.json`, JSON.stringify({ runtimes: LISTED, rows }, null, 2));
  return [`Runtimes, ${rows.length} cells:`, ...aligned([COLUMNS, ...rows.map(fields)]).map((line) => `  ${line}`)];
}

function fields({ runtime, program, clients, bytes, verdict }: Row): string[] {
  const { version, source } = LISTED.find(({ name }) => name === runtime)!;
  return [runtime, version, program, source, clients?.toString() ?? "-", bytes?.toLocaleString("en") ?? "-", verdict];
}

function aligned(lines: readonly (readonly string[])[]): string[] {
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) =>
    line
      .map((field, column) => field.padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );
}
