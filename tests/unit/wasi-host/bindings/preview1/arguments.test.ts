import { describe, expect, it } from "vitest";
import { Errno } from "../../../../../wasi-host/abi/errno.ts";
import { args } from "../../../../../wasi-host/bindings/preview1/arguments.ts";
import { FakeHost } from "./fake-host.ts";

const POINTERS = 64;
const TEXT = 1024;

function rig(strings: string[]) {
  const host = new FakeHost({ args: strings, env: strings });
  return { host, calls: args(host.state) };
}

/** What a C program sees: each pointer's text up to its NUL. */
function read({ memory }: FakeHost, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const at = memory.view.getUint32(POINTERS + index * 4, true);
    return memory.text(at, memory.bytes.indexOf(0, at) - at);
  });
}

describe.each([
  ["args_get", "args_sizes_get"],
  ["environ_get", "environ_sizes_get"],
])("%s", (get, sizes) => {
  it("writes the strings in order, each with its NUL", () => {
    const strings = ["server", "--port=1", "", "ä€🦊"];
    const { host, calls } = rig(strings);
    expect(calls[get](POINTERS, TEXT)).toBe(0);
    expect(read(host, 4)).toEqual(strings);
  });

  it("reports the size of the UTF-8 bytes with a NUL each", () => {
    const { host, calls } = rig(["ab", "", "€"]);
    expect(calls[sizes](POINTERS, TEXT)).toBe(0);
    expect([host.memory.view.getUint32(POINTERS, true), host.memory.view.getUint32(TEXT, true)]).toEqual([
      3,
      3 + 1 + 4,
    ]);
  });

  it("writes nothing if there are no strings", () => {
    const { host, calls } = rig([]);
    calls[sizes](POINTERS, TEXT);
    expect([host.memory.view.getUint32(POINTERS, true), host.memory.view.getUint32(TEXT, true)]).toEqual([0, 0]);
    expect(calls[get](POINTERS, TEXT)).toBe(0);
  });

  it.each([
    ["pointers", 65_536 - 7, TEXT],
    ["text", POINTERS, 65_536 - 5],
    ["negative pointers", -4, TEXT],
  ])("is EFAULT for %s outside memory, with nothing written", (_what, pointers, text) => {
    const { host, calls } = rig(["ab", "cd"]);
    const before = host.memory.bytes.slice();
    expect(calls[get](pointers, text)).toBe(Errno.FAULT);
    expect(Buffer.compare(host.memory.bytes, before)).toBe(0);
  });

  it("can write to the last bytes of memory", () => {
    expect(rig(["ab", "cd"]).calls[get](65_536 - 8, 65_536 - 14)).toBe(0);
  });

  it("is EFAULT for sizes outside memory", () => {
    const { calls } = rig(["ab"]);
    expect([calls[sizes](65_533, TEXT), calls[sizes](POINTERS, 65_533)]).toEqual([Errno.FAULT, Errno.FAULT]);
  });
});
