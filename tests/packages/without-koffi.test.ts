/** The command where koffi is not installed: no module of the package needs it, other than the posix driver. */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { announced, exchange } from "./serving.ts";

const folder = mkdtempSync(path.join(tmpdir(), "pollux-without-koffi-"));
const CLI = path.join(folder, "dist/cli.cjs");
const PROGRAM = path.join(folder, "dist/programs/echo-epoll.wasm");
beforeAll(() => {
  const filter = (file: string) => !/[/\\](tests|examples|bench|web|\.stamps)$/.test(file);
  cpSync("dist", path.join(folder, "dist"), { recursive: true, filter });
});
afterAll(() => rmSync(folder, { recursive: true }));

it("pollux run serves over the net driver", async () => {
  const server = spawn(process.execPath, [CLI, "run", "--listen", "127.0.0.1:0", PROGRAM, "--quiet"]);
  try {
    const port = await announced(server);
    await Promise.all(Array.from({ length: 8 }, (_, client) => exchange(port, 1 + 30_000 * client)));
  } finally {
    server.kill("SIGKILL");
  }
});

it("pollux run --driver posix names the package that it needs", () => {
  const args = [CLI, "run", "--driver", "posix", PROGRAM];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect([stdout, stderr, status]).toEqual([
    "",
    "pollux: the posix driver needs the package 'koffi': npm install koffi, or use the net driver\n",
    2,
  ]);
});
