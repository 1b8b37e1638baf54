/** `npm run build:guests`, with a toolchain that a test has written: it copies the source, or fails half-way. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

const script = path.resolve("scripts/guests.mjs");
/** `python3 -m ziglang version`, and `python3 -m ziglang cc ... -o TARGET SOURCE`. Counts what it compiles. */
const ZIG = `#!/bin/sh
case "$*" in *version*) cat ../../../version; exit 0;; esac
while [ $# -gt 2 ]; do shift; done
echo >> ../../../compiled
if grep -q interrupt "$2"; then echo half > "$1"; exit 1; fi
cat "$2" > "$1"
`;

/** What guests in C include. */
const HEADER = "include/pollux/wasi-sockets.h";

let folder: string;
const file = (name: string) => path.join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "pollux-guests-"));
  mkdirSync(file("tests/guests/c"), { recursive: true });
  mkdirSync(file("bin"));
  mkdirSync(file("include/pollux"), { recursive: true });
  writeFileSync(file(HEADER), "1");
  writeFileSync(file("bin/python3"), ZIG);
  chmodSync(file("bin/python3"), 0o755);
  writeFileSync(file("version"), "1");
  writeFileSync(file("tests/guests/c/server.c"), "one");
});
afterEach(() => rmSync(folder, { recursive: true }));

function build(): { status: number | null; compiled: number; module: string } {
  writeFileSync(file("compiled"), "");
  const env = { ...process.env, PATH: `${file("bin")}:${process.env.PATH}`, CI: "" };
  const { status } = spawnSync(process.execPath, [script], { cwd: folder, env });
  const module = file("tests/guests/built/c/server.wasm");
  return {
    status,
    compiled: readFileSync(file("compiled"), "utf8").length,
    module: existsSync(module) ? readFileSync(module, "utf8").trim() : "",
  };
}

it("builds a guest once if nothing changes", () => {
  expect(build()).toEqual({ status: 0, compiled: 1, module: "one" });
  expect(build()).toEqual({ status: 0, compiled: 0, module: "one" });
});

it("rebuilds a guest when its source, header, toolchain or module has changed", () => {
  build();
  writeFileSync(file("tests/guests/c/server.c"), "two");
  expect(build()).toEqual({ status: 0, compiled: 1, module: "two" });
  writeFileSync(file("version"), "2");
  expect(build().compiled).toBe(1);
  writeFileSync(file(HEADER), "2");
  expect(build().compiled).toBe(1);
  rmSync(file("tests/guests/built/c/server.wasm"));
  expect(build()).toEqual({ status: 0, compiled: 1, module: "two" });
});

it("rebuilds a guest after an interrupted build, even if the change was reverted", () => {
  build();
  writeFileSync(file("tests/guests/c/server.c"), "interrupt");
  expect(build()).toEqual({ status: 1, compiled: 1, module: "half" });
  writeFileSync(file("tests/guests/c/server.c"), "one");
  expect(build()).toEqual({ status: 0, compiled: 1, module: "one" });
});
