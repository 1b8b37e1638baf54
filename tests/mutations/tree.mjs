/** A copy of the tree, in which mutants of the sources are built and tested. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What every copy has, beside an empty dist. */
const ALWAYS = [
  "package.json",
  "tsconfig.json",
  "vitest.config.ts",
  "tests/slowest-first.ts",
  "asconfig.json",
  "assembly",
  "src",
  "wasi-host",
];

/** Copies what every mutant needs, and `paths`, into a new directory. Returns that. */
export function copyTree(paths) {
  const root = mkdtempSync(join(tmpdir(), "pollux-mutants-"));
  for (const path of [...ALWAYS, ...paths]) cpSync(join(ROOT, path), join(root, path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  mkdirSync(join(root, "dist"));
  return root;
}

export function removeTree(root) {
  rmSync(root, { recursive: true, force: true });
}

export function readOrNull(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
