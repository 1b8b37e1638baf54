/** `npm run mutate` runs the mutants. Here they are checked to fit the sources and the tests. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface Mutation {
  breaks: string;
}
interface Fault {
  name: string;
  tests: { file: string; named: string }[];
  mutations: Mutation[];
}

const of = (file: string) => import(new URL(`../mutations/${file}`, import.meta.url).href);
const { mutate } = await of("mutation.mjs");
const { clauses, RULES } = await of("rules.mjs");
const { faults }: { faults: Fault[] } = await of("faults/index.mjs");

function expectChanges(own: Mutation[]): void {
  expect(own.length).toBeGreaterThan(0);
  const read = (file: string) => readFileSync(file, "utf8");
  for (const mutation of own) {
    for (const [file, text] of mutate(mutation, read)) expect(text, file).not.toBe(read(file));
  }
}

describe.each(Array.from({ length: RULES }, (_, index) => index + 1))("rule %i", (rule) => {
  const own = clauses().filter(({ rules }: { rules: number[] }) => rules.includes(rule));

  it("has a clause that a mutant switches off", () => expect(own.length).toBeGreaterThan(0));

  it("has tests that are named after it", () => {
    expect(readFileSync("tests/unit/assembly/rules.test.ts", "utf8")).toContain(`describe("rule ${rule}: `);
  });
});

it("each clause has its own number, and one of its rule", () => {
  const mutants = clauses().map(({ mutant }: { mutant: number }) => mutant);
  expect(new Set(mutants).size).toBe(mutants.length);
  for (const { mutant, rules } of clauses()) expect(rules).toContain(Math.floor(mutant / 10));
  const source = readFileSync("assembly/engine/rules.ts", "utf8");
  expect([...source.matchAll(/MUTANT [!=]= /g)]).toHaveLength(mutants.length);
});

describe.each(faults)("$name", ({ tests, mutations }) => {
  it("has mutations that each change their source", () => expectChanges(mutations));

  it("names tests that exist", () => {
    expect(tests.length).toBeGreaterThan(0);
    for (const { file, named } of tests) expect(readFileSync(file, "utf8")).toContain(named.split(", ")[0]);
  });
});
