import { describe, expect, it } from "vitest";
import { ComponentInstance } from "../../../../wasi-host/components/component-instance.ts";
import { HandleTable } from "../../../../wasi-host/components/handles.ts";

function trap(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
    return (error as Error).message;
  }
  throw new Error("expected a trap");
}

const PAGE = 65_536;

function opened() {
  const memory = new WebAssembly.Memory({ initial: 1 });
  return { memory, instance: new ComponentInstance(new HandleTable()) };
}

describe("realloc", () => {
  it("returns the guest's address as an unsigned number, and passes all four arguments", () => {
    const { memory, instance } = opened();
    const calls: number[][] = [];
    const realloc = instance.realloc((...values) => calls.push(values) * 128, memory);
    expect(realloc(64, 8, 4, 16)).toBe(128);
    expect(calls).toEqual([[64, 8, 4, 16]]);
  });

  it.each([
    ["the last byte", PAGE - 16, 16, 1],
    ["nothing behind the last byte", PAGE, 0, 1],
  ])("accepts an address up to %s", (_, address, size, align) => {
    const { memory, instance } = opened();
    expect(instance.realloc(() => address, memory)(0, 0, align, size)).toBe(address);
  });

  it.each([
    [PAGE - 15, 16, 1, "realloc returned 65521 for 16 bytes aligned to 1: they are not all in memory"],
    [-4, 4, 4, "realloc returned 4294967292 for 4 bytes aligned to 4: they are not all in memory"],
    [6, 4, 4, "realloc returned 6 for 4 bytes aligned to 4: it is not aligned"],
  ])("traps for the address %i of %i bytes", (address, size, align, message) => {
    const { memory, instance } = opened();
    expect(trap(() => instance.realloc(() => address, memory)(0, 0, align, size))).toBe(message);
  });

  it("looks at the memory after its growth", () => {
    const { memory, instance } = opened();
    const realloc = instance.realloc(() => memory.grow(1) * PAGE, memory);
    expect(realloc(0, 0, 1, PAGE)).toBe(PAGE);
  });
});

describe("an import", () => {
  it.each([0, 1, 2, 3, 4, 5, 16])("gets all of its %i arguments", (arity) => {
    const { instance } = opened();
    const values = Array.from({ length: arity }, (_, index) => index + 1);
    const call = instance.leaving(
      (...given) => given.reduce<number>((sum, value) => sum + Number(value), 0),
      arity,
      "f",
    );
    expect(call(...values)).toBe((arity * (arity + 1)) / 2);
  });

  it.each([0, 1, 2, 3, 4, 5])("of %i arguments traps when realloc calls it", (arity) => {
    const { memory, instance } = opened();
    const imported = instance.leaving(() => 0, arity, "wasi:io/poll poll");
    const realloc = instance.realloc(() => imported() as number, memory);
    expect(trap(() => realloc(0, 0, 1, 1))).toBe("wasi:io/poll poll is called inside of realloc or post-return");
  });

  it("traps when a post-return calls it, and can be called after one that did not", () => {
    const { instance } = opened();
    const imported = instance.leaving(() => 7, 0, "f");
    expect(instance.withoutLeaving(() => 5)).toBe(5);
    expect(imported()).toBe(7);
    expect(trap(() => instance.withoutLeaving(imported))).toMatch(/^f is called inside/);
  });

  it("traps after a realloc that trapped: no guest code runs on", () => {
    const { memory, instance } = opened();
    const imported = instance.leaving(() => 7, 0, "f");
    const realloc = instance.realloc(() => {
      throw new WebAssembly.RuntimeError("unreachable");
    }, memory);
    expect(trap(() => realloc(0, 0, 1, 1))).toBe("unreachable");
    expect(trap(imported)).toMatch(/^f is called inside/);
  });
});
