import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const { DOCUMENT, generated } = await import(new URL("../../../scripts/abi-document.mjs", import.meta.url).href);

it("docs/abi.md is up to date with the sources", async () => {
  expect(await generated()).toBe(readFileSync(DOCUMENT, "utf8"));
});

it("a stale value in the document is replaced", async () => {
  const stale = readFileSync(DOCUMENT, "utf8").replace("`EPOLLIN` | 0x1 |", "`EPOLLIN` | 0x3 |");
  expect(stale).not.toBe(readFileSync(DOCUMENT, "utf8"));
  expect(await generated(stale)).toBe(readFileSync(DOCUMENT, "utf8"));
});
