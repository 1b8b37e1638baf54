/** The wheel of timers beside a sorted list, and its costs. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LATEST, Timer, TimerWheel } from "../../../../src/loop/timer-wheel.ts";

const nothing = () => {};

/** Fires everything that is due at `now`. */
function fire(wheel: TimerWheel, now: number): Timer[] {
  const limit = wheel.advance(now);
  const fired: Timer[] = [];
  for (let timer = wheel.takeDue(limit); timer !== undefined; timer = wheel.takeDue(limit)) fired.push(timer);
  return fired;
}

function set(wheel: TimerWheel, deadline: number, interval = 0): Timer {
  const timer = new Timer(wheel, deadline, interval, nothing);
  wheel.add(timer);
  return timer;
}

describe("the timer wheel", () => {
  it("fires in the order of deadlines, and in the order of setting for equal deadlines, as a sorted list does", () => {
    const deadline = fc.oneof(
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 0, max: 1 << 20 }),
      fc.integer({ min: 2 ** 29, max: 2 ** 33 }),
      fc.integer({ min: 0, max: LATEST }),
    );
    const step = fc.oneof(
      fc.record({ set: deadline }),
      fc.record({ cancel: fc.nat() }),
      fc.record({ advance: fc.oneof(fc.nat(100), fc.nat(1 << 21), fc.integer({ min: 0, max: 2 ** 32 })) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const wheel = new TimerWheel(nothing);
        // A timer that is set past its deadline is due at once.
        let all: { timer: Timer; due: number }[] = [];
        let now = 0;
        for (const each of steps) {
          if ("set" in each) all.push({ timer: set(wheel, each.set), due: Math.max(each.set, now) });
          else if ("cancel" in each) {
            const [cancelled] = all.splice(each.cancel % Math.max(1, all.length), 1);
            cancelled?.timer.cancel();
          } else {
            now = Math.min(now + each.advance, LATEST);
            const expected = all.filter(({ due }) => due <= now).sort((one, other) => one.due - other.due);
            const fired = fire(wheel, now);
            expect(fired.length).toBe(expected.length);
            for (const [index, { timer }] of expected.entries()) expect(fired[index]).toBe(timer);
            all = all.filter(({ due }) => due > now);
          }
          expect(wheel.size).toBe(all.length);
          const earliest = Math.min(Infinity, ...all.map(({ due }) => due));
          expect(wheel.next()).toBeLessThanOrEqual(Math.max(earliest, now));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("puts timers that were set past their deadline after due ones, for the next turn", () => {
    const wheel = new TimerWheel(nothing);
    const first = set(wheel, 5);
    const limit = wheel.advance(10);
    const late = set(wheel, 3);
    expect(wheel.takeDue(limit)).toBe(first);
    expect(wheel.takeDue(limit)).toBeUndefined();
    expect(fire(wheel, 10)).toEqual([late]);
  });

  it("names the exact next deadline of a few timers, at any distance", () => {
    for (const deadline of [1, 63, 64, 4095, 4097, 3_600_000, 2 ** 31, 2 ** 40 + 7, LATEST]) {
      const wheel = new TimerWheel(nothing);
      wheel.advance(0);
      set(wheel, deadline);
      expect(wheel.next()).toBe(deadline);
    }
  });

  it("with many timers wakes too early at most once for each level", () => {
    const wheel = new TimerWheel(nothing);
    const deadline = 3_600_123;
    for (let count = 0; count < 1000; count++) set(wheel, deadline);
    let wakeups = 0;
    for (let now = wheel.next(); now < deadline; now = wheel.next()) {
      expect(fire(wheel, now)).toEqual([]);
      wakeups++;
    }
    expect(wakeups).toBeLessThan(9);
    expect(fire(wheel, deadline)).toHaveLength(1000);
    expect(wheel.next()).toBe(Infinity);
  });

  it("repeats at multiples of the interval and leaves out missed ones", () => {
    const wheel = new TimerWheel(nothing);
    const timer = set(wheel, 10, 10);
    const at = (now: number) => {
      const fired = fire(wheel, now);
      for (const each of fired) each.repeat(now);
      return fired.length;
    };
    expect([at(9), at(10), at(19), at(20)]).toEqual([0, 1, 0, 1]);
    expect([at(57), at(59), at(60)]).toEqual([1, 0, 1]);
    timer.cancel();
    expect(at(100)).toBe(0);
  });

  it("reports the cancelling of the last timer, and not its firing", () => {
    let emptied = 0;
    const wheel = new TimerWheel(() => emptied++);
    const [one, other] = [set(wheel, 1), set(wheel, 1000)];
    one.cancel();
    one.cancel();
    expect(emptied).toBe(0);
    other.cancel();
    expect(emptied).toBe(1);
    set(wheel, 1);
    fire(wheel, 1);
    expect(emptied).toBe(1);
  });

  it("clears all timers", () => {
    const wheel = new TimerWheel(nothing);
    const timers = [0, 5, 500, 2 ** 50].map((deadline) => set(wheel, deadline));
    wheel.clear();
    expect(timers.map((timer) => timer.isActive)).toEqual([false, false, false, false]);
    expect([wheel.size, wheel.next()]).toEqual([0, Infinity]);
  });
});
