import { describe, expect, it } from "vitest";
import { leb } from "../../../../wasi-host/abi/wasm-binary.ts";
import { hintInterpreterLoops } from "../../../../wasi-host/runtime/interpreter-loops.ts";

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const [TYPES, FUNCTIONS, CODE] = [1, 3, 10];
const NOP = 1;
const END = 0x0b;
const BR_TABLE = 0x0e;
const BLOCK = [2, 0x40];
const NAME = [...new TextEncoder().encode("compilationHints")];
const SMALL = [0, END];

describe("hints about the loops of interpreters", () => {
  it("name a function with a table of 64 labels, and no other", () => {
    const hinted = hintInterpreterLoops(moduleOf(SMALL, interpreter(64), SMALL));
    const section = [0, 21, NAME.length, ...NAME, 3, 0, 0b10_10_01, 0];
    expect(section.length).toBe(2 + 21);
    const at = Buffer.from(hinted).indexOf(Buffer.from(NAME)) - 3;
    expect([...hinted.subarray(at, at + section.length)]).toEqual(section);
    expect([...hinted.subarray(0, at), ...hinted.subarray(at + section.length)]).toEqual([
      ...moduleOf(SMALL, interpreter(64), SMALL),
    ]);
    expect(WebAssembly.validate(hinted)).toBe(true);
  });

  it.each([
    ["63 labels", moduleOf(interpreter(63))],
    ["less than 16 KiB", moduleOf(interpreter(64, 16_000))],
    ["a table with few different labels", moduleOf(interpreter(64, 20_000, 1))],
    ["a table that ends in the next function", moduleOf(...tableAcrossFunctions())],
    ["no function", Uint8Array.of(...HEADER)],
    ["Go's functions", Uint8Array.of(...moduleOf(interpreter(64)), ...section(0, [10, ...Buffer.from("go:buildid")]))],
    ["no module", Uint8Array.of(1, 2, 3)],
  ])("leave a module with %s as it is", (_, module) => {
    expect(hintInterpreterLoops(module)).toBe(module);
  });

  it("leave a module that ends early to the compiler", () => {
    const whole = moduleOf(SMALL, interpreter(100));
    for (let length = 0; length < whole.length; length += 97) {
      const cut = whole.slice(0, length);
      expect(hintInterpreterLoops(cut)).toBe(cut);
    }
    const manyFunctions = Uint8Array.of(...HEADER, ...section(CODE, leb(4_000_000_000)));
    expect(hintInterpreterLoops(manyFunctions)).toBe(manyFunctions);
  });
});

function section(id: number, content: number[]): number[] {
  return [id, ...leb(content.length), ...content];
}

/** A module of functions without parameters. */
function moduleOf(...bodies: number[][]): Uint8Array<ArrayBuffer> {
  const count = leb(bodies.length);
  return Uint8Array.of(
    ...HEADER,
    ...section(TYPES, [1, 0x60, 0, 0]),
    ...section(FUNCTIONS, [...count, ...bodies.map(() => 0)]),
    ...section(CODE, [...count, ...bodies.flatMap((body) => [...leb(body.length), ...body])]),
  );
}

/** A function that branches by a table. `labels`: those beside the last. `step`: 1 block for so many labels. */
function interpreter(labels: number, size = 20_000, step = labels): number[] {
  const targets = Array.from({ length: labels }, (_, label) => label % step);
  const blocks = Array.from({ length: labels }, () => BLOCK).flat();
  const ends = Array.from({ length: labels }, () => END);
  return [
    ...[0, ...blocks, 0x41, 0, BR_TABLE, ...leb(labels), ...targets, labels, ...ends],
    ...new Array<number>(size).fill(NOP),
    END,
  ];
}

/** A large function whose last bytes look like the beginning of a table, and one that looks like its labels. */
function tableAcrossFunctions(): number[][] {
  const beginning = [...new Array<number>(20_000).fill(NOP), BR_TABLE, 64];
  return [[0, ...beginning], Array.from({ length: 70 }, (_, label) => label)];
}
