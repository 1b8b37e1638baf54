/** `npm run check:links`, in a small repository of its own. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

const script = path.resolve("scripts/links.mjs");
let folder: string;
/** By the text of the document. */
const problems = new Map<string, string>();

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "pollux-links-"));
  for (const name of ["docs", "src/engine", "tests/unit", "dist"])
    mkdirSync(path.join(folder, name), { recursive: true });
  const files = {
    "package.json": JSON.stringify({ scripts: { build: "true" } }),
    ".gitignore": "dist/\ndocs/api/\n",
    "src/engine/trigger.ts": "",
    "docs/guide.md": "# The guide: `epoll`, & more\n\n## Use\n\n## Use\n\n```sh\n# no heading\n```\n",
    "tests/unit/trigger.test.ts": 'it("fires once", () => {});',
    "dist/stray.ts": "",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  execFileSync("git", ["init", "-q"], { cwd: folder });
  // One run for all cases: each has its own document.
  const texts = [...passing, ...failing].map(([, text]) => text);
  const documents = texts.map((text, index) => {
    const name = `docs/page-${index}.md`;
    writeFileSync(path.join(folder, name), text);
    return name;
  });
  const lines = check(...documents).split("\n");
  for (const [index, text] of texts.entries()) {
    const name = `${documents[index]} `;
    problems.set(
      text,
      lines
        .filter((line) => line.startsWith(name))
        .map((line) => line.slice(name.length))
        .join("\n"),
    );
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const passing = [
  ["links to a file beside it", "[guide](guide.md)"],
  ["links to a heading, its punctuation left out", "[guide](guide.md#the-guide-epoll--more)"],
  ["links to the second heading of a name", "[guide](guide.md#use-1)"],
  ["links to a heading of its own", "# Here\n\n[up](#here)"],
  ["links to a folder", "[source](../src/engine)"],
  ["links to another site, which is not asked", "[site](https://example.invalid/x.md#y)"],
  ["names a file from the top", "See `src/engine/trigger.ts`."],
  ["names a file by the end of its path", "See `engine/trigger.ts`."],
  ["names files by a pattern", "See tests/unit/*.test.ts."],
  ["names a file by the package", "Compile with `pollux/src/engine/trigger.ts`."],
  ["names what the build makes", "It makes `dist/core.js` and docs/api."],
  ["names a script of package.json", "Run `npm run build`."],
  ["names a test behind a link to its file", "  - TypeScript, [t](../tests/unit/trigger.test.ts): fires once"],
  ["has a link in a code block", "```md\n[none](none.md)\n```"],
];

const failing = [
  ["links to a file that is not there", "[none](none.md)", "links to none.md: there is no docs/none.md"],
  ["links to a picture that is not there", "![none](images/none.svg)", "links to images/none.svg: there is no"],
  ["links by reference to a file that is not there", "[a]\n\n[a]: none.md", "links to none.md: there is no"],
  [
    "links to a heading that is not there",
    "[guide](guide.md#no-heading)",
    "links to guide.md#no-heading: docs/guide.md has no heading '#no-heading'",
  ],
  ["links to a heading of its own that is not there", "[up](#none)", "has no heading '#none'"],
  ["names a file that is not there", "See `src/engine/none.ts`.", "names src/engine/none.ts, which is not there"],
  ["names a file in a code block", "```sh\nnode scripts/none.mjs\n```", "names scripts/none.mjs, which is not there"],
  ["names a folder that is not there", "See tests/none/ too.", "names tests/none/, which is not there"],
  ["names a pattern that no file has", "See tests/unit/*.spec.ts.", "names tests/unit/*.spec.ts, which is not there"],
  ["names the end of no path", "See `gine/trigger.ts`.", "names gine/trigger.ts, which is not there"],
  ["names no script of package.json", "Run `npm run bulid`.", "names 'npm run bulid', which package.json does not"],
  [
    "names no test of the file that it links to",
    "  - TypeScript, [t](../tests/unit/trigger.test.ts): fires twice",
    "names a test of tests/unit/trigger.test.ts that is not there: fires twice",
  ],
];

/** What is said of these documents; "" for nothing. */
function check(...documents: string[]): string {
  const { status, stderr } = spawnSync(process.execPath, [script, ...documents], { cwd: folder, encoding: "utf8" });
  expect(status).toBe(stderr === "" ? 0 : 1);
  return stderr.trimEnd();
}

it.each(passing)("accepts a document that %s", (_what, text) => {
  expect(problems.get(text)).toBe("");
});

it.each(failing)("rejects a document that %s", (_what, text, problem) => {
  expect(problems.get(text)).toContain(problem);
});

it("reports both dead names of a document", () => {
  writeFileSync(path.join(folder, "docs/two.md"), "[a](a.md) and [b](b.md)");
  expect(check("docs/two.md").split("\n")).toHaveLength(2);
});

it("exits with 0 and prints nothing for a document without dead names", () => {
  expect(check("docs/guide.md")).toBe("");
});
