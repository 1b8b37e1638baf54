/**
 * Breaks epoll's rules clause by clause: switches off one clause of assembly/engine/rules.ts, runs
 * tests/unit/assembly/rules.test.ts, and expects a test that is named after the clause's rule to fail.
 */
import { readFileSync } from "node:fs";
import { createVitest } from "vitest/node";

const CLAUSES = "assembly/engine/rules.ts";
const TESTS = "tests/unit/assembly/rules.test.ts";
export const RULES = 19;

/** @typedef {{ mutant: number, rules: number[], holds: string }} Clause `holds`: what holds without the mutant. */

/** All clauses, in the order of the file. */
export function clauses() {
  const source = readFileSync(CLAUSES, "utf8");
  const declared = source.matchAll(/\/\*\* Rules? (\d+)(?: and (\d+))?: ([^\n]*) \*\/\nexport const [^;]*;/g);
  return [...declared].flatMap(([declaration, first, second, holds]) => {
    const rules = [first, second].filter(Boolean).map(Number);
    return [...declaration.matchAll(/MUTANT [!=]= (\d+)/g)].map(([, mutant]) => ({
      mutant: Number(mutant),
      rules,
      holds,
    }));
  });
}

/** The names of the tests that passed and of those that failed, with that mutant; 0 is the engine as it is. */
async function runTests(vitest, specifications, mutant) {
  for (const project of vitest.projects) project.provide("mutant", mutant);
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  const [passed, failed] = [[], unhandledErrors.map(String)];
  for (const module of testModules) {
    // The file could not be loaded.
    for (const { message } of module.errors()) throw new Error(`mutant ${mutant}: ${message}`);
    for (const test of module.children.allTests()) {
      (test.result().state === "passed" ? passed : failed).push(test.fullName);
    }
  }
  return { passed, failed };
}

const isNamedAfter = (rules) => (name) => rules.some((rule) => name.startsWith(`rule ${rule}:`));

/** One line for each fault. */
async function examine(vitest, /** @type {readonly number[]} */ wanted) {
  const specifications = await vitest.globTestSpecifications([TESTS]);
  const { passed, failed } = await runTests(vitest, specifications, 0);
  const wrong = failed.map((name) => `fails although every rule holds: ${name}`);
  for (const rule of wanted) {
    if (!passed.some(isNamedAfter([rule]))) wrong.push(`rule ${rule} has no test that is named after it`);
    if (!clauses().some(({ rules }) => rules.includes(rule))) wrong.push(`rule ${rule} has no mutant`);
  }
  if (wrong.length > 0) return wrong;
  console.log("| mutant | without it | tests that fail | first of them |\n| ---: | --- | ---: | --- |");
  for (const { mutant, rules, holds } of clauses().filter(({ rules }) => rules.some((rule) => wanted.includes(rule)))) {
    const found = (await runTests(vitest, specifications, mutant)).failed.filter(isNamedAfter(rules));
    if (found.length === 0)
      wrong.push(`mutant ${mutant}: no test of rule ${rules.join(" or ")} fails without "${holds}"`);
    console.log(`| ${mutant} | ${holds} | ${found.length} | ${found[0] ?? "NONE"} |`);
  }
  return wrong;
}

/** One line for each fault of the mutants of these rules. */
export async function runRules(/** @type {readonly number[]} */ wanted) {
  const vitest = await createVitest("test", { watch: false, project: ["unit"], reporters: [{}], cache: false });
  try {
    return await examine(vitest, wanted);
  } finally {
    await vitest.close();
  }
}
