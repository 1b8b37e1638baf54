/** A loop with 10,000 timers an hour away sleeps: 5 seconds take next to no CPU time, in either language. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { pinned } from "../../runtimes/pins.ts";
import { RUNTIME } from "../script-runtime.ts";
import { cpuTicks } from "./proc.ts";
import { CLI } from "./server.ts";

vi.setConfig({ testTimeout: 30_000 });

/** Node's engine and its collector go on for a moment after a start. */
const SETTLE = 2000;
const SLEEP = 5000;
/** Of 500 in five seconds. A loop that polls uses most of them. */
const MAX_TICKS = 10;

const typescript = (driver: string) => `
  const { Loop } = await import("./dist/loop.js");
  const loop = await Loop.open({ driver: "${driver}" });
  for (let index = 0; index < 10_000; index++) loop.callLater(3_600_000 + index, () => {});
  console.log("sleeping");
  await loop.run();
`;
const node = (driver: string) => [process.execPath, "--input-type=module", "--eval", typescript(driver)];
const run = (...words: string[]) => [...RUNTIME, CLI, "run", ...words, "sleep"];
const { program: wasmtime, missing } = pinned("wasmtime-49");

const LOOPS = [
  { name: "in TypeScript, driver posix", command: node("posix") },
  { name: "in TypeScript, driver net", command: node("net") },
  { name: "in AssemblyScript, driver posix", command: run("dist/tests/loop-suite.wasm") },
  { name: "in AssemblyScript, driver net", command: run("--driver", "net", "dist/tests/loop-suite.wasm") },
  { name: "in AssemblyScript, a component of WASI 0.2", command: run("dist/tests/loop-suite.component.wasm") },
  ...["loop-suite.component", "loop-suite.p3.component"].map((name) => ({
    name: `in AssemblyScript, wasmtime 49, ${name}`,
    command: [wasmtime, "run", `dist/tests/${name}.wasm`, "sleep"],
    missing,
  })),
].map((loop) => ({ missing: undefined, ...loop }));

it.concurrent.for(LOOPS)("a loop $name sleeps", async ({ command, missing }, { skip }) => {
  if (missing !== undefined) skip(missing);
  const [program, ...words] = command;
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = await once(createInterface({ input: child.stdout }), "line");
    expect(line).toBe("sleeping");
    await setTimeout(SETTLE);
    const before = cpuTicks(child.pid!);
    await setTimeout(SLEEP);
    expect(cpuTicks(child.pid!) - before).toBeLessThanOrEqual(MAX_TICKS);
    expect(child.exitCode).toBe(null);
  } finally {
    child.kill("SIGKILL");
  }
});
