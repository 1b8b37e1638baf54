/**
 * Every host call with hostile arguments, in its own process: npm run fuzz:host with fewer calls. Each run prints its
 * random seed; `POLLUX_SEED=n` repeats it. Earlier findings stay fixed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { FINDINGS } from "./fuzz/findings.ts";
import { serialized } from "./fuzz/script.ts";

const FUZZER = "dist/tests/fuzz-host.js";
const RUNNER = "dist/tests/fuzz-host-runner.js";
const seed = process.env.POLLUX_SEED ?? String((Date.now() % 0x7fff_fffe) + 1);
/** Milliseconds after which a call that does not return is ended. */
const TIMEOUT_MS = 15_000;

async function outcome(child: ChildProcess): Promise<{ status: number | null; output: string }> {
  const ended = once(child, "exit");
  const output = await text(child.stdout!);
  const [status] = await ended;
  return { status, output };
}

it("needs npm run build", () => {
  expect([existsSync(FUZZER), existsSync(RUNNER)]).toEqual([true, true]);
});

// The net driver waits most of the time.
describe.concurrent.each([
  ["posix", "20000"],
  ["net", "8000"],
])("over the driver %s", (driver, calls) => {
  it(`${calls} hostile calls: each an errno, no crash, no hang, nothing changed where it was refused`, async () => {
    const child = spawn(process.execPath, [FUZZER, calls, seed, driver], { stdio: ["ignore", "pipe", "inherit"] });
    const { status, output } = await outcome(child);
    console.log(output);
    expect(status).toBe(0);
    expect(output).toContain(`0 findings in ${calls} calls, ${driver}, seed ${seed}`);
    expect(output).not.toContain("never called");
  }, 240_000);
});

describe("earlier findings stay fixed:", () => {
  it.each(Object.entries(FINDINGS))("%s", async (_what, sequence) => {
    const child = spawn(process.execPath, [RUNNER, "play"], { stdio: ["pipe", "pipe", "inherit", "pipe"] });
    const watchdog = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
    const lines = text(child.stdio[3] as Readable);
    child.stdin!.end(serialized(sequence));
    const { status } = await outcome(child);
    clearTimeout(watchdog);
    expect(status, await lines).toBe(0);
  });
});
