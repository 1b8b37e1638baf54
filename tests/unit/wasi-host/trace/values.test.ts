import { describe, expect, it } from "vitest";
import { excerpt, hexadecimal, seconds, valueText } from "../../../../wasi-host/trace/values.ts";

describe("a value", () => {
  it.each([
    ["clockid", 1, "monotonic"],
    ["clockid", 9, "9"],
    ["whence", 2, "end"],
    ["filetype", 6, "socket_stream"],
    ["eventtype", 0, "clock"],
    ["fdflags", 0, "0"],
    ["fdflags", 4, "nonblock"],
    ["fdflags", 5, "append|nonblock"],
    ["fdflags", 0x24, "nonblock|0x20"],
    ["fdflags", 0x80, "0x80"],
    ["riflags", 3, "recv_peek|recv_waitall"],
    ["siflags", 1, "0x1"],
    ["fd", 3, "3"],
    ["u32", 77, "77"],
  ])("of kind %s: %i is shown as %s", (kind, value, text) => {
    expect(valueText(kind, value)).toBe(text);
  });

  it("of flags with the highest bit is shown unsigned", () => {
    expect(valueText("oflags", -1)).toBe("creat|directory|excl|trunc|0xfffffff0");
  });
});

it.each([
  [0n, "0s"],
  [1n, "0.000000001s"],
  [1_500_000_000n, "1.5s"],
  [2_000_000_000n, "2s"],
  [123_456_789_012n, "123.456789012s"],
  [0xffff_ffff_ffff_ffffn, "18446744073.709551615s"],
])("%i nanoseconds are %s", (nanoseconds, text) => {
  expect(seconds(nanoseconds)).toBe(text);
});

it("hexadecimal numbers begin with 0x, 64-bit ones too", () => {
  expect([hexadecimal(255), hexadecimal(0n), hexadecimal(0xffff_ffff_ffff_ffffn)]).toEqual([
    "0xff",
    "0x0",
    "0xffffffffffffffff",
  ]);
});

describe("an excerpt of bytes", () => {
  const text = (value: string, most = 32) => excerpt(new TextEncoder().encode(value), most);

  it.each([
    ["hello", '"hello"'],
    ["", '""'],
    ['say "hi"\\', '"say \\"hi\\"\\\\"'],
    ["a\r\n\tb", '"a\\r\\n\\tb"'],
    ["ä", '"\\xc3\\xa4"'],
    ["\x00\x1f\x7f", '"\\x00\\x1f\\x7f"'],
  ])("of %j is shown as a C string", (value, expected) => {
    expect(text(value)).toBe(expected);
  });

  it("ends with dots if there is more", () => {
    expect([text("abcd", 4), text("abcde", 4), text("abc", 0)]).toEqual(['"abcd"', '"abcd"...', '""...']);
  });
});
