/**
 * Breaks the code on purpose, and expects a test to fail:
 *
 *     npm run mutate              all of the following
 *     npm run mutate -- rules     the rules of epoll, in the engine alone
 *     npm run mutate -- 7 18      rules 7 and 18
 *     npm run mutate -- faults    the defences against clients, guests and the system: 15 minutes
 *     npm run mutate -- reset     one of these, by name
 *
 * Prints a table. The exit status is 1 if a mutant passes, if a rule or a fault has no test or no mutant, or if a test fails
 * without a mutant.
 */
import { faults } from "./faults/index.mjs";
import { runFaults } from "./faults/run.mjs";
import { RULES, runRules } from "./rules.mjs";

/** The rules and the faults that the arguments name; all where they name none. */
function wanted(given) {
  const numbers = Array.from({ length: RULES }, (_, index) => index + 1);
  if (given.length === 0) return { rules: numbers, chosen: faults };
  const rules = numbers.filter((rule) => given.includes("rules") || given.includes(String(rule)));
  const chosen = faults.filter(({ name }) => given.includes("faults") || given.includes(name));
  const names = ["rules", "faults", ...faults.map(({ name }) => name)];
  const unknown = given.find((text) => !names.includes(text) && !numbers.some((rule) => String(rule) === text));
  if (unknown === undefined) return { rules, chosen };
  console.error(`${unknown}: expected numbers from 1 to ${RULES}, or ${names.join(", ")}`);
  return process.exit(2);
}

const { rules, chosen } = wanted(process.argv.slice(2));
const began = performance.now();
const wrong = [];
if (rules.length > 0) wrong.push(...(await runRules(rules)));
if (chosen.length > 0) wrong.push(...(await runFaults(chosen)));
for (const line of wrong) console.log(line);
const seconds = Math.round((performance.now() - began) / 1000);
if (wrong.length === 0)
  console.log(`all mutants of ${rules.length} rules and ${chosen.length} faults found, in ${seconds} s`);
// Replaces Vitest's status: tests had to fail.
process.exitCode = wrong.length === 0 ? 0 : 1;
