/**
 * The loop's timers and hooks on each target: guests/loop-suite.ts runs by itself, and prints a line for each of its cases. On one target of
 * each runtime it sets 1,000,000 timers; on the others 20,000, because the engine and the heap are the same.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LIKE_NODE } from "../../runtimes/catalogue.ts";
import { pinned } from "../../runtimes/pins.ts";
import { ending } from "./ending.ts";

const CLI = [process.execPath, "dist/cli.cjs", "run"];
const { program, missing } = pinned("wasmtime-49");
const HOSTS = [
  { name: "pollux, a module", command: [...CLI, "dist/tests/loop-suite.wasm"], count: [] },
  { name: "pollux, a module on the net driver", command: [...CLI, "--driver", "net", "dist/tests/loop-suite.wasm"] },
  { name: "pollux, a component of WASI 0.2", command: [...CLI, "dist/tests/loop-suite.component.wasm"] },
  ...LIKE_NODE.map(({ name, command, missing }) => ({
    name: `pollux on ${name}, a module`,
    command: [...command, "dist/cli.cjs", "run", "dist/tests/loop-suite.wasm"],
    missing,
  })),
  { name: "wasmtime 49, a module", command: [program, "run", "dist/tests/loop-suite.wasm"], missing },
  {
    name: "wasmtime 49, WASI 0.2",
    command: [program, "run", "dist/tests/loop-suite.component.wasm"],
    missing,
    count: [],
  },
  { name: "wasmtime 49, WASI 0.3", command: [program, "run", "dist/tests/loop-suite.p3.component.wasm"], missing },
].map((host) => ({ missing: undefined, count: ["few"], ...host }));

const source = readFileSync("tests/runtimes/guests/loop-suite.ts", "utf8");
const names = [...source.matchAll(/^it\(\s*"(.+?)",/gm)].map(([, name]) => name);

/** One after another: a million timers keep a core busy for seconds. */
let before: Promise<unknown> = Promise.resolve();

function afterOthers(command: string[]): ReturnType<typeof ending> {
  const running = before.then(() => ending(command));
  before = running;
  return running;
}

describe.each(HOSTS)("on $name, the loop", ({ command, missing, count }) => {
  const running = missing === undefined ? afterOthers([...command, ...count]) : undefined;

  it.for(names)("%s", async (name, { skip }) => {
    if (running === undefined) skip(missing);
    const { said } = await running!;
    const line = said.split("\n").find((line) => line.endsWith(name));
    expect(line ?? said).toBe(`ok ${name}`);
  });

  it("runs only listed cases, and ends with status 0", async ({ skip }) => {
    if (running === undefined) skip(missing);
    const { said, status } = await running!;
    expect([said.trimEnd().split("\n").length, status]).toEqual([names.length, 0]);
  });

  it.for([
    ["a delay of NaN", "NaN", "a time is not NaN"],
    ["an interval of 0", "interval 0", "an interval is more than 0 milliseconds"],
    ["an interval of NaN", "interval NaN", "an interval is more than 0 milliseconds"],
    ["a callback that fails", "trap", "a callback has failed"],
  ] as const)("%s is the program's end, and says why and where", async ([, word, message], { skip }) => {
    if (missing !== undefined) skip(missing);
    const { said, status } = await ending([...command, word]);
    expect(said).toMatch(new RegExp(`^abort: ${message} at \\S+\\.ts:\\d+:\\d+$`, "m"));
    expect(said).not.toContain("survived");
    expect(status).not.toBe(0);
  });
});
