/** The bundled programs as components of WASI 0.2 and 0.3, as any host would see them. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { componentWit } from "@bytecodealliance/jco";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROGRAMS = join(ROOT, "dist/programs");

const built = readdirSync(PROGRAMS).filter((name) => name.endsWith(".component.wasm"));
const components = built.filter((name) => !name.endsWith(".p3.component.wasm"));

it("every bundled program with its own loop is built as a component for both versions", () => {
  const names = ["client", "echo-epoll", "echo-poll", "echo-select", "echo-selectors", "upper-select"];
  expect(built.sort()).toEqual(names.flatMap((name) => [`${name}.component.wasm`, `${name}.p3.component.wasm`]).sort());
});

it.each(components)("%s imports WASI 0.2 and nothing else, and is a command", async (name) => {
  const wit = await componentWit(readFileSync(join(PROGRAMS, name)));
  const world = wit.slice(0, wit.indexOf("}"));
  const imports = [...world.matchAll(/^ *import (.*);$/gm)].map(([, what]) => what);
  expect(imports.length).toBeGreaterThan(5);
  expect(imports.filter((what) => !/^wasi:(cli|clocks|io|sockets)\/[a-z-]+@0\.2\.\d+$/.test(what))).toEqual([]);
  expect(world).toMatch(/^ *export wasi:cli\/run@0\.2\.\d+;$/m);
});

it("only the client imports connections", async () => {
  for (const name of components) {
    const connects = readFileSync(join(PROGRAMS, name)).includes("[method]tcp-socket.start-connect");
    expect([name, connects]).toEqual([name, name === "client.component.wasm"]);
  }
});

it("the build is reproducible", () => {
  const folder = mkdtempSync(join(tmpdir(), "pollux-components-"));
  try {
    for (const name of ["assembly", "scripts", "tests", "node_modules", "asconfig.json"])
      symlinkSync(ROOT + name, join(folder, name));
    // One for each of AssemblyScript's runtimes that the programs use.
    const again = ["programs/client.component", "programs/echo-selectors.component"];
    // For a few modules, V8 takes longer to optimize binaryen than binaryen runs.
    execFileSync(process.execPath, ["--liftoff-only", "scripts/build.mjs", ...again], { cwd: folder });
    for (const part of again) {
      const file = `dist/${part}.wasm`;
      expect(readFileSync(join(folder, file)).equals(readFileSync(ROOT + file)), part).toBe(true);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);
