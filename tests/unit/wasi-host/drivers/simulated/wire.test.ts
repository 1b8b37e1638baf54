import { describe, expect, it } from "vitest";
import { Scheduled, VirtualClock } from "../../../../../wasi-host/drivers/simulated/clock.ts";
import { Random } from "../../../../../wasi-host/drivers/simulated/random.ts";
import { Wire } from "../../../../../wasi-host/drivers/simulated/wire.ts";

class Segment extends Scheduled {
  arrived = false;
  happen(): void {
    this.arrived = true;
  }
}

function rig(latency: number | readonly [number, number]) {
  const clock = new VirtualClock();
  return { clock, wire: new Wire(clock, new Random(1), 100, latency), start: clock.now };
}

describe("a wire", () => {
  it("without latency delivers a segment within the call", () => {
    const { wire, clock, start } = rig(0);
    const segment = new Segment();
    expect([wire.carry(segment, 0), segment.arrived, clock.next]).toEqual([start, true, Infinity]);
  });

  it("with a latency delivers a segment after it, not before", () => {
    const { wire, clock, start } = rig(500);
    const segment = new Segment();
    expect([wire.carry(segment, 0), segment.arrived]).toEqual([start + 500, false]);
    clock.advance(start + 499);
    expect(segment.arrived).toBe(false);
    clock.advance(start + 500);
    expect(segment.arrived).toBe(true);
  });

  it("delivers nothing before the given time, so that segments keep their order", () => {
    const { wire, start } = rig(500);
    expect(wire.carry(new Segment(), start + 900)).toBe(start + 900);
  });

  it("with a latency of 0 holds a segment until its earliest time", () => {
    const { wire, start } = rig(0);
    const segment = new Segment();
    expect([wire.carry(segment, start + 1), segment.arrived]).toEqual([start + 1, false]);
  });

  it("draws each latency between the minimum and the maximum", () => {
    const { wire, start } = rig([10, 20]);
    const times = Array.from({ length: 100 }, () => wire.carry(new Segment(), 0) - start);
    expect([Math.min(...times), Math.max(...times)]).toEqual([10, 20]);
  });

  it("keeps a segment in transit if its latency is 0 but others' may be more", () => {
    const { wire } = rig([0, 1]);
    const segments = Array.from({ length: 20 }, () => new Segment());
    for (const segment of segments) wire.carry(segment, 0);
    expect(segments.some(({ arrived }) => arrived)).toBe(false);
  });
});
