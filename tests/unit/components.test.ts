/** The bundled programs as WASI 0.2 components, as any host would see them. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { componentWit } from "@bytecodealliance/jco";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROGRAMS = join(ROOT, "dist/programs");

const components = readdirSync(PROGRAMS).filter((name) => name.endsWith(".component.wasm"));

it("every bundled program that has a loop of its own is built as a component", () => {
  const names = ["client", "echo-epoll", "echo-poll", "echo-select", "echo-selectors", "upper-select"];
  expect(components.sort()).toEqual(names.map((name) => `${name}.component.wasm`));
});

it.each(components)("%s imports WASI 0.2 and nothing else, and is a command", async (name) => {
  const wit = await componentWit(readFileSync(join(PROGRAMS, name)));
  const world = wit.slice(0, wit.indexOf("}"));
  const imports = [...world.matchAll(/^ *import (.*);$/gm)].map(([, what]) => what);
  expect(imports.length).toBeGreaterThan(5);
  expect(imports.filter((what) => !/^wasi:(cli|clocks|io|sockets)\/[a-z-]+@0\.2\.\d+$/.test(what))).toEqual([]);
  expect(world).toMatch(/^ *export wasi:cli\/run@0\.2\.\d+;$/m);
});

it("only the client can connect", async () => {
  for (const name of components) {
    const connects = readFileSync(join(PROGRAMS, name)).includes("[method]tcp-socket.start-connect");
    expect([name, connects]).toEqual([name, name === "client.component.wasm"]);
  }
});

it("the same sources make the same bytes", () => {
  const folder = mkdtempSync(join(tmpdir(), "pollux-components-"));
  try {
    execFileSync(process.execPath, ["scripts/components.mjs", folder], { cwd: ROOT });
    for (const name of components) {
      expect(readFileSync(join(folder, name)).equals(readFileSync(join(PROGRAMS, name))), name).toBe(true);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);
