/** The standard library of guests on each target: guests/standard-suite.ts runs by itself, and prints a line for each of its cases. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LIKE_NODE } from "../../runtimes/catalogue.ts";
import { pinned } from "../../runtimes/pins.ts";

const MODULE = "dist/tests/standard-suite.wasm";
const COMPONENT = "dist/tests/standard-suite.component.wasm";
const COMPONENT_0_3 = "dist/tests/standard-suite.p3.component.wasm";

const CLI = [process.execPath, "dist/cli.cjs", "run"];
const wasmtime = (version: string) => pinned(`wasmtime-${version}`);
const HOSTS = [
  { name: "pollux, a module", command: CLI, guest: MODULE },
  { name: "pollux, a module on the net driver", command: [...CLI, "--driver", "net"], guest: MODULE },
  { name: "pollux, a component of WASI 0.2", command: CLI, guest: COMPONENT },
  ...LIKE_NODE.flatMap(({ name, command, missing }) => {
    const run = [...command, "dist/cli.cjs", "run"];
    return [
      { name: `pollux on ${name}, a module`, command: run, missing, guest: MODULE },
      { name: `pollux on ${name}, a component of WASI 0.2`, command: run, missing, guest: COMPONENT },
    ];
  }),
  ...["36", "46", "49"].flatMap((version) => {
    const { program, missing } = wasmtime(version);
    const command = [program, "run"];
    return [
      { name: `wasmtime ${version}, a module`, command, missing, guest: MODULE },
      { name: `wasmtime ${version}, a component of WASI 0.2`, command, missing, guest: COMPONENT },
    ];
  }),
  ...["46", "49"].map((version) => {
    const { program, missing } = wasmtime(version);
    return {
      name: `wasmtime ${version}, a component of WASI 0.3`,
      command: [program, "run"],
      missing,
      guest: COMPONENT_0_3,
    };
  }),
].map((host) => ({ missing: undefined, ...host }));

const source = readFileSync("tests/runtimes/guests/standard-suite.ts", "utf8");
const names = [...source.matchAll(/^ {2}it\(\s*"(.+?)",/gm)].map(([, name]) => name);
const lineOf = (text: string) => 1 + source.split("\n").findIndex((line) => line.includes(text));

interface Ending {
  status: number | null;
  out: string;
  error: string;
}

function run(command: readonly string[], guest: string, ...args: string[]): Promise<Ending> {
  const [program, ...options] = command;
  return new Promise((resolve) => {
    execFile(program, [...options, "--env", "A=x=y", "--env", "B=", guest, ...args], (failed, out, error) => {
      resolve({ status: failed === null ? 0 : Number(failed.code), out, error });
    });
  });
}

describe.each(HOSTS)("on $name, the standard library", ({ command, guest, missing }) => {
  const suite = missing === undefined ? run(command, guest, "suite", "two words", "grün 🚀") : undefined;

  it.for(names)("%s", async (name, { skip }) => {
    if (suite === undefined) skip(missing);
    const { out, error } = await suite!;
    const line = out.split("\n").find((line) => line.replace(/^(not )?ok /, "") === name);
    expect(line ?? out + error).toBe(`ok ${name}`);
  });

  it("prints to stdout and stderr, long lines whole", async ({ skip }) => {
    if (suite === undefined) skip(missing);
    const { status, out, error } = await suite!;
    const lines = out.split("\n").slice(names.length);
    expect(lines[0] === "line".repeat(20_000)).toBe(true);
    expect(lines.slice(1, 4)).toEqual(["log", "info", "debug"]);
    expect(lines[4]).toMatch(/^timer: \d+(\.\d+)?ms$/);
    expect(lines.slice(5)).toEqual(["written", ""]);
    expect(error.trimEnd().split("\n")).toEqual([
      "to stderr",
      "warn",
      "error",
      "Assertion failed: printed",
      "Warning: No such label 'timer' for console.timeEnd()",
      "written",
      "trace: traced 1.0, 2.5",
    ]);
    expect(status).toBe(0);
  });

  it("ends with the status that process.exit is given", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    expect((await run(command, guest, "exit")).status).toBe(guest === COMPONENT ? 1 : 3);
    expect((await run(command, guest, "exit 0")).status).toBe(0);
  });

  it.for([
    ["assert", "a reason — in UTF-8", "assert(how"],
    ["throw", "thrown", "throw new Error"],
  ])("%s prints message, file, line and column, and ends with 134", async ([how, message, text], { skip }) => {
    if (missing !== undefined) skip(missing);
    const { status, error } = await run(command, guest, how);
    const [first] = error.split("\n");
    const place = `tests/runtimes/guests/standard-suite.ts:${lineOf(text)}:`;
    expect(first.replace(/\d+$/, "")).toBe(`abort: ${message} at ${place}`);
    expect(status).toBe(134);
  });

  it("an index out of range prints the place in AssemblyScript's library, and ends with 134", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const { status, error } = await run(command, guest, "index");
    expect(error).toMatch(/^abort: Index out of range at ~lib\/array\.ts:\d+:\d+$/m);
    expect(status).toBe(134);
  });
});
