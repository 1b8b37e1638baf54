import { describe, expect, it } from "vitest";
import { HandleTable, ResourceType } from "../../../../wasi-host/components/handles.ts";

const socket = new ResourceType<{ readonly port: number }>("tcp-socket");
const pollable = new ResourceType<string>("pollable");

/** The message of the trap that `call` throws. */
function trap(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
    return (error as Error).message;
  }
  throw new Error("expected a trap");
}

describe("a table of handles", () => {
  it("gives numbers from 1, and keeps the value of each", () => {
    const table = new HandleTable();
    const value = { port: 80 };
    expect([table.insert(socket, value), table.insert(pollable, "a")]).toEqual([1, 2]);
    expect(table.get(socket, 1)).toBe(value);
    expect(table.get(pollable, 2)).toBe("a");
    expect(table.count).toBe(2);
  });

  it("returns the value of a dropped handle, and reuses the number, the latest first", () => {
    const table = new HandleTable();
    for (const text of ["a", "b", "c"]) table.insert(pollable, text);
    expect([table.remove(pollable, 1), table.remove(pollable, 3)]).toEqual(["a", "c"]);
    expect([1, 2, 3].map((port) => table.insert(socket, { port }))).toEqual([3, 1, 4]);
    expect(table.get(socket, 3)).toEqual({ port: 1 });
    expect(table.get(pollable, 2)).toBe("b");
    expect(table.count).toBe(4);
  });

  it.each([0, 1, 3, -1, 2 ** 28, -(2 ** 31)])("traps for handle %i, which is not open", (handle) => {
    const table = new HandleTable();
    table.insert(pollable, "a");
    table.insert(pollable, "b");
    table.remove(pollable, 1);
    expect(trap(() => table.get(pollable, handle))).toBe(`handle ${handle} is not open`);
    expect(trap(() => table.remove(pollable, handle))).toBe(`handle ${handle} is not open`);
    expect(trap(() => table.insert(pollable, "c", handle === 0 ? 5 : handle))).toMatch(/^handle .+ is not open$/);
    expect(table.count).toBe(1);
  });

  it("traps for a handle of another type, and names both", () => {
    const table = new HandleTable();
    table.insert(pollable, "a");
    expect(trap(() => table.get(socket, 1))).toBe("handle 1 is a pollable, expected a tcp-socket");
    expect(trap(() => table.remove(socket, 1))).toBe("handle 1 is a pollable, expected a tcp-socket");
    expect(table.get(pollable, 1)).toBe("a");
  });

  it("compares a type by identity, not by name", () => {
    const table = new HandleTable();
    table.insert(pollable, "a");
    expect(trap(() => table.get(new ResourceType("pollable"), 1))).toMatch(/^handle 1 is a pollable/);
  });

  it("traps when a handle is dropped before its children", () => {
    const table = new HandleTable();
    const parent = table.insert(socket, { port: 1 });
    const children = [table.insert(pollable, "a", parent), table.insert(pollable, "b", parent)];
    table.remove(pollable, children[0]);
    expect(trap(() => table.remove(socket, parent))).toBe("cannot drop the tcp-socket 1: 1 that depend on it are open");
    table.remove(pollable, children[1]);
    expect(table.remove(socket, parent)).toEqual({ port: 1 });
    expect(table.count).toBe(0);
  });

  it("forgets the parent when a number is reused", () => {
    const table = new HandleTable();
    const parent = table.insert(socket, { port: 1 });
    const child = table.insert(pollable, "a", parent);
    table.remove(pollable, child);
    expect(table.insert(pollable, "b")).toBe(child);
    table.remove(socket, parent);
    table.insert(socket, { port: 2 });
    table.remove(pollable, child);
    expect(table.remove(socket, parent)).toEqual({ port: 2 });
  });

  it("traps for one handle more than its limit, and goes on below it", () => {
    const table = new HandleTable(2);
    table.insert(pollable, "a");
    table.insert(pollable, "b");
    expect(trap(() => table.insert(pollable, "c", 1))).toBe(
      "no handle for another pollable: 2 are open, which is the limit",
    );
    table.remove(pollable, 1);
    expect(table.insert(pollable, "c")).toBe(1);
  });

  it("lists the open handles of a type", () => {
    const table = new HandleTable();
    table.insert(pollable, "a");
    table.insert(socket, { port: 1 });
    table.insert(pollable, "b");
    table.remove(pollable, 1);
    expect([...table.values(pollable)]).toEqual(["b"]);
    expect([...table.values(socket)]).toEqual([{ port: 1 }]);
  });
});
