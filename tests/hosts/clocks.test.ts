import { describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { Guest } from "./hand-driven-guest.ts";

const OUT = 16;
const REALTIME = 0;
const MONOTONIC = 1;

function now(guest: Guest, clock: number): bigint {
  expect(guest.calls.clock_time_get(clock, 0n, OUT)).toBe(0);
  return guest.u64();
}

describe("clocks", () => {
  it("the monotonic clock counts nanoseconds and never goes back", async () => {
    using guest = await Guest.open();
    const before = process.hrtime.bigint();
    let last = now(guest, MONOTONIC);
    expect(last).toBeGreaterThanOrEqual(before);
    for (let index = 0; index < 1000; index++) {
      const next = now(guest, MONOTONIC);
      expect(next >= last).toBe(true);
      last = next;
    }
    expect(last).toBeLessThanOrEqual(process.hrtime.bigint());
  });

  it("the real-time clock gives the time of day in nanoseconds, finer than milliseconds", async () => {
    using guest = await Guest.open();
    const readings = new Set<bigint>();
    for (let index = 0; index < 1000; index++) {
      const before = BigInt(Date.now());
      const time = now(guest, REALTIME);
      // Ahead of Date.now() by less than 2 ms, the allowed difference of the two clocks.
      expect(time / 1_000_000n).toBeGreaterThanOrEqual(before);
      expect(time / 1_000_000n).toBeLessThanOrEqual(BigInt(Date.now()) + 2n);
      readings.add(time % 1_000_000n);
    }
    expect(readings.size).toBeGreaterThan(100);
  });

  it("the CPU clocks count work done", async () => {
    using guest = await Guest.open();
    for (const clock of [2, 3]) {
      const before = now(guest, clock);
      for (const started = process.cpuUsage().user; process.cpuUsage().user - started < 20_000; );
      expect(now(guest, clock) - before).toBeGreaterThanOrEqual(10_000_000n);
    }
  });

  it("each has a resolution above 0 and below a millisecond", async () => {
    using guest = await Guest.open();
    for (const clock of [0, 1, 2, 3]) {
      expect(guest.calls.clock_res_get(clock, OUT)).toBe(0);
      expect(guest.u64()).toBeGreaterThan(0n);
      expect(guest.u64()).toBeLessThan(1_000_000n);
    }
  });

  it("an unknown clock is EINVAL", async () => {
    using guest = await Guest.open();
    for (const clock of [4, 100, -1]) {
      expect(guest.calls.clock_time_get(clock, 0n, OUT)).toBe(Errno.INVAL);
      expect(guest.calls.clock_res_get(clock, OUT)).toBe(Errno.INVAL);
    }
  });
});
