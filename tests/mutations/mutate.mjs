/**
 * Breaks each of SEMANTICS' 18 rules of epoll on purpose, and demands that a test named after the rule fails:
 *
 *     npm run mutate              all of them; some minutes
 *     npm run mutate -- 7 18      those of rules 7 and 18
 *
 * The tests of a mutant run in a copy of the tree, which has a core.wasm of its own. Prints a table; exit status 1 where
 * a mutant passes, where a rule has no test or no mutant, or where the tests fail unbroken.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { createVitest } from "vitest/node";
import { mutate, mutations, RULES } from "./mutation.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What the tests of the rules import, and what finding core.wasm takes. */
const COPIED = [
  ...["package.json", "tsconfig.json", "vitest.config.ts", "asconfig.json", "assembly", "src", "wasi-host"],
  ...["tests/closing-line.ts", "tests/sleep-matrix.ts", "tests/conformance", "tests/differential"],
];
const TESTS = "tests/conformance/epoll-rules-";
/** Milliseconds that the tests of one mutant may take. */
const MOST = 90_000;
/** Not as small as it can be made: a mutant runs once. */
const OPTIONS = ["--optimizeLevel", "1", "--shrinkLevel", "0"];

/** A copy of the tree in a new directory. */
function copyTree() {
  const root = mkdtempSync(join(tmpdir(), "pollux-mutants-"));
  for (const path of COPIED) cpSync(join(ROOT, path), join(root, path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  mkdirSync(join(root, "dist"));
  return root;
}

/** Builds the copy's core.wasm; `changed`: texts in place of those of the tree, by file. */
async function build(root, changed = new Map()) {
  const { error, stderr } = await asc.main(
    ["assembly/core.ts", "--outFile", "dist/core.wasm", "--runtime", "minimal", "--baseDir", root, ...OPTIONS],
    { readFile: (name, base) => changed.get(name) ?? readOrNull(resolve(base, name)) },
  );
  if (error !== null) throw new Error(`asc could not compile the mutant:\n${stderr}`);
}

function readOrNull(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** Runs the tests that are named after a rule: the names of those that passed, and of those that failed. */
async function runTests(vitest, specifications, rule) {
  vitest.setGlobalTestNamePattern(new RegExp(`^rule ${rule}:`));
  const limit = setTimeout(() => giveUp(`rule ${rule}: the tests have not ended in ${MOST / 1000} s`), MOST);
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  clearTimeout(limit);
  const passed = [];
  const failed = unhandledErrors.map(String);
  for (const module of testModules) {
    failed.push(...module.errors().map(({ message }) => message));
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") passed.push(test.fullName);
      if (state === "failed") failed.push(test.fullName);
    }
  }
  return { passed, failed };
}

/**
 * A mutant that goes round in circles is no good: it has to be another one. Tests run in processes of ours, and not in
 * threads, where descriptors that a test adopts would be closed twice; these are ended by their numbers.
 */
function giveUp(message) {
  console.log(message);
  const children = readOrNull(`/proc/${process.pid}/task/${process.pid}/children`) ?? "";
  for (const child of children.split(" ").filter(Boolean)) process.kill(Number(child), "SIGKILL");
  rmSync(root, { recursive: true });
  process.exit(1);
}

/** Lines of what is wrong, for all the mutants of the wanted rules. */
async function examine(root, vitest, rules) {
  const specifications = await vitest.globTestSpecifications([TESTS]);
  const wrong = [];
  await build(root);
  for (const rule of rules) {
    const { passed, failed } = await runTests(vitest, specifications, rule);
    if (passed.length === 0 && failed.length === 0) wrong.push(`rule ${rule} has no test that is named after it`);
    for (const name of failed) wrong.push(`fails unbroken: ${name}`);
    if (!mutations.some((mutation) => mutation.rule === rule)) wrong.push(`rule ${rule} has no mutation`);
  }
  if (wrong.length > 0) return wrong;
  console.log("| rule | mutation | test that failed |\n| ---: | -------- | ---------------- |");
  for (const mutation of mutations.filter(({ rule }) => rules.includes(rule))) {
    const { rule, breaks } = mutation;
    await build(
      root,
      mutate(mutation, (file) => readFileSync(join(root, file), "utf8")),
    );
    const { failed } = await runTests(vitest, specifications, rule);
    if (failed.length === 0) wrong.push(`rule ${rule}: no test fails when ${breaks}`);
    const others = failed.length > 1 ? `, and ${failed.length - 1} more` : "";
    console.log(`| ${rule} | ${breaks} | ${failed.length > 0 ? failed[0] + others : "NONE"} |`);
  }
  return wrong;
}

const named = process.argv.slice(2).map(Number);
const unknown = named.find((rule) => !(Number.isInteger(rule) && rule >= 1 && rule <= RULES));
if (unknown !== undefined) throw new Error(`rule ${unknown}: expected numbers from 1 to ${RULES}`);
const rules = named.length > 0 ? named : Array.from({ length: RULES }, (_, index) => index + 1);

const began = performance.now();
const root = copyTree();
const vitest = await createVitest("test", { root, watch: false, reporters: [{}], cache: false });
try {
  const wrong = await examine(root, vitest, rules);
  for (const line of wrong) console.log(line);
  const mutants = mutations.filter(({ rule }) => rules.includes(rule)).length;
  const seconds = Math.round((performance.now() - began) / 1000);
  if (wrong.length === 0) console.log(`${mutants} mutants of ${rules.length} rules, all found, in ${seconds} s`);
  // Vitest has set it: tests failed, as they had to.
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  await vitest.close();
  rmSync(root, { recursive: true });
}
