/**
 * Every function of WASI 0.2, with its successes and its error codes: the same cases on each host, and their
 * differences.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { NODE_24 } from "../../runtimes/catalogue.ts";
import { BEGIN, DIFFERENCES, END, EXPECTED, fileOf, table } from "./cases/differences.ts";
import { answersOf, ENDS } from "./cases/run.ts";
import { built, type Host, POLLUX, WASMTIME } from "./host.ts";

/** Runs all hosts again, and writes changes to differences.json and docs/host.md. */
const UPDATE = process.env.POLLUX_UPDATE_CASES !== undefined;
// A case that stops the program costs time until it is a known failure.
if (UPDATE) vi.setConfig({ testTimeout: 600_000 });
const file = built("javascript/cases");
const folder = mkdtempSync(path.join(tmpdir(), "pollux-precompiled-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Compiled once for all groups. */
const precompiled = path.join(folder, "cases.cwasm");
const [program] = WASMTIME.command("", [], {});
const PRECOMPILED: Host = {
  ...WASMTIME,
  command: (_file, args, grants) => {
    if (!existsSync(precompiled)) execFileSync(program, ["compile", file, "-o", precompiled]);
    const [, run, ...rest] = WASMTIME.command(precompiled, args, grants);
    return [program, run, "--allow-precompiled", "-S", "cli-exit-with-code", ...rest];
  },
};

/**
 * Its `run` grants only the network; its Node compiles modules that Node 20 does not (extended constant expressions).
 */
const JCO: Host = {
  name: "jco 1.35",
  missing: NODE_24 === undefined ? "npm run runtimes" : undefined,
  command: (component, args, { environment = {} }) => [
    ...["env", ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)],
    ...[NODE_24!, path.resolve("node_modules/@bytecodealliance/jco/dist/jco.js"), "run", component, ...args],
  ],
};

/**
 * The groups of the table. jco is run on request: it takes a minute, and its answers about stdin depend on the time.
 */
const LISTED = [PRECOMPILED, JCO];
const HOSTS = [...POLLUX.filter(({ name }) => !name.includes("worker")), ...(UPDATE ? LISTED : [PRECOMPILED])];

/** Groups that a host cannot run, with the reason. */
const LEFT_OUT: Record<string, Record<string, string>> = {
  [JCO.name]: { files: "jco run grants no directories" },
};

describe.each(HOSTS)("$name", (host) => {
  const groups = Object.keys(EXPECTED).filter((group) => LEFT_OUT[host.name]?.[group] === undefined);
  const missing = existsSync(file) ? host.missing : "npm run build:guests";

  it.for(groups)("gives the expected answer, or the table's: %s", async (group, { skip }) => {
    if (missing !== undefined) skip(missing);
    const expected = EXPECTED[group];
    const different = DIFFERENCES[host.name]?.[group] ?? {};
    const ending = Object.keys(different).filter((name) => !UPDATE && different[name] === ENDS);
    const answers = await answersOf(host, file, group, expected, ending);
    if (UPDATE) note(host.name, group, answers);
    else expect(answers).toEqual({ ...expected, ...different });
  });
});

function note(host: string, group: string, answers: Record<string, string>): void {
  const different = Object.entries(answers).filter(([name, answer]) => EXPECTED[group][name] !== answer);
  const differences = JSON.parse(readFileSync(fileOf("differences"), "utf8"));
  differences[host] = { ...differences[host], [group]: Object.fromEntries(different) };
  if (different.length === 0) delete differences[host][group];
  writeFileSync(fileOf("differences"), `${JSON.stringify(differences, null, 2)}\n`);
}

it("docs/host.md has the table", () => {
  const document = readFileSync("docs/host.md", "utf8");
  const begin = document.indexOf(BEGIN) + BEGIN.length;
  const end = document.indexOf(END);
  const wanted = table(LISTED.map(({ name }) => name));
  if (UPDATE) writeFileSync("docs/host.md", document.slice(0, begin) + wanted + document.slice(end));
  else expect(document.slice(begin, end)).toBe(wanted);
});
