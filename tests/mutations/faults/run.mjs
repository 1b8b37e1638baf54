/**
 * Runs the mutants of the faults: of the tests about a fault one has to fail, by what it expects or by its time-out.
 *
 * The servers under test are what is shipped, so a mutant is built as that is. Vitest runs in a process of its own: a test
 * that never gives the thread back would stop this one too.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mutate } from "../mutation.mjs";
import { copyTree, readOrNull, removeTree } from "../tree.mjs";
import { SERVERS } from "./index.mjs";

/** What the tests import, and what building takes. */
const COPIED = [
  "scripts",
  ...["bench", "runtimes"],
  "tests/assembly.ts",
  "tests/linux",
  ...["tests/later.ts", "tests/left-running.ts", "tests/script-runtime.ts", "tests/setup.ts"],
  "tests/witx.ts",
  "tests/hosts",
  "tests/programs",
];
/** Milliseconds that the tests of one mutant may take: some wait for their own time-outs, one after the other. */
const MOST = 240_000;
/** Of sources other than the guest's. */
const BUNDLES = ["bundles", "command"];

function build(root, targets) {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/build.mjs", ...targets], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the copy cannot be built:\n${stderr}`);
}

/** What of dist/ the changed sources are a part of, where these servers are run. */
function targetsOf(files, servers) {
  const targets = new Set();
  for (const file of files) {
    if (file.startsWith("assembly/")) for (const server of servers) targets.add(SERVERS[server].program);
    else for (const bundle of BUNDLES) targets.add(bundle);
  }
  return [...targets];
}

const literal = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Matches the whole names of a fault's tests; those that are made for each server begin with its name. */
function pattern({ tests }, servers) {
  const kinds = servers.map((server) => literal(SERVERS[server].name)).join("|");
  return tests.map(({ named, alone }) => `^${alone ? "" : `'?(?:${kinds})`}.*${literal(named)}`).join("|");
}

/** Vitest's process, which is a group's first, with all that its tests start. */
let running;

/** The names of the tests of a fault that passed, and of those that failed; `broken`: why there is no answer. */
async function runTests(root, fault, servers) {
  const report = join(root, "report.json");
  rmSync(report, { force: true });
  const files = [...new Set(fault.tests.map(({ file }) => file))];
  const options = ["--reporter=json", `--outputFile=${report}`, "--testNamePattern", pattern(fault, servers)];
  const vitest = ["node_modules/vitest/vitest.mjs", "run", ...options, ...files];
  running = spawn(process.execPath, vitest, { cwd: root, detached: true, stdio: "ignore" });
  const limit = setTimeout(killTests, MOST);
  await once(running, "close");
  clearTimeout(limit);
  const written = readOrNull(report);
  killTests();
  if (written === null) return { passed: [], failed: [], broken: `the tests have not ended in ${MOST / 1000} s` };
  const { testResults } = JSON.parse(written);
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const named = (status) => results.filter((result) => result.status === status).map(({ fullName }) => fullName);
  const [passed, failed] = [named("passed"), named("failed")];
  const none = passed.length + failed.length === 0;
  return { passed, failed, broken: none ? testResults[0]?.message || "there is no such test" : undefined };
}

/** Ends it and whatever its tests have left behind. */
function killTests() {
  try {
    process.kill(-running.pid, "SIGKILL");
  } catch {
    // all gone
  }
}

/** Builds the mutant in the copy, and gives the copy back as it was after `use`. */
async function withMutant(root, mutation, servers, use) {
  const read = (file) => readFileSync(join(root, file), "utf8");
  const changed = mutate(mutation, read);
  const before = [...changed.keys()].map((file) => [file, read(file)]);
  try {
    for (const [file, text] of changed) writeFileSync(join(root, file), text);
    build(root, targetsOf(changed.keys(), servers));
    return await use();
  } finally {
    for (const [file, text] of before) writeFileSync(join(root, file), text);
    rmSync(join(root, "dist"), { recursive: true });
    cpSync(join(root, "unbroken"), join(root, "dist"), { recursive: true });
  }
}

async function examine(root, fault) {
  const everybody = [...new Set(fault.mutations.flatMap(({ servers = [] }) => servers))];
  const unbroken = await runTests(root, fault, everybody);
  if (unbroken.broken !== undefined) return [`${fault.name}, unbroken: ${unbroken.broken}`];
  if (unbroken.failed.length > 0) return unbroken.failed.map((name) => `fails unbroken: ${name}`);
  const wrong = [];
  for (const mutation of fault.mutations) {
    const { breaks, servers = [] } = mutation;
    const run = () => runTests(root, fault, servers);
    const { passed, failed, broken } = await withMutant(root, mutation, servers, run);
    if (failed.length === 0) wrong.push(`${fault.name}: ${broken ?? "no test fails"} when ${breaks}`);
    const others = failed.length > 1 ? `, and ${failed.length - 1} more` : "";
    const shown = failed.length > 0 ? failed[0] + others : "NONE";
    console.log(`| ${fault.name} | ${breaks} | ${failed.length} of ${failed.length + passed.length} | ${shown} |`);
  }
  return wrong;
}

/** One line for each fault. */
export async function runFaults(/** @type {readonly import("./index.mjs").Fault[]} */ faults) {
  const root = copyTree(COPIED);
  const giveUp = () => {
    if (running !== undefined) killTests();
    removeTree(root);
    process.exit(1);
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, giveUp);
  try {
    build(root, [...BUNDLES, ...new Set(Object.values(SERVERS).map(({ program }) => program))]);
    cpSync(join(root, "dist"), join(root, "unbroken"), { recursive: true });
    console.log("| fault | mutation | failed | test |\n| ----- | -------- | -----: | ---- |");
    const wrong = [];
    for (const fault of faults) wrong.push(...(await examine(root, fault)));
    return wrong;
  } finally {
    removeTree(root);
  }
}
