import { expect, it } from "vitest";
import { describeTrap } from "../../../../src/cli/failure.ts";

const as = (message: string, stack = "") =>
  describeTrap({ name: "RuntimeError", message, stack }, 8, (frames) => frames);

it("a trap is described by its reason and the guest's frames, without the host's", () => {
  const stack =
    "RuntimeError: unreachable\n    at inner (wasm://wasm/b7f2:wasm-function[0]:0x24)\n    at start (cli.cjs:1:2)";
  expect(as("unreachable", stack)).toBe("trap: unreachable\n    at inner (wasm://wasm/b7f2:wasm-function[0]:0x24)");
});

it("a reason of JavaScriptCore is without the host's expression", () => {
  const reason = "Unreachable code should not be executed";
  expect(as(`${reason} (evaluating 'run()')`)).toBe(`trap: ${reason}`);
  expect(as("Out of bounds call_indirect (evaluating 'core.value()')")).toBe("trap: Out of bounds call_indirect");
});
