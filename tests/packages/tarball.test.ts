/** The tarball's contents, checked also with publint and arethetypeswrong. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { expect, inject, it } from "vitest";

const run = promisify(execFile);
const tarball = inject("tarball");
const installed = path.join(inject("consumer"), "node_modules/pollux");

it("passes publint", async () => {
  const bytes = readFileSync(tarball);
  const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer as ArrayBuffer }, strict: true });
  expect(pkg.name).toBe("pollux");
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
});

it("has types for every JavaScript entry, by arethetypeswrong", async () => {
  // pollux/assembly and its transform are for asc, which resolves paths.
  const excluded = ["--exclude-entrypoints", "assembly", "assembly/transform"];
  const options = ["--profile", "esm-only", ...excluded, "--format", "json"];
  const { stdout } = await run("node_modules/.bin/attw", [tarball, ...options], { maxBuffer: 1e8 });
  const { analysis } = JSON.parse(stdout);
  expect(analysis.types).toMatchObject({ kind: "included" });
  expect(Object.keys(analysis.entrypoints)).toEqual(
    expect.arrayContaining([".", "./host", "./host/preview2", "./host/web", "./loop", "./package.json"]),
  );
  const wrong = analysis.problems.filter(
    ({ resolutionKind }: { resolutionKind?: string }) => !/^node10$|cjs/i.test(resolutionKind ?? ""),
  );
  expect(wrong).toEqual([]);
});

it("contains every file that imports and exports name", () => {
  const manifest = JSON.parse(readFileSync(path.join(installed, "package.json"), "utf8"));
  const files = readdirSync(installed, { recursive: true, encoding: "utf8" }).map((file) => `./${file}`);
  const named = (value: unknown): string[] =>
    typeof value === "string" ? [value] : Object.values(value as object).flatMap(named);
  const { imports = {}, exports, bin } = manifest;
  const missing = named([imports, exports, bin]).filter((name) => {
    const [start, end = ""] = `./${name.replace(/^\.\//, "")}`.split("*");
    return !files.some((file) => (name.includes("*") ? file.startsWith(start) && file.endsWith(end) : file === start));
  });
  expect(missing).toEqual([]);
});

it("contains the code, the guest's sources, the header for C and the templates, without tests and benchmarks", () => {
  expect(readdirSync(installed).sort()).toEqual([
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "assembly",
    "dist",
    "include",
    "package.json",
    "templates",
  ]);
  expect(readdirSync(path.join(installed, "include/pollux"))).toEqual(["wasi-sockets.h"]);
  const files = readdirSync(path.join(installed, "dist"), { recursive: true, encoding: "utf8" });
  expect(files).toContain("programs/echo-epoll.component.wasm");
  expect(files.filter((file) => /^(\.stamps|bench|examples|tests)\b/.test(file))).toEqual([]);
});
