import { describe, expect, it } from "vitest";
import { Command, commandOf } from "../../../../wasi-host/components/command.ts";
import { compiled, TinyHost } from "./wat.ts";

const PROGRAM = (version: string, body: string) => `
  (core module $main (func (export "run") (result i32) ${body}))
  (core instance $main (instantiate $main))
  (func $run (result (result)) (canon lift (core func $main "run")))
  (instance $exports (export "run" (func $run)))
  (export "wasi:cli/run@${version}" (instance $exports))`;

async function command(wat: string): Promise<Command> {
  const component = await compiled(wat);
  return new Command(component.link({ host: new TinyHost() }), commandOf(component.exports));
}

describe("a command", () => {
  it.each([
    [0, 0],
    [1, 1],
  ])("ends with its result: %i", async (result, status) => {
    expect((await command(PROGRAM("0.2.7", `(i32.const ${result})`))).run()).toBe(status);
  });

  it("traps for a result that is neither", async () => {
    const program = await command(PROGRAM("0.2.0", "(i32.const 2)"));
    expect(() => program.run()).toThrow(WebAssembly.RuntimeError);
  });

  it("runs with the event loop free", async () => {
    const program = await command(PROGRAM("0.2.0", "(i32.const 1)"));
    expect(await program.runAsync(async (run) => run())).toBe(1);
  });

  it.each([
    [[], "it is a library that exports nothing: jco transpile makes a JavaScript module of it"],
    [
      ["my:lib/api@1.0.0", "add"],
      "it is a library that exports my:lib/api@1.0.0, add: jco transpile makes a JavaScript module of it",
    ],
    [
      ["wasi:http/incoming-handler@0.2.3"],
      "it answers HTTP requests (wasi:http/incoming-handler@0.2.3): wasmtime serve or jco serve runs it",
    ],
  ])("is no component that exports %j; the error names what runs it", (exports, why) => {
    expect(() => commandOf(exports)).toThrow(`the component has no wasi:cli/run to run: ${why}`);
  });

  it("of WASI 0.3 is refused by name", () => {
    expect(() => commandOf(["wasi:cli/run@0.3.0"])).toThrow(
      "the component exports wasi:cli/run@0.3.0: pollux runs WASI 0.2.0 to 0.2.12; wasmtime 46 and later run WASI 0.3",
    );
  });

  it("of both versions runs as 0.2", () => {
    expect(commandOf(["wasi:cli/run@0.3.0", "wasi:cli/run@0.2.9"])).toBe("wasi:cli/run@0.2.9");
  });

  it("whose run has another type is refused", async () => {
    const wat = `(core module $m (func (export "run"))) (core instance $m (instantiate $m))
      (func $run (canon lift (core func $m "run"))) (instance $e (export "run" (func $run))) (export "wasi:cli/run@0.2.0" (instance $e))`;
    await expect(command(wat)).rejects.toThrow("expected run: func() -> result");
  });
});
