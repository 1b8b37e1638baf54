/** `npm start` in a folder that has only what git and `npm ci` give: it builds what it needs, and serves. */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { endGroup } from "../programs/proc.ts";
import { announced, exchange } from "./serving.ts";

const folder = mkdtempSync(path.join(tmpdir(), "pollux-start-"));
let server: ReturnType<typeof spawn> | undefined;
afterAll(() => {
  // npm, its shell and the server are one process group.
  if (server !== undefined) endGroup(server.pid!);
  rmSync(folder, { recursive: true });
});

it("npm start serves in a fresh clone, and builds neither components nor tests", async () => {
  for (const name of readdirSync(".").filter((name) => !/^(node_modules|dist|tests|\..*)$/.test(name))) {
    cpSync(name, path.join(folder, name), { recursive: true });
  }
  symlinkSync(path.resolve("node_modules"), path.join(folder, "node_modules"));
  server = spawn("npm", ["start", "--", "--listen", "127.0.0.1:0"], { cwd: folder, detached: true });
  const port = await announced(server);
  await Promise.all(Array.from({ length: 8 }, (_, client) => exchange(port, 1 + 30_000 * client)));
  const programs = readdirSync(path.join(folder, "dist/programs")).filter((name) => name.endsWith(".wasm"));
  expect(programs.sort()).toEqual(["echo-epoll.wasm", "echo-poll.wasm"]);
});
