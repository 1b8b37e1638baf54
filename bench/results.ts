/** Where a benchmark's results go: the terminal, bench/results (which git ignores), and the documents, where that is asked for. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { brief, type Table, toMarkdown, toText } from "../src/cli/table.ts";
import { BenchmarkError, type BenchmarkOptions } from "./benchmark.ts";

const FOLDER = join("bench", "results");
const README = "README.md";
const GUIDE = join("docs", "guide.md");
/** For pictures that documents show: they are committed, bench/results is not. */
const IMAGES = join("docs", "images");

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

export function publish(results: Results, { guide, markdown, readme, svg }: BenchmarkOptions): void {
  const { name, table, conditions, data, chart } = results;
  console.log(markdown ? toMarkdown(table) : toText(table));
  console.log(`\n${conditions.join("\n")}`);
  const picture = svg ?? join(readme || guide ? IMAGES : FOLDER, `${name}.svg`);
  const files = [write(join(FOLDER, `${name}.json`), JSON.stringify(data, null, 2)), write(picture, chart)];
  if (readme) files.push(showIn(README, results, picture));
  if (guide) files.push(showIn(GUIDE, results, picture));
  console.log(`Written to ${files.join(", ")}`);
}

function write(file: string, content: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${content}\n`);
  return file;
}

/** Replaces what stands between the document's two marks of this benchmark. */
function showIn(document: string, { name, table, conditions, caption }: Results, picture: string): string {
  const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const text = readFileSync(document, "utf8");
  const [from, to] = [text.indexOf(start) + start.length, text.indexOf(end)];
  if (from < start.length || to < from) throw new BenchmarkError(`${document} has no ${start} ... ${end}`);
  const block = [
    `![${caption}](${relative(dirname(document), picture)})`,
    toMarkdown(brief(table)),
    `\`npm run bench -- ${name}\` takes and draws these figures, and more. ${conditions.join(" ")}`,
  ].join("\n\n");
  writeFileSync(document, `${text.slice(0, from)}\n${block}\n${text.slice(to)}`);
  return document;
}
