/** docs/security.md: what is promised is tested. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const page = readFileSync("docs/security.md", "utf8");
const promised = page.slice(page.indexOf("## What is promised"), page.indexOf("## Grants"));
const promises = promised
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| ---") && !line.startsWith("| promise "))
  .map((line) =>
    line
      .split("|")
      .slice(1, 3)
      .map((cell) => cell.trim()),
  );

describe("each promise names tests that are there:", () => {
  it("there are promises", () => {
    expect(promises.length).toBeGreaterThan(10);
  });

  it.each(promises)("%s", (_promise, tests) => {
    const named = [...tests.matchAll(/`([^`]+)`/g)].map(([, file]) => file);
    expect(named.length).toBeGreaterThan(0);
    for (const file of named) {
      expect(file).toMatch(/^tests\/.*\.test\.ts$/);
      expect([file, existsSync(file)]).toEqual([file, true]);
    }
  });
});
