/** The mutations of `npm run mutate` are not run here; but they have to fit the sources that they change. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const { mutate, mutations, RULES } = await import(new URL("../mutations/mutation.mjs", import.meta.url).href);

describe.each(Array.from({ length: RULES }, (_, index) => index + 1))("rule %i", (rule) => {
  it("has mutations, each of which changes its source", () => {
    const own = mutations.filter((mutation: { rule: number }) => mutation.rule === rule);
    expect(own.length).toBeGreaterThan(0);
    const read = (file: string) => readFileSync(file, "utf8");
    for (const mutation of own) {
      for (const [file, text] of mutate(mutation, read)) expect(text, file).not.toBe(read(file));
    }
  });
});
