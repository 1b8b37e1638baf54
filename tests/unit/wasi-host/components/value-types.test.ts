import { describe, expect, it } from "vitest";
import {
  type FuncType,
  liftedSignature,
  loweredSignature,
  needsMemory,
  needsRealloc,
  type Side,
} from "../../../../wasi-host/components/function-types.ts";
import * as types from "../../../../wasi-host/components/value-types.ts";

const { u8, u16, u32, u64, f32, f64, string } = types.PRIMITIVES;
const fields = (...of: types.ValueType[]) => of.map((type, index) => ({ name: `f${index}`, type }));
const cases = (...of: (types.ValueType | undefined)[]) => of.map((type, index) => ({ name: `c${index}`, type }));

describe("a type's layout in memory and its core values", () => {
  it.each<[string, types.ValueType, number, number, string]>([
    ["record { u8, u32, u16 }", types.record(fields(u8, u32, u16)), 12, 4, "i32 i32 i32"],
    ["tuple<u64, u8>", types.tuple([u64, u8]), 16, 8, "i64 i32"],
    ["list<u8>", types.list(u8), 8, 4, "i32 i32"],
    ["list<u16, 3>", types.fixedList(u16, 3), 6, 2, "i32 i32 i32"],
    ["option<u8>", types.option(u8), 2, 1, "i32 i32"],
    ["option<u64>", types.option(u64), 16, 8, "i32 i64"],
    ["result", types.result(undefined, undefined), 1, 1, "i32"],
    ["result<string, u8>", types.result(string, u8), 12, 4, "i32 i32 i32"],
    ["result<f32, u32>", types.result(f32, u32), 8, 4, "i32 i32"],
    ["result<f64, f32>", types.result(f64, f32), 16, 8, "i32 i64"],
    ["result<u64, string>", types.result(u64, string), 16, 8, "i32 i64 i32"],
    ["enum of 256", types.enumeration(Array.from({ length: 256 }, (_, index) => `${index}`)), 1, 1, "i32"],
    ["enum of 257", types.enumeration(Array.from({ length: 257 }, (_, index) => `${index}`)), 2, 2, "i32"],
    ["variant of 3", types.variant("variant", cases(undefined, u16, f64)), 16, 8, "i32 i64"],
    ["8 flags", types.flags(Array.from({ length: 8 }, (_, index) => `${index}`)), 1, 1, "i32"],
    ["9 flags", types.flags(Array.from({ length: 9 }, (_, index) => `${index}`)), 2, 2, "i32"],
    ["17 flags", types.flags(Array.from({ length: 17 }, (_, index) => `${index}`)), 4, 4, "i32"],
  ])("%s", (_, type, size, align, flat) => {
    expect([type.size, type.align, type.flat?.join(" ")]).toEqual([size, align, flat]);
  });

  it("has no core values if there are more than 16", () => {
    expect(types.fixedList(u8, 16).flat).toHaveLength(16);
    expect(types.fixedList(u8, 17).flat).toBeUndefined();
    expect(types.option(types.fixedList(u8, 16)).flat).toBeUndefined();
  });

  it("is refused from 256 MiB on", () => {
    expect(types.fixedList(u8, 2 ** 28 - 1).size).toBe(2 ** 28 - 1);
    expect(() => types.fixedList(u64, 2 ** 25)).toThrow(
      "a list type has 268435456 bytes, expected less than 268435456",
    );
  });
});

describe("a function's core function", () => {
  const func = (params: types.ValueType[], result?: types.ValueType) =>
    ({ kind: "func", params: fields(...params), result, asynchronous: false }) as const;

  it.each<[string, ReturnType<typeof func>, string, string]>([
    ["no values", func([]), " -> ", " -> "],
    ["one result", func([u32, string], u64), "i32 i32 i32 -> i64", "i32 i32 i32 -> i64"],
    ["a result that does not fit", func([u32], string), "i32 -> i32", "i32 i32 -> "],
    [
      "16 parameters",
      func(Array.from({ length: 16 }, () => u32)),
      `${Array(16).fill("i32").join(" ")} -> `,
      `${Array(16).fill("i32").join(" ")} -> `,
    ],
    [
      "17 parameters",
      func(
        Array.from({ length: 17 }, () => u32),
        string,
      ),
      "i32 -> i32",
      "i32 i32 -> ",
    ],
  ])("of %s", (_, type, lifted, lowered) => {
    expect([liftedSignature(type), loweredSignature(type)]).toEqual([lifted, lowered]);
  });

  it("needs memory for values that do not fit, and realloc on the receiving side", () => {
    const needs = (type: FuncType, side: Side) => ({ memory: needsMemory(type), realloc: needsRealloc(type, side) });
    expect(needs(func([u32], u32), "lower")).toEqual({ memory: false, realloc: false });
    expect(needs(func([string]), "lower")).toEqual({ memory: true, realloc: false });
    expect(needs(func([string]), "lift")).toEqual({ memory: true, realloc: true });
    expect(needs(func([], string), "lower")).toEqual({ memory: true, realloc: true });
    expect(needs(func([], types.tuple([u32, u32])), "lower")).toEqual({ memory: true, realloc: false });
  });
});
