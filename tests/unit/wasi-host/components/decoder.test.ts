import { parse } from "@bytecodealliance/jco";
import { describe, expect, it } from "vitest";
import { decode } from "../../../../wasi-host/components/binary/decoder.ts";

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
const section = (id: number, ...content: number[]) => [id, content.length, ...content];
const decoded = (...bytes: number[]) => decode(Uint8Array.from([...HEADER, ...bytes]));

describe("a damaged component", () => {
  it.each([
    ["no bytes", [], "byte 0: expected the magic number of WebAssembly, found the end of the file"],
    ["another magic number", [0, 97, 115, 110], "byte 3: expected the magic number of WebAssembly (0x6d), found 0x6e"],
    [
      "a newer version",
      [0, 97, 115, 109, 14, 0, 1, 0],
      "byte 4: expected version 13 of the component format (0x0d), found 0x0e",
    ],
    ["a core module", [0, 97, 115, 109, 13, 0, 0, 0], "byte 6: expected layer 1, a component (0x01), found 0x00"],
  ])("with %s is refused", (_, bytes, message) => {
    expect(() => decode(Uint8Array.from(bytes))).toThrow(`damaged component at ${message}`);
  });

  it.each([
    ["an unknown section", [13, 0], "byte 8: expected a section from 0 to 12, found 13"],
    ["a section that is cut short", [7, 5, 1], "byte 10: expected 5 bytes of a section, found 1, then the end"],
    ["a section that goes on", section(7, 0, 0), "byte 11: expected the end of section 7, found 1 more bytes"],
    [
      "a number that is too long",
      [7, 0x80, 0x80, 0x80, 0x80, 0x10],
      "byte 9: expected the size of a section, a number of 32 bits, found a longer one",
    ],
    [
      "more items than bytes",
      section(7, 0xff, 0xff, 3),
      "byte 10: expected at most 0 items of a section, for as many bytes are left, found 65535",
    ],
    [
      "a name that is no UTF-8",
      section(10, 1, 0, 2, 0xc3, 0x28, 1, 0),
      "byte 13: expected the name of an import or export in UTF-8, found other bytes",
    ],
    ["an index past its space", section(6, 1, 5, 0, 0, 1, 97), "byte 13: expected one of 0 instances, found number 0"],
    ["a type past its space", section(7, 1, 0x70, 3), "byte 12: expected one of 0 types, found number 3"],
    ["an unknown type", section(7, 1, 0x20), "byte 11: expected a type, found 0x20"],
    ["an unknown value type", section(7, 1, 0x70, 0x60), "byte 12: expected a value type, found 0x60"],
    ["a record without fields", section(7, 1, 0x72, 0), "byte 12: expected one or more fields, found none"],
    ["a list of none", section(7, 1, 0x67, 0x7d, 0), "byte 13: expected a list's length above 0, found 0"],
    [
      "33 flags",
      section(7, 1, 0x6e, 33, ...Array.from({ length: 33 }, () => [1, 97]).flat()),
      "byte 11: expected at most 32 flags, found 33",
    ],
    ["a bad option of a type", section(7, 1, 0x6a, 2), "byte 12: expected 0 or 1 before a type, found 0x02"],
    ["an unknown canonical definition", section(8, 1, 0x99), "byte 11: expected a canonical definition, found 0x99"],
    [
      "an alias outwards of the whole",
      section(6, 1, 3, 2, 1, 0),
      "byte 11: expected at most 0 scopes outwards, found 1",
    ],
    [
      "a resource in a type",
      section(7, 1, 0x42, 1, 1, 0x3f, 0x7f, 0),
      "byte 14: expected a type that is no resource inside of another type, found a resource",
    ],
    [
      "an import in an instance's type",
      section(7, 1, 0x42, 1, 3, 0, 1, 97, 3, 1),
      "byte 13: expected a declaration of an instance's type, found an import",
    ],
  ])("with %s is refused", (_, bytes, message) => {
    expect(() => decoded(...bytes)).toThrow(`damaged component at ${message}`);
  });

  it("with a repeated option is refused", async () => {
    const bytes = await parse(
      '(component (import "f" (func $f)) (core module $m (memory (export "m") 1)) (core instance $i (instantiate $m)) (core func (canon lower (func $f) (memory (core memory $i "m")))))',
    );
    const at = bytes.lastIndexOf(3, bytes.lastIndexOf(8) + 10);
    const twice = [...bytes.subarray(0, at - 1), 2, 3, 0, 3, 0, ...bytes.subarray(at + 2)];
    const size = twice.lastIndexOf(8);
    expect(size).toBeGreaterThan(0);
    twice[size + 1] += 2;
    expect(() => decode(Uint8Array.from(twice))).toThrow(/expected memory once, found it twice/);
  });

  it.each([
    ["a start function", section(9, 0, 0, 0), "a start function at byte 8"],
    ["values", section(12, 0), "values at byte 8"],
    ["a value", section(10, 1, 0, 1, 97, 2, 1, 0x7f), "a value at byte 14"],
    ["a type of the garbage collector's", section(3, 1, 0x5f, 0), "a core type of form 0x5f at byte 11"],
  ])("with %s is refused by name", (_, bytes, what) => {
    expect(() => decoded(...bytes)).toThrow(
      `the component has ${what}, which is not supported: pollux links components of WASI 0.2`,
    );
  });

  it("with nested components is read to a depth of 100", () => {
    const nested = (depth: number): number[] => {
      let bytes = HEADER;
      for (let left = depth; left > 0; left--) {
        const size = [(bytes.length & 127) | 128, bytes.length >> 7];
        bytes = [...HEADER, 4, ...size, ...bytes];
      }
      return bytes;
    };
    expect(decode(Uint8Array.from(nested(100)))).toHaveLength(1);
    expect(() => decode(Uint8Array.from(nested(101)))).toThrow(
      "expected at most 100 components or types inside of each other, found one more",
    );
  });

  it("with nested types is read to a depth of 100, without using up the stack", () => {
    const nested = (depth: number) => {
      const content = [1, ...Array.from({ length: depth }, () => [0x42, 1, 1]).flat(), 0x42, 0];
      return [
        ...HEADER,
        7,
        (content.length & 127) | 128,
        ((content.length >> 7) & 127) | 128,
        content.length >> 14,
        ...content,
      ];
    };
    expect(decode(Uint8Array.from(nested(99)))).toHaveLength(1);
    expect(() => decode(Uint8Array.from(nested(100_000)))).toThrow("inside of each other");
  });

  it("cut at any byte is refused, or is a component of fewer sections", async () => {
    const bytes = await parse(
      `(component (import "wasi:io/poll@0.2.0" (instance $p (export "pollable" (type $r (sub resource))) (export "f" (func (param "p" (borrow $r)) (result (list u32))))))
         (core module $m (memory (export "m") 1) (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable))
         (core instance $i (instantiate $m)) (alias export $p "pollable" (type $t)) (core func (canon resource.drop $t))
         (core func (canon lower (func $p "f") (memory (core memory $i "m")) (realloc (core func $i "r")))) (component (import "x" (func))) (export "p" (instance $p)))`,
    );
    for (let length = 0; length < bytes.length; length++) {
      try {
        decode(bytes.subarray(0, length));
      } catch (error) {
        expect((error as Error).message).toMatch(/^damaged component at byte \d+: expected [^\n]+, found [^\n]+$/);
      }
    }
    expect(decode(bytes).map(({ define }) => define)).toContain("canon");
  });
});
