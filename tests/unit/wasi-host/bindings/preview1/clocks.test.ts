import { describe, expect, it } from "vitest";
import { Errno } from "../../../../../wasi-host/abi/errno.ts";
import { clocks } from "../../../../../wasi-host/bindings/preview1/clocks.ts";
import { FakeHost } from "./fake-host.ts";

const AT = 1024;
const UNTOUCHED = 0x1122_3344_5566_7788n;

function rig() {
  const host = new FakeHost();
  host.memory.view.setBigUint64(AT, UNTOUCHED, true);
  const result = () => host.memory.view.getBigUint64(AT, true);
  return { host, result, calls: clocks(host.state) };
}

describe.each(["clock_time_get", "clock_res_get"])("%s", (name) => {
  const make = (calls: ReturnType<typeof clocks>, clock: number, at: number) =>
    name === "clock_time_get" ? calls[name](clock, 0n, at) : calls[name](clock, at);

  it.each([0, 1, 2, 3])("answers for clock %i", (clock) => {
    const { calls, result } = rig();
    expect(make(calls, clock, AT)).toBe(0);
    expect(result()).not.toBe(UNTOUCHED);
  });

  it.each([4, 255, -1])("is EINVAL for clock %i, with nothing written", (clock) => {
    const { calls, result } = rig();
    expect([make(calls, clock, AT), result()]).toEqual([Errno.INVAL, UNTOUCHED]);
  });

  it.each([65_529, 65_536, -8])("is EFAULT for a result at %i, outside memory", (at) => {
    expect(make(rig().calls, 1, at)).toBe(Errno.FAULT);
  });

  it("can write to the last bytes of memory", () => {
    expect(make(rig().calls, 1, 65_528)).toBe(0);
  });
});

describe("the clocks", () => {
  it("monotonic is the driver's", () => {
    const { host, calls, result } = rig();
    host.now = 123_456_789n;
    calls.clock_time_get(1, 0n, AT);
    expect(result()).toBe(123_456_789n);
  });

  it("realtime is the driver's time of day", () => {
    const { host, calls, result } = rig();
    host.now = 1_500_000_000n;
    calls.clock_time_get(0, 0n, AT);
    expect(new Date(Number(result() / 1_000_000n)).toISOString()).toBe("2000-01-01T00:00:01.500Z");
  });

  it("an impossible precision is not an error", () => {
    const { calls } = rig();
    expect(calls.clock_time_get(1, 0xffff_ffff_ffff_ffffn, AT)).toBe(0);
  });
});

describe("a resolution", () => {
  it("is a nanosecond for the monotonic clock of Node, and a microsecond for the others", () => {
    const { calls, result } = rig();
    const resolutions = [0, 1, 2, 3].map((clock) => {
      calls.clock_res_get(clock, AT);
      return result();
    });
    expect(resolutions).toEqual([1_000n, 1n, 1_000n, 1_000n]);
  });
});
