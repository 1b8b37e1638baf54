/** The signals that a guest catches: their descriptor, and the word that their owner reads. */
import { describe, expect, it } from "vitest";
import { SIGHUP, SIGINT, SIGTERM } from "../../../../assembly/abi/signals.ts";
import { Errno } from "../../../../wasi-host/abi/errno.ts";
import { SimulatedDriver } from "../../../../wasi-host/drivers/simulated/index.ts";
import { DescriptorTable } from "../../../../wasi-host/kernel/descriptors.ts";
import { Signals } from "../../../../wasi-host/kernel/signals.ts";

const TERM = 1 << SIGTERM;
const HUP = 1 << SIGHUP;

function rig(limit?: number) {
  const driver = new SimulatedDriver();
  const descriptors = new DescriptorTable(limit);
  const caught = new Int32Array(1);
  const raised: number[] = [];
  let ours = -1;
  const open = () => {
    const [guest, end] = driver.pipe();
    ours = end;
    return guest;
  };
  const signals = new Signals({ caught, open, raise: (signal) => raised.push(signal) }, driver, descriptors);
  const write = (...numbers: number[]) => driver.send(ours, Uint8Array.from(numbers), 0, numbers.length);
  const read = (fd: number) => {
    const bytes = new Uint8Array(16);
    const count = descriptors.get(fd)!.read(bytes, 0, 16);
    return count < 0 ? count : [...bytes.subarray(0, count)];
  };
  return { descriptors, caught, raised, signals, write, read };
}

describe("the signals of a guest", () => {
  it("are read as bytes from one descriptor, whose reads never sleep", () => {
    const { signals, descriptors, caught, write, read } = rig();
    const fd = signals.watch(TERM);
    expect([fd, caught[0], descriptors.get(fd)!.nonblocking]).toEqual([0, TERM, true]);
    expect(read(fd)).toBe(-Errno.AGAIN);
    write(SIGTERM, SIGHUP);
    expect(read(fd)).toEqual([SIGTERM, SIGHUP]);
    expect(signals.watch(TERM | HUP)).toBe(fd);
    expect(caught[0]).toBe(TERM | HUP);
  });

  it("keep their descriptor when it is renumbered", () => {
    const { signals, descriptors, write, read } = rig();
    const fd = signals.watch(TERM);
    const other = descriptors.insert(descriptors.get(fd)!);
    descriptors.renumber(fd, other);
    expect(signals.watch(HUP)).toBe(other);
    write(SIGHUP);
    expect(read(other)).toEqual([SIGHUP]);
  });

  it("have their default action after the descriptor's close, until the guest asks again", () => {
    const { signals, descriptors, caught, write, read } = rig();
    const fd = signals.watch(TERM);
    expect(descriptors.remove(fd)!.close()).toBe(0);
    expect(caught[0]).toBe(0);
    const again = signals.watch(TERM);
    expect(caught[0]).toBe(TERM);
    write(SIGTERM);
    expect(read(again)).toEqual([SIGTERM]);
  });

  it("are -EINVAL for others, and -EMFILE without a free descriptor; nothing changes then", () => {
    const { signals, caught } = rig();
    for (const mask of [1, 1 << 9, 1 << 10, TERM | 1, -1]) expect(signals.watch(mask)).toBe(-Errno.INVAL);
    expect(caught[0]).toBe(0);
    const full = rig(0);
    expect([full.signals.watch(TERM), full.caught[0]]).toEqual([-Errno.MFILE, 0]);
  });

  it("can be raised, others not", () => {
    const { signals, raised } = rig();
    expect([SIGHUP, SIGINT, SIGTERM].map((signal) => signals.raise(signal))).toEqual([0, 0, 0]);
    expect([0, 9, 31, 32, 33, 47, 2 ** 32 - 1].map((signal) => signals.raise(signal))).toEqual(
      new Array(7).fill(Errno.INVAL),
    );
    expect(raised).toEqual([SIGHUP, SIGINT, SIGTERM]);
  });
});
