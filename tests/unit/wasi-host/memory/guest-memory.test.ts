import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GuestMemory } from "../../../../wasi-host/memory/guest-memory.ts";

const PAGE = 65_536;
function attached(descriptor: WebAssembly.MemoryDescriptor = { initial: 1 }) {
  const memory = new WebAssembly.Memory(descriptor);
  const guest = new GuestMemory();
  guest.attach(memory);
  return { memory, guest };
}

describe("the guest's memory", () => {
  it("holds nothing before the instance exists", () => {
    const guest = new GuestMemory();
    guest.refresh();
    expect([guest.memory, guest.holds(0, 0), guest.holds(0, 1)]).toEqual([undefined, true, false]);
  });

  it("contains ranges up to its end and none beyond", () => {
    const { guest } = attached();
    expect([guest.holds(0, PAGE), guest.holds(PAGE - 1, 1), guest.holds(PAGE, 0)]).toEqual([true, true, true]);
    expect([guest.holds(0, PAGE + 1), guest.holds(PAGE, 1), guest.holds(0xffff_ffff, 0xffff_ffff)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it("is fully visible after growth", () => {
    const { memory, guest } = attached();
    const before = guest.bytes;
    memory.grow(1);
    expect(before.length).toBe(0);
    guest.refresh();
    expect([guest.bytes.length, guest.view.byteLength, guest.words.length]).toEqual([2 * PAGE, 2 * PAGE, PAGE / 2]);
  });

  it("is fully visible after growth if shared", () => {
    const { memory, guest } = attached({ initial: 1, maximum: 2, shared: true });
    memory.grow(1);
    guest.refresh();
    expect(guest.holds(PAGE, PAGE)).toBe(true);
  });

  it("keeps its views until it grows", () => {
    const { guest } = attached();
    const { bytes, view } = guest;
    guest.refresh();
    expect([guest.bytes === bytes, guest.view === view]).toEqual([true, true]);
  });

  it("has bytes, words and fields at the same place", () => {
    const { guest } = attached();
    guest.view.setUint32(8, 0x0403_0201, true);
    expect([[...guest.bytes.subarray(8, 12)], guest.words[2]]).toEqual([[1, 2, 3, 4], 0x0403_0201]);
  });

  it("reads and writes numbers of 64 bits, exact up to 2^53", () => {
    const { guest } = attached();
    const exact = fc.property(fc.maxSafeNat(), (number) => {
      guest.setU64(16, number);
      return guest.u64(16) === number && guest.view.getBigUint64(16, true) === BigInt(number);
    });
    fc.assert(exact);
  });

  it("reads UTF-8, with replacement characters for invalid bytes", () => {
    const { guest } = attached();
    guest.bytes.set([0xc3, 0xa4, 0xff, 0x61], 100);
    expect(guest.text(100, 4)).toBe("ä\ufffda");
  });

  it("reads text from shared memory, which TextDecoder refuses", () => {
    const { guest } = attached({ initial: 1, maximum: 1, shared: true });
    guest.bytes.set([0x68, 0x69], 0);
    expect(guest.text(0, 2)).toBe("hi");
  });
});
