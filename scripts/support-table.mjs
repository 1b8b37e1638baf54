/**
 * Writes the tables of docs/runtimes.md, between its marks, from the matrix' last run (`npm run runtimes`).
 *
 *     node scripts/support-table.mjs
 *
 * A run that has not everything green leaves the page as it is: the status is 1, and the cells are named.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { exit } from "node:process";

const LAST_RUN = ".ci/runtimes/last-run.json";
const PAGE = "docs/runtimes.md";
const [START, END] = ["<!-- runtimes -->", "<!-- /runtimes -->"];
const EDGES = { edges: "the kernel's own", waitables: "behind read data", levels: "made from levels" };

function fail(message) {
  console.error(message);
  exit(1);
}

/** Markdown, in columns of one width. */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length), 3));
  const line = (row) => `| ${row.map((field, column) => field.padEnd(widths[column])).join(" | ")} |`;
  return [line(rows[0]), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.slice(1).map(line)];
}

if (!existsSync(LAST_RUN)) fail(`there is no ${LAST_RUN}: npm run runtimes runs the matrix`);
const { runtimes, rows } = JSON.parse(readFileSync(LAST_RUN, "utf8"));
const notGreen = rows.filter(({ verdict }) => verdict !== "passed");
for (const { runtime, program, verdict } of notGreen) console.error(`${runtime}, ${program}: ${verdict}`);
if (notGreen.length > 0) fail(`${PAGE} is left as it is: ${notGreen.length} of ${rows.length} cells are not green`);
const missing = runtimes.filter(({ name }) => !rows.some(({ runtime }) => runtime === name));
if (missing.length > 0) fail(`${PAGE} is left as it is: ${missing.map(({ name }) => name).join(", ")} was not run`);

const proved = (name) => rows.filter(({ runtime }) => runtime === name).map(({ program }) => program);
const support = [
  ["runtime", "version", "wakeups", "edges", "limits"],
  ...runtimes.map(({ name, version, source, limits }) => [name, version, source, EDGES[source], limits]),
];
// Programs that run everywhere come first.
const cells = (name) => rows.filter(({ program }) => program === name).length;
const programs = [...new Set(rows.map(({ program }) => program))].sort((one, other) => cells(other) - cells(one));
const passed = [
  ["runtime", ...programs],
  ...runtimes.map(({ name }) => [
    name,
    ...programs.map((program) => (proved(name).includes(program) ? "passed" : "-")),
  ]),
];
const commands = [["runtime", "command"], ...runtimes.map(({ name, typed }) => [name, `\`${typed}\``])];

const page = readFileSync(PAGE, "utf8");
const [from, to] = [page.indexOf(START) + START.length, page.indexOf(END)];
if (from < START.length || to < from) fail(`${PAGE} has no ${START} ... ${END}`);
const generated = [support, commands, passed].map((rows) => table(rows).join("\n")).join("\n\n");
writeFileSync(PAGE, `${page.slice(0, from)}\n${generated}\n${page.slice(to)}`);
console.log(`${PAGE}: ${runtimes.length} runtimes, ${rows.length} cells, all green`);
