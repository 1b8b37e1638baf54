/** Publishes a benchmark's results: to the terminal, to bench/results (which git ignores), and on request to docs/performance.md. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { brief, type Table, toMarkdown, toText } from "../src/cli/table.ts";
import { BenchmarkError, type BenchmarkOptions } from "./benchmark.ts";

const FOLDER = join("bench", "results");
const DOCUMENT = join("docs", "performance.md");
/** Charts that documents show. They are committed; bench/results is not. */
const IMAGES = join("docs", "images");

export interface Results {
  /** Name of the results' files, and of the block in the document. */
  name: string;
  /** What follows `npm run bench --`. Default: the name. */
  command?: string;
  table: Table;
  /** The part of the table that the document shows. Default: the whole table. */
  excerpt?: Table;
  /** Where and how the figures were measured: one or two sentences per item. */
  conditions: string[];
  /** All measurements, written as JSON. */
  data: unknown;
  /** An SVG, and its alternative text. Default: no picture. */
  chart?: string;
  caption?: string;
}

export function publish(results: Results, { document, markdown, svg }: BenchmarkOptions): void {
  const { name, table, conditions, data, chart } = results;
  console.log(markdown ? toMarkdown(table) : toText(table));
  console.log(`\n${conditions.join("\n")}`);
  const files = [write(join(FOLDER, `${name}.json`), JSON.stringify(data, null, 2))];
  const picture = svg ?? join(document ? IMAGES : FOLDER, `${name}.svg`);
  if (chart !== undefined) files.push(write(picture, chart));
  if (document) files.push(showIn(DOCUMENT, results, chart === undefined ? undefined : picture));
  console.log(`Written to ${files.join(", ")}`);
}

function write(file: string, content: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${content}\n`);
  return file;
}

/** Replaces the text between the document's two marks for this benchmark. */
function showIn(
  document: string,
  { name, command = name, table, excerpt = table, conditions, caption }: Results,
  picture: string | undefined,
): string {
  const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const text = readFileSync(document, "utf8");
  const [from, to] = [text.indexOf(start) + start.length, text.indexOf(end)];
  if (from < start.length || to < from) throw new BenchmarkError(`${document} has no ${start} ... ${end}`);
  const block = [
    ...(picture === undefined ? [] : [`![${caption}](${relative(dirname(document), picture)})`]),
    toMarkdown(brief(excerpt)),
    `\`npm run bench -- ${command}\` measures ${picture === undefined ? "" : "and draws "}this. ${conditions.join(" ")}`,
  ].join("\n\n");
  writeFileSync(document, `${text.slice(0, from)}\n${block}\n${text.slice(to)}`);
  return document;
}
