/** Where a benchmark's results go: the terminal, bench/results (which git ignores), and the README where that is asked for. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BenchmarkError, type BenchmarkOptions } from "./benchmark.ts";
import { brief, type Table, toMarkdown, toText } from "./table.ts";

const FOLDER = join("bench", "results");
const README = "README.md";
/** For pictures that the README shows: they are committed, bench/results is not. */
const README_IMAGES = join("docs", "images");

export interface Results {
  /** The benchmark's. */
  name: string;
  table: Table;
  /** How to read the figures: where and how they were taken. A sentence or two a line. */
  conditions: string[];
  /** Everything, for JSON. */
  data: unknown;
  /** What the plot shows, for who cannot see it; and the plot, an SVG. */
  caption: string;
  chart: string;
}

export function publish(results: Results, { markdown, readme, svg }: BenchmarkOptions): void {
  const { name, table, conditions, data, chart } = results;
  console.log(markdown ? toMarkdown(table) : toText(table));
  console.log(`\n${conditions.join("\n")}`);
  const picture = svg ?? join(readme ? README_IMAGES : FOLDER, `${name}.svg`);
  const files = [write(join(FOLDER, `${name}.json`), JSON.stringify(data, null, 2)), write(picture, chart)];
  if (readme) files.push(showInReadme(results, picture));
  console.log(`Written to ${files.join(", ")}`);
}

function write(file: string, content: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${content}\n`);
  return file;
}

/** Replaces what stands between the README's two marks of this benchmark. */
function showInReadme({ name, table, conditions, caption }: Results, picture: string): string {
  const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const readme = readFileSync(README, "utf8");
  const [from, to] = [readme.indexOf(start) + start.length, readme.indexOf(end)];
  if (from < start.length || to < from) throw new BenchmarkError(`${README} has no ${start} ... ${end}`);
  const block = [
    `![${caption}](${picture})`,
    toMarkdown(brief(table)),
    `\`npm run bench -- ${name}\` takes and draws these figures, and more. ${conditions.join(" ")}`,
  ].join("\n\n");
  writeFileSync(README, `${readme.slice(0, from)}\n${block}\n${readme.slice(to)}`);
  return README;
}
