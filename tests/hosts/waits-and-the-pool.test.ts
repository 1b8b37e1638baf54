/** A wait takes no thread of Node's pool: many threads wait, files are read meanwhile, and a busy pool delays no wakeup. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const SCRIPT = fileURLToPath(new URL("waits-and-the-pool.mjs", import.meta.url));

function run(driver: string, threads: number, busy: number, pool?: string): string[] {
  const { stdout, error } = spawnSync(process.execPath, [SCRIPT, driver, String(threads), String(busy)], {
    encoding: "utf8",
    timeout: 18_000,
    killSignal: "SIGKILL",
    env: { ...process.env, UV_THREADPOOL_SIZE: pool },
  });
  if (error !== undefined) throw error;
  return stdout.trim().split("\n");
}

describe.each(["posix", "net"])("on the %s driver", (driver) => {
  it.each([4, 6])("a file can be read while %d threads and this one wait, and each wakes up", (threads) => {
    expect(run(driver, threads, 0)).toEqual(["read", ...Array(threads + 1).fill("woke")]);
  });

  it("a file can be read by a pool of one thread while two threads wait", () => {
    expect(run(driver, 1, 0, "1")).toEqual(["read", "woke", "woke"]);
  });

  it("a wait ends before the jobs that occupy the pool", () => {
    expect(run(driver, 0, 4)).toEqual(["woke"]);
  });
});
