/** An incremental build, in a copy of this folder: each part is made again when, and only when, its inputs have changed. */
import { execFile } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeEach, expect, it } from "vitest";

const run = promisify(execFile);
const folder = mkdtempSync(path.join(tmpdir(), "pollux-building-"));
const COPIED = `assembly bench docs examples runtimes scripts site src tests wasi-host asconfig.json package.json tsconfig.json`;
const file = (name: string) => path.join(folder, name);

symlinkSync(path.resolve("node_modules"), file("node_modules"));
cpSync("dist", file("dist"), { recursive: true });
for (const name of COPIED.split(" ")) {
  const filter = (source: string) => !/[/\\](node_modules|built)$/.test(source);
  cpSync(name, file(name), { recursive: true, filter });
}
afterAll(() => rmSync(folder, { recursive: true }));

/** For a few modules, V8 takes longer to optimize binaryen than binaryen runs. */
const UNOPTIMIZED = "--liftoff-only";

async function build(...args: string[]): Promise<string[]> {
  const { stdout } = await run(process.execPath, [UNOPTIMIZED, "scripts/build.mjs", ...args], { cwd: folder });
  return stdout.split("\n").filter(Boolean).sort();
}
const stale = () => build("--dry-run");

const PROGRAMS = ["client", "echo-epoll", "echo-poll", "echo-select", "echo-selectors", "upper-select"];
const MODELS = ["asynchronous", "blocking", "multiplexing", "non-blocking", "signal-driven"];
const LOOP_EXAMPLES = ["chat", "idle", "proxy"];
const PLAIN_EXAMPLES = ["client", "echo-select", "echo-selectors", "upper-select"];
/** Programs with the standard library: they have the options of assembly/asconfig.json. */
const standard = [
  "examples/keyvalue",
  ...PLAIN_EXAMPLES.map((name) => `examples/plain/${name}`),
  ...[...LOOP_EXAMPLES, "client", "drain", "echo", "upper"].map((name) => `examples/loop/${name}`),
  ...LOOP_EXAMPLES.flatMap((name) => [`tests/examples/${name}.component`, `tests/examples/${name}.p3.component`]),
  ...["", ".component", ".p3.component"].flatMap((target) => [
    `tests/datagram-suite${target}`,
    `tests/loop-suite${target}`,
    `tests/signals${target}`,
    `tests/standard-suite${target}`,
    `tests/stream-suite${target}`,
    `tests/woken${target}`,
  ]),
].sort();
const modules = [
  ...standard,
  ...["bench/answers", "bench/hello", "bench/timers", "core", "examples/chat", "tests/epoll-suite.p3.component"],
  ...["tests/recorded-waits", "tests/relay.component", "tests/relay.p3.component"],
  ...PROGRAMS.flatMap((name) => [`programs/${name}`, `programs/${name}.component`, `programs/${name}.p3.component`]),
  ...MODELS.map((name) => `programs/models/${name}`),
].sort();
/** Guests that only tests load. */
const guests = ["tests/engine"];
const bundles = ["bench", "bundles", "command", "page", "site", "thread", "tools", "types", "web", "workers"];
const parts = [...modules, ...guests, ...bundles].sort();

/** Each test changes one file, which is as it was again before the next. */
let undo = () => {};
beforeEach(() => undo());
function change(name: string, edit: (text: string) => string): void {
  const before = readFileSync(file(name), "utf8");
  const after = edit(before);
  expect(after).not.toBe(before);
  writeFileSync(file(name), after);
  undo = () => writeFileSync(file(name), before);
}

it("makes nothing if nothing has changed", async () => {
  expect(await stale()).toEqual([]);
});

it("makes everything with --force", async () => {
  expect(await build("--dry-run", "--force")).toEqual(parts);
});

it("makes every module, the host and the types when a constant of the ABI has changed", async () => {
  change("assembly/abi/epoll.ts", (text) => text.replace(/(export const \w+[^=\n]*= )(\w+)/, "$1$2 + 0"));
  // The module that prints a line has no sockets.
  const affected = modules.filter((name) => name !== "bench/hello");
  expect(await stale()).toEqual(expect.arrayContaining([...affected, "bundles", "command", "types"]));
});

it("makes one program and its components after a change of that program", async () => {
  change("assembly/programs/echo-poll.ts", (text) => `${text}\n`);
  expect(await stale()).toEqual([
    "programs/echo-poll",
    "programs/echo-poll.component",
    "programs/echo-poll.p3.component",
  ]);
});

it("makes the components after a change of their world", async () => {
  change("assembly/sys/component.wit", (text) => `${text}\n`);
  expect(await stale()).toEqual(modules.filter((name) => /(?<!\.p3)\.component$/.test(name)));
});

it("makes every module after a change of asc's options, and those with the standard library after one of theirs", async () => {
  change("asconfig.json", (text) => text.replace('"shrinkLevel": 0', '"shrinkLevel": 1'));
  expect(await stale()).toEqual([...modules.filter((name) => !standard.includes(name)), "site"].sort());
  undo();
  change("assembly/asconfig.json", (text) => text.replace('"transform"', '"transform" '));
  expect(await stale()).toEqual(expect.arrayContaining(standard));
  expect(await stale()).not.toContain("core");
});

it("makes the live page after a change of a lesson's words", async () => {
  change("docs/course/zh/5-epoll.md", (text) => `${text}\n`);
  expect(await stale()).toEqual(["site"]);
});

it("makes only the command and the types after a change of the command", async () => {
  change("src/cli/main.ts", (text) => `${text}\n`);
  expect(await stale()).toEqual(["command", "types"]);
});

it("makes everything after a change of the build's stamps code", async () => {
  change("scripts/stamps.mjs", (text) => `${text}\n`);
  expect(await stale()).toEqual(parts);
});

it("makes a module again if one of its outputs is missing", async () => {
  for (const name of ["dist/core.wasm", "dist/wasm/core/bytes.js"]) {
    const bytes = readFileSync(file(name));
    rmSync(file(name));
    // The live page ships the core.
    expect(await stale()).toEqual(["core", "site"]);
    writeFileSync(file(name), bytes);
    expect(await stale()).toEqual([]);
  }
});

it("makes only a removed part, with the same bytes", async () => {
  const before = readFileSync(file("dist/core.wasm"));
  rmSync(file("dist/core.wasm"));
  await build();
  expect(readFileSync(file("dist/core.wasm")).equals(before)).toBe(true);
  expect(await stale()).toEqual([]);
});

it("reports an error in a source, fails, and makes the part after the correction", async () => {
  change("assembly/core.ts", (text) => `${text}\nconst wrong: i32 = nothing;\n`);
  const failed = await build("core").catch((error) => error);
  expect(failed).toMatchObject({ code: 1, stderr: expect.stringMatching(/assembly\/core\.ts.*'nothing'/s) });
  undo();
  expect(await stale()).toEqual([]);
  appendFileSync(file("assembly/core.ts"), "// the same module\n");
  await build("core");
  expect(await stale()).not.toContain("core");
});

it("refuses an unknown part and lists the known ones", async () => {
  const failed = await build("programs/echo-pol").catch((error) => error);
  expect(failed).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/'programs\/echo-pol'.*programs\/echo-poll, /),
  });
});
