/** The bytes of the machine code are what an assembler makes of the comments beside them. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, it } from "vitest";

const ROOT = path.join(import.meta.dirname, "../../../../../");
const SOURCE = readFileSync(path.join(ROOT, "wasi-host/drivers/posix/call-loop.ts"), "utf8");
/** zig has assemblers for all processors. */
const ZIG = path.join(ROOT, ".ci/zig");

interface Line {
  readonly bytes: string;
  readonly source: string;
}

/** The lines of an array of the source file. */
function linesOf(array: string): Line[] {
  const [, body] = new RegExp(`^const ${array} = \\[\n(.*?)^\\];`, "ms").exec(SOURCE)!;
  return body
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [, bytes = "", source] = /^ {2}(?:"([0-9a-f ]+)", )?\/\/ (.*)$/.exec(line)!;
      return { bytes, source };
    });
}

function assembled(target: string, source: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "pollux-"));
  try {
    const [input, object, bytes] = ["code.s", "code.o", "code.bin"].map((name) => path.join(folder, name));
    writeFileSync(input, source);
    const env = { ...process.env, PYTHONPATH: ZIG, ZIG_GLOBAL_CACHE_DIR: folder, ZIG_LOCAL_CACHE_DIR: folder };
    execFileSync("python3", ["-m", "ziglang", "cc", "-target", target, "-c", input, "-o", object], { env });
    execFileSync("objcopy", ["-I", "elf64-little", "-O", "binary", "-j", ".text", object, bytes]);
    return readFileSync(bytes).toString("hex");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it.each([
  ["X64", "x86_64-linux-musl", ".intel_syntax noprefix"],
  ["ARM64", "aarch64-linux-musl", ""],
])("%s is assembled from its comments", { timeout: 60_000 }, (array, target, syntax) => {
  expect(existsSync(ZIG), "python3 -m pip install --target .ci/zig ziglang==0.15.2").toBe(true);
  const lines = linesOf(array);
  const source = [syntax, ...lines.map(({ source }) => source), "list: .quad 0", ""].join("\n");
  const bytes = lines.map((line) => line.bytes.replaceAll(" ", "")).join("");
  expect(assembled(target, source)).toBe(`${bytes}${"00".repeat(8)}`);
});
