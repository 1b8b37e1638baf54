/** What is shipped stays small: the budgets of .size-limit.mjs, measured by size-limit. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);

it("every size is within its budget", async () => {
  const { stdout } = await run("node_modules/.bin/size-limit", ["--json"]).catch((failed) => failed);
  const checks: { name: string; size: number; sizeLimit: number; passed: boolean }[] = JSON.parse(stdout);
  expect(checks.map(({ name }) => name)).toEqual([
    "core.wasm",
    "the library with core.wasm inlined, gzipped, without the host",
    "all that a page gets: the library, core.wasm, the host and the simulated network, gzipped",
  ]);
  for (const { name, size, sizeLimit, passed } of checks) {
    expect(size, name).toBeGreaterThan(sizeLimit / 3);
    expect(passed, `${name}: ${size} bytes of ${sizeLimit}`).toBe(true);
  }
});
