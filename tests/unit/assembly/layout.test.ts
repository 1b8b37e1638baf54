/** The numbers by which observers read the engine's state. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as engine from "../../../assembly/abi/engine.ts";

const exported = WebAssembly.Module.exports(new WebAssembly.Module(readFileSync("dist/tests/engine.wasm")));

describe("assembly/abi/engine.ts", () => {
  it("has the compiler's offsets of every field", async () => {
    const names = Object.keys(engine).filter(
      (name) => /^(WATCHED|DESCRIPTOR|INSTANCE|WATCH)_/.test(name) && name !== "WATCH_CERTAIN",
    );
    expect(exported.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    const values = await layout();
    expect(Object.fromEntries(names.map((name) => [name, values[name]]))).toEqual(
      Object.fromEntries(names.map((name) => [name, (engine as Record<string, number>)[name]])),
    );
  });
});

async function layout(): Promise<Record<string, number>> {
  const module = new WebAssembly.Module(readFileSync("dist/tests/engine.wasm"));
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = kind === "function" ? () => 0 : 0;
  }
  const { exports } = await WebAssembly.instantiate(module, imports);
  return Object.fromEntries(
    Object.entries(exports).flatMap(([name, value]) =>
      value instanceof WebAssembly.Global ? [[name, value.value]] : [],
    ),
  );
}
