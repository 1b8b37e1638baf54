/** docs/runtimes.md is what the matrix' last run left: no runtime, version, command or limit is older than the catalogue. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { LISTED, PROGRAMS, RUNTIMES } from "../../runtimes/catalogue.ts";

const page = readFileSync("docs/runtimes.md", "utf8");
const generated = page.slice(page.indexOf("<!-- runtimes -->"), page.indexOf("<!-- /runtimes -->"));

/** The tables, each as its rows of trimmed fields; the line under the head is left out. */
const tables = generated
  .split("\n\n")
  .map((table) => table.split("\n").filter((line) => line.startsWith("| ") && !/^\| -/.test(line)))
  .map((lines) =>
    lines.map((line) =>
      line
        .slice(1, -1)
        .split(" | ")
        .map((field) => field.trim()),
    ),
  );

it("has three tables, each with a row for every runtime and a field for every column", () => {
  expect(tables).toHaveLength(3);
  for (const [head, ...rows] of tables) {
    expect(rows.map(([name]) => name)).toEqual(LISTED.map(({ name }) => name));
    for (const row of rows) expect(row).toHaveLength(head.length);
  }
});

it("has the tested versions, commands and limits (npm run runtimes writes them)", () => {
  const [support, commands] = tables;
  for (const { name, version, unpinned, source, limits, typed } of LISTED) {
    const row = support.find(([runtime]) => runtime === name)!;
    // The machine provides the browser and the Node that runs this, so their versions are not pinned.
    const tested = unpinned || version === process.versions.node ? row[1] : version;
    const edges = { edges: "the kernel's own", waitables: "behind read data", levels: "made from levels" }[source];
    expect(row).toEqual([name, tested, source, edges, limits]);
    expect(commands.find(([runtime]) => runtime === name)).toEqual([name, `\`${typed}\``]);
  }
});

it("has every program passed on every runtime, with the extra columns of each kind", () => {
  const [head, ...rows] = tables[2];
  expect(head.slice(1, 1 + PROGRAMS.length)).toEqual(PROGRAMS.map(({ name }) => name));
  const columns = { exchanges: /exchanges$/, script: /^epoll beside the kernel's/ };
  for (const [name, ...fields] of rows) {
    expect([name, ...fields.slice(0, PROGRAMS.length)]).toEqual([name, ...PROGRAMS.map(() => "passed")]);
    const passed = (column: RegExp) => fields[head.findIndex((title) => column.test(title)) - 1] === "passed";
    const { source } = LISTED.find((runtime) => runtime.name === name)!;
    expect([name, passed(columns.exchanges)]).toEqual([name, source !== "edges"]);
    const { script } = RUNTIMES.find((runtime) => runtime.name === name) ?? {};
    expect([name, passed(columns.script)]).toEqual([name, script !== undefined]);
  }
});
