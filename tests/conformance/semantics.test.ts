/** docs/semantics.md: each of its lines has tests in both languages, and each test that it names is one that runs. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const read = (file: string) => readFileSync(join("docs", file), "utf8");
const GUESTS = "tests/conformance/guests";
/** What the hosts of the guests compile: only what these import is run. */
const suites = readdirSync(GUESTS)
  .filter((file) => file.endsWith("-suite.ts"))
  .map((file) => readFileSync(join(GUESTS, file), "utf8"))
  .join("\n");

interface Test {
  language: string;
  file: string;
  title: string;
}

/** The lines by heading: what is said, and the tests that show it. */
function linesOf(text: string): { heading: string; line: string; tests: Test[] }[] {
  return text.split(/^## /m).flatMap((section) => {
    const [heading, ...items] = section.split(/^- /m);
    return items.map((item) => {
      const [line, ...rest] = item.trimEnd().split("\n");
      const tests = rest
        .filter((text) => text.startsWith("  - "))
        .map((text) => {
          const [, language, file, title] = /^ {2}- (\w+), \[[\w-]+\]\(([^)]+)\): (.*)$/.exec(text) ?? [];
          return { language, file, title };
        });
      return { heading: heading.split("\n")[0], line, tests };
    });
  });
}

const lines = linesOf(read("semantics.md"));

/** Is this the title of an `it`, in whichever of its forms? */
function names(source: string, title: string): boolean {
  const quoted = JSON.stringify(title);
  for (let at = source.indexOf(quoted); at >= 0; at = source.indexOf(quoted, at + 1)) {
    const statement = source
      .slice(0, at)
      .split(/;\n|\{\n|^\n/m)
      .at(-1)!;
    if (/^\s*(\/\*\*.*\*\/\s*)?it\b.*\(\s*$/s.test(statement)) return true;
  }
  return false;
}

it("has the lines of poll, select and selectors", () => {
  const count = (heading: string) => lines.filter((line) => line.heading === heading).length;
  expect([count("poll"), count("select"), count("selectors")]).toEqual([11, 10, 29]);
});

describe.each(lines)("$heading: $line", ({ tests }) => {
  it.each(["TypeScript", "AssemblyScript"])("is tested in %s", (language) => {
    expect(tests.some((test) => test.language === language)).toBe(true);
  });

  it("names tests that there are, and that run", () => {
    for (const { file, title } of tests) {
      const source = read(file);
      expect(names(source, title), `${file}: ${title}`).toBe(true);
      const [, guest] = /guests\/(.*)\.ts$/.exec(file) ?? [];
      expect(guest === undefined ? file.endsWith(".test.ts") : suites.includes(`import "./${guest}";`)).toBe(true);
    }
  });
});
