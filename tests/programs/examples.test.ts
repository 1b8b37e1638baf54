/** The folder examples: each begins with its purpose and its command, and is listed and run by a test. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const files = readdirSync("examples", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".mjs"));
const read = (file: string) => readFileSync(join("examples", file), "utf8");
const readme = read("README.md");
const tests = ["tests/programs", "tests/hosts", "runtimes"]
  .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(file, "utf8"))
  .join("\n");
/** Imported modules are no examples. */
const parts = files.filter((file) => files.some((other) => read(other).includes(`/${file}"`)));
const examples = files.filter((file) => !parts.includes(file));

describe.each(examples)("examples/%s", (file) => {
  it("begins with what it shows and how to run it", () => {
    const [comment] = /^\/\/ @ts-check\n\/\*\*\n( \*.*\n)+/.exec(read(file)) ?? [""];
    expect(comment).toContain(`node examples/${file}`);
    expect(comment.split("\n").length).toBeGreaterThan(5);
  });

  it("is listed in the README and run by a test", () => {
    expect(readme).toContain(`| [${file}](${file})`);
    const name = file.replace(".mjs", "");
    expect(
      tests.includes(`inTypeScript("${name}")`) || tests.includes(`example("${name}")`) || tests.includes(file),
    ).toBe(true);
  });
});

it("every link of the README has a target", () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link);
  expect(links.length).toBeGreaterThan(10);
  for (const link of links) expect(() => readFileSync(join("examples", link)), link).not.toThrow();
});

it("there are seven examples, and the README lists the shared modules", () => {
  expect(examples).toHaveLength(7);
  for (const part of parts) expect(readme).toContain(`[${part}](${part})`);
});
