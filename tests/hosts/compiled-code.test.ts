/** The compiled code that the command keeps between runs. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { endAfterTests } from "../left-running.ts";
import { CLI } from "./command.ts";

const PROGRAM = "dist/bench/hello.wasm";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "pollux-compiled-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function hello(env: NodeJS.ProcessEnv): void {
  const { stdout, stderr, status } = spawnSync(process.execPath, [CLI, "run", PROGRAM], { env, encoding: "utf8" });
  expect([stdout, stderr, status]).toEqual(["hello\n", "", 0]);
}

/** Path, size and contents of each file. */
function kept(): [string, number, string][] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => [file, statSync(file).mtimeMs, readFileSync(file, "latin1")]);
}

it("is written once, and read by later runs", () => {
  const env = { NODE_COMPILE_CACHE: folder };
  hello(env);
  const first = kept();
  expect(first.some(([, , content]) => content.length > 100_000)).toBe(true);
  hello(env);
  expect(kept()).toEqual(first);
});

it.each([
  ["a module", ["--listen", "127.0.0.1:0", "dist/programs/echo-epoll.wasm"], ["module", "posix", "run"]],
  [
    "a component",
    ["--bind", "127.0.0.1:*", "dist/programs/echo-epoll.component.wasm", "--listen", "127.0.0.1:0"],
    ["component", "posix", "run"],
  ],
])("is kept when the server in %s first sleeps, because a signal ends it", async (_, args, parts) => {
  const env = { NODE_COMPILE_CACHE: folder };
  const names = () => readdirSync(folder).filter((name) => !/\.\d+$/.test(name));
  const serve = () =>
    endAfterTests(
      spawn(process.execPath, [CLI, "run", "--driver", "posix", ...args], { env, stdio: ["ignore", "ignore", "pipe"] }),
    );
  const first = serve();
  await vi.waitFor(() => expect(names().map((name) => name.split("-")[1])).toEqual(parts), { timeout: 20_000 });
  const ended = once(first, "exit");
  first.kill("SIGTERM");
  expect(await ended).toEqual([null, "SIGTERM"]);
  const before = kept();

  const second = serve();
  await once(second.stderr!, "data");
  const endedToo = once(second, "exit");
  second.kill("SIGTERM");
  await endedToo;
  expect(kept()).toEqual(before);
});

it("is made anew if it is damaged or truncated", () => {
  const env = { NODE_COMPILE_CACHE: folder };
  hello(env);
  const [[file]] = kept().sort(([, , a], [, , b]) => b.length - a.length);
  const whole = readFileSync(file);
  for (const at of [0, 5, 40, 1_000, whole.length >> 1, whole.length - 1]) {
    const damaged = Buffer.from(whole);
    damaged[at] ^= 0x10;
    writeFileSync(file, damaged);
    hello(env);
    expect(readFileSync(file).equals(damaged)).toBe(false);
  }
  for (const length of [0, 7, whole.length >> 1]) {
    writeFileSync(file, whole.subarray(0, length));
    hello(env);
    expect(readFileSync(file).length).toBeGreaterThan(100_000);
  }
});

it("is not written if the user forbids it, or has no home", () => {
  hello({ NODE_COMPILE_CACHE: folder, NODE_DISABLE_COMPILE_CACHE: "1" });
  hello({});
  expect(kept()).toEqual([]);
});

it("does not matter if it cannot be written", () => {
  const file = path.join(folder, "file");
  writeFileSync(file, "");
  hello({ NODE_COMPILE_CACHE: path.join(file, "folder") });
  mkdirSync(path.join(folder, "taken"));
  hello({ HOME: file });
  expect(kept().map(([name]) => name)).toEqual([file]);
});
