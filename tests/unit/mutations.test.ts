/** The mutations of `npm run mutate` are not run here; but they have to fit the sources that they change. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface Mutation {
  breaks: string;
  rule?: number;
}
interface Fault {
  name: string;
  tests: { file: string; named: string }[];
  mutations: Mutation[];
}

const of = (file: string) => import(new URL(`../mutations/${file}`, import.meta.url).href);
const { mutate } = await of("mutation.mjs");
const { mutations, RULES } = await of("epoll/index.mjs");
const { faults }: { faults: Fault[] } = await of("faults/index.mjs");

function expectChanges(own: Mutation[]): void {
  expect(own.length).toBeGreaterThan(0);
  const read = (file: string) => readFileSync(file, "utf8");
  for (const mutation of own) {
    for (const [file, text] of mutate(mutation, read)) expect(text, file).not.toBe(read(file));
  }
}

describe.each(Array.from({ length: RULES }, (_, index) => index + 1))("rule %i", (rule) => {
  it("has mutations, each of which changes its source", () => {
    expectChanges(mutations.filter((mutation: Mutation) => mutation.rule === rule));
  });
});

describe.each(faults)("$name", ({ tests, mutations }) => {
  it("has mutations, each of which changes its source", () => expectChanges(mutations));

  it("has the tests that it names", () => {
    expect(tests.length).toBeGreaterThan(0);
    for (const { file, named } of tests) expect(readFileSync(file, "utf8")).toContain(named.split(", ")[0]);
  });
});
