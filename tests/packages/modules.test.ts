/** The built modules, as any WASI host would see them. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));
const KIB = 1024;
/** What a collector of garbage costs. */
const COLLECTOR = 8;
const COLLECTED = ["programs/echo-selectors.wasm"];

const WASMEDGE = `sock_bind sock_connect sock_getlocaladdr sock_getpeeraddr sock_getsockopt sock_listen sock_open
  sock_setsockopt`.split(/\s+/);

const programs = readdirSync(`${DIST}programs`).filter((name) => /^[^.]+\.wasm$/.test(name));
const modules = ["core.wasm", ...programs.map((name) => `programs/${name}`)];

it("the bundled programs are built", () => {
  const echoes = ["select", "poll", "epoll", "selectors"].map((api) => `echo-${api}.wasm`);
  expect(programs).toEqual(expect.arrayContaining([...echoes, "upper-select.wasm", "client.wasm"]));
});

describe.each(modules)("%s", (name) => {
  it("imports nothing but wasi_snapshot_preview1", async () => {
    const module = await WebAssembly.compile(readFileSync(DIST + name));
    const imports = WebAssembly.Module.imports(module);
    expect([...new Set(imports.map((entry) => entry.module))]).toEqual(["wasi_snapshot_preview1"]);
    expect(imports.every((entry) => entry.kind === "function")).toBe(true);
    expect(imports.map((entry) => entry.name)).toContain("poll_oneoff");
  });

  const most = COLLECTED.includes(name) ? 21 + COLLECTOR : 21;
  it(`is under ${most} KiB`, () => {
    expect(statSync(DIST + name).size).toBeLessThan(most * KIB);
  });

  it("imports WasmEdge's socket calls if, and only if, it connects", async () => {
    const module = await WebAssembly.compile(readFileSync(DIST + name));
    const beside = WebAssembly.Module.imports(module).filter((entry) => WASMEDGE.includes(entry.name));
    expect(beside.length > 0).toBe(name === "programs/client.wasm");
  });
});
