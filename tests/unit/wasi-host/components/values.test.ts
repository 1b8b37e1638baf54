import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as types from "../../../../wasi-host/components/value-types.ts";
import {
  camelCase,
  type Encoding,
  type Side,
  ValueReader,
  ValueWriter,
} from "../../../../wasi-host/components/values.ts";
import { trapOf } from "./wat.ts";

/** A guest that allocates from 1024 on, and grows. */
function guest(encoding: Encoding = "utf8"): Side {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 64 });
  let next = 1024;
  const realloc = (_old: number, _oldSize: number, align: number, size: number) => {
    const at = types.align(next, align);
    next = at + size;
    const missing = next - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65_536));
    return at;
  };
  return { memory, realloc, encoding };
}

const noHandles = {
  lift: () => expect.unreachable(),
  lower: () => expect.unreachable(),
};

interface Typed {
  readonly type: types.ValueType;
  readonly values: fc.Arbitrary<unknown>;
}

const integers = (type: types.ValueType, min: number, max: number): Typed => ({
  type,
  values: fc.integer({ min, max }),
});
const { bool, s8, u8, s16, u16, s32, u32, s64, u64, f32, f64, char, string } = types.PRIMITIVES;
const text = fc.string({ unit: "binary", maxLength: 12 }).filter((found) => !/\p{Surrogate}/u.test(found));
const letter = fc.string({ unit: "binary", minLength: 1, maxLength: 1 });

const scalars: readonly Typed[] = [
  { type: bool, values: fc.boolean() },
  integers(s8, -128, 127),
  integers(u8, 0, 255),
  integers(s16, -(2 ** 15), 2 ** 15 - 1),
  integers(u16, 0, 2 ** 16 - 1),
  integers(s32, -(2 ** 31), 2 ** 31 - 1),
  integers(u32, 0, 2 ** 32 - 1),
  { type: s64, values: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { type: u64, values: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  { type: f32, values: fc.float() },
  { type: f64, values: fc.double() },
  { type: char, values: letter },
  { type: string, values: text },
  { type: types.enumeration(["red", "light-blue"]), values: fc.constantFrom("red", "light-blue") },
  {
    type: types.flags(["read", "write-through", "c", "d", "e", "f", "g", "h", "i"]),
    values: fc.record(Object.fromEntries(["read", "writeThrough", ..."cdefghi"].map((name) => [name, fc.boolean()]))),
  },
];

/** Types up to a depth, each with its values. */
function typed(depth: number): fc.Arbitrary<Typed> {
  const leaf = fc.constantFrom(...scalars);
  if (depth === 0) return leaf;
  const inner = typed(depth - 1);
  return fc.oneof(
    leaf,
    inner.map(({ type, values }) => ({
      type: types.list(type),
      values: fc
        .array(values, { maxLength: 3 })
        .map((list) => (type.kind === "u8" ? Uint8Array.from(list as number[]) : list)),
    })),
    fc
      .tuple(inner, inner)
      .map(([a, b]) => ({ type: types.tuple([a.type, b.type]), values: fc.tuple(a.values, b.values) })),
    fc.tuple(inner, inner).map(([a, b]) => ({
      type: types.record([
        { name: "first-field", type: a.type },
        { name: "b", type: b.type },
      ]),
      values: fc.record({ firstField: a.values, b: b.values }),
    })),
    inner.map(({ type, values }) => ({
      type: types.option(type),
      values:
        type.kind === "option"
          ? fc.oneof(
              fc.constant({ tag: "none", val: undefined }),
              values.map((val) => ({ tag: "some", val })),
            )
          : fc.oneof(fc.constant(undefined), values),
    })),
    fc.tuple(inner, inner).map(([a, b]) => ({
      type: types.result(a.type, b.type),
      values: fc.oneof(
        a.values.map((val) => ({ tag: "ok", val })),
        b.values.map((val) => ({ tag: "err", val })),
      ),
    })),
    fc.tuple(inner, inner).map(([a, b]) => ({
      type: types.variant("variant", [
        { name: "none", type: undefined },
        { name: "one-of", type: a.type },
        { name: "other", type: b.type },
      ]),
      values: fc.oneof(
        fc.constant({ tag: "none", val: undefined }),
        a.values.map((val) => ({ tag: "one-of", val })),
        b.values.map((val) => ({ tag: "other", val })),
      ),
    })),
  );
}

const typedValue = typed(3).chain(({ type, values }) => fc.record({ type: fc.constant(type), value: values }));

describe("values", () => {
  it.each<Encoding>(["utf8", "utf16", "latin1+utf16"])("come back from memory unchanged, in %s", (encoding) => {
    fc.assert(
      fc.property(typedValue, ({ type, value }) => {
        const side = guest(encoding);
        new ValueWriter(side, noHandles).result(type, value, 64);
        expect(new ValueReader(side, noHandles).load(type, 64)).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it("come back from a call's core values, or from memory if these are too many", () => {
    fc.assert(
      fc.property(typedValue, typedValue, (one, other) => {
        const side = guest();
        const both = [one.type, other.type];
        const flat = types.tuple(both).flat;
        const core = new ValueWriter(side, noHandles).values(both, [one.value, other.value], flat);
        expect(core).toHaveLength(flat?.length ?? 1);
        expect(new ValueReader(side, noHandles).values(both, flat, core, "parameters")).toEqual([
          one.value,
          other.value,
        ]);
      }),
      { numRuns: 300 },
    );
  });

  const read = (type: types.ValueType, ...core: (number | bigint)[]) =>
    new ValueReader(guest(), noHandles).values([type], type.flat, core, "a value")[0];

  it("take the low bits of a wider core value", () => {
    expect([read(u8, 0x1ff), read(s8, 0x80), read(u16, -1), read(bool, 2), read(u32, -1)]).toEqual([
      255,
      -128,
      65_535,
      true,
      2 ** 32 - 1,
    ]);
  });

  it.each<[string, types.ValueType, number[], string]>([
    ["a surrogate", char, [0xd800], "a char is 55296, which is no Unicode scalar value"],
    ["a char that is too large", char, [0x11_0000], "a char is 1114112, which is no Unicode scalar value"],
    ["a case that is not there", types.option(u8), [2, 0], "a value has case 2, and its type option has 2 cases"],
    ["a list past memory", types.list(u32), [65_532, 2], "a list has 8 bytes at 65532, which are not all in memory"],
    ["a list that is not aligned", types.list(u32), [2, 1], "a list is at 2, which is not a multiple of 4"],
    ["a list of absurd length", types.list(u64), [0, -1], "a list has 34359738360 bytes, expected less than 268435456"],
    ["a string past memory", string, [-1, 1], "a string has 1 bytes at 4294967295, which are not all in memory"],
  ])("trap for %s", (_, type, core, message) => {
    expect(trapOf(() => read(type, ...core))).toBe(message);
  });

  it("have names in camelCase", () => {
    expect(["a", "light-blue", "a-b-c", "set-x2"].map(camelCase)).toEqual(["a", "lightBlue", "aBC", "setX2"]);
  });
});
