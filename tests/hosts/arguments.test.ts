import { describe, expect, it } from "vitest";
import { Guest } from "./hand-driven-guest.ts";

const OUT = 16;

/** The guest's strings: from each pointer to its NUL. */
function strings(guest: Guest, family: "args" | "environ"): string[] {
  expect(guest.calls[`${family}_sizes_get`](OUT, OUT + 4)).toBe(0);
  const [count, size] = [guest.u32(OUT), guest.u32(OUT + 4)];
  const pointers = guest.room(count * 4 + 4);
  const text = guest.room(size + 1);
  // Guards behind both results show writes past their ends.
  new Uint8Array(guest.memory.buffer)[text + size] = 0xff;
  guest.view.setUint32(pointers + count * 4, 0xdead_beef, true);
  expect(guest.calls[`${family}_get`](pointers, text)).toBe(0);
  expect([guest.bytes(text + size, 1)[0], guest.u32(pointers + count * 4)]).toEqual([0xff, 0xdead_beef]);
  const all = guest.bytes(text, size);
  return Array.from({ length: count }, (_, index) => {
    const start = guest.u32(pointers + index * 4) - text;
    return all.subarray(start, all.indexOf(0, start)).toString();
  });
}

describe("arguments", () => {
  it("are passed on unchanged: empty ones, spaces, any Unicode", async () => {
    const args = ["program.wasm", "", "two words", "é→🙂", "--flag=1"];
    using guest = await Guest.open({ args });
    expect(strings(guest, "args")).toEqual(args);
  });

  it("can be empty", async () => {
    using guest = await Guest.open();
    expect(strings(guest, "args")).toEqual([]);
  });
});

describe("the environment", () => {
  it.each([true, false])("contains only the given variables (a ready file granted: %s)", async (edgeSource) => {
    using guest = await Guest.open({ env: { LANG: "C", EMPTY: "", EQUALS: "a=b" }, edgeSource });
    expect(strings(guest, "environ")).toEqual(["LANG=C", "EMPTY=", "EQUALS=a=b"]);
  });

  it("is empty by default", async () => {
    using guest = await Guest.open({ edgeSource: true });
    expect(strings(guest, "environ")).toEqual([]);
  });
});
