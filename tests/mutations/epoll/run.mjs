/** Runs the mutants of epoll's rules: a test that is named after the rule has to fail. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import asc from "assemblyscript/asc";
import { createVitest } from "vitest/node";
import { mutate } from "../mutation.mjs";
import { copyTree, readOrNull, removeTree } from "../tree.mjs";
import { mutations } from "./index.mjs";

/** What the tests of the rules import. */
const COPIED = ["tests/conformance", "tests/differential"];
const TESTS = "tests/conformance/epoll-rules-";
/** Milliseconds that the tests of one mutant may take. */
const MOST = 90_000;
/** Not as small as it can be made: a mutant runs once. */
const OPTIONS = ["--optimizeLevel", "1", "--shrinkLevel", "0"];

/** What the library imports: here it is read from core.wasm each time, which is another one for each mutant. */
const BYTES = `import { readFileSync } from "node:fs";
export default new Uint8Array(readFileSync(new URL("../../core.wasm", import.meta.url)));
`;

/** Builds the copy's core.wasm; `changed`: texts in place of those of the tree, by file. */
async function build(root, changed = new Map()) {
  const { error, stderr } = await asc.main(
    ["assembly/core.ts", "--outFile", "dist/core.wasm", "--runtime", "minimal", "--baseDir", root, ...OPTIONS],
    { readFile: (name, base) => changed.get(name) ?? readOrNull(resolve(base, name)) },
  );
  if (error !== null) throw new Error(`asc could not compile the mutant:\n${stderr}`);
}

/** Runs the tests that are named after a rule: the names of those that passed, and of those that failed. */
async function runTests(root, vitest, specifications, rule) {
  vitest.setGlobalTestNamePattern(new RegExp(`^rule ${rule}:`));
  const limit = setTimeout(() => giveUp(root, `rule ${rule}: the tests have not ended in ${MOST / 1000} s`), MOST);
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
function giveUp(root, message) {
  console.log(message);
  const children = readOrNull(`/proc/${process.pid}/task/${process.pid}/children`) ?? "";
  for (const child of children.split(" ").filter(Boolean)) process.kill(Number(child), "SIGKILL");
  removeTree(root);
  process.exit(1);
}

/** Lines of what is wrong, for all the mutants of the wanted rules. */
async function examine(root, vitest, rules) {
  const specifications = await vitest.globTestSpecifications([TESTS]);
  const wrong = [];
  await build(root);
  for (const rule of rules) {
    const { passed, failed } = await runTests(root, vitest, specifications, rule);
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
    const { failed } = await runTests(root, vitest, specifications, rule);
    if (failed.length === 0) wrong.push(`rule ${rule}: no test fails when ${breaks}`);
    const others = failed.length > 1 ? `, and ${failed.length - 1} more` : "";
    console.log(`| ${rule} | ${breaks} | ${failed.length > 0 ? failed[0] + others : "NONE"} |`);
  }
  return wrong;
}

/** Lines of what is wrong. */
export async function runRules(/** @type {readonly number[]} */ rules) {
  const root = copyTree(COPIED);
  mkdirSync(join(root, "dist/wasm/core"), { recursive: true });
  writeFileSync(join(root, "dist/wasm/core/bytes.js"), BYTES);
  const vitest = await createVitest("test", { root, watch: false, reporters: [{}], cache: false });
  try {
    return await examine(root, vitest, rules);
  } finally {
    await vitest.close();
    removeTree(root);
  }
}
