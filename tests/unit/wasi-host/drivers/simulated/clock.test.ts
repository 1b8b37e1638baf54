import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Scheduled, VirtualClock } from "../../../../../wasi-host/drivers/simulated/clock.ts";

/** Notes when it happens. */
class Event extends Scheduled {
  readonly happened: string[];
  readonly #clock: VirtualClock;
  readonly #name: string;

  constructor(clock: VirtualClock, name: string, happened: string[]) {
    super();
    this.#clock = clock;
    this.#name = name;
    this.happened = happened;
  }

  happen(): void {
    this.happened.push(`${this.#name} at ${this.#clock.now - start}`);
  }
}

const start = new VirtualClock().now;

function rig() {
  const clock = new VirtualClock();
  const happened: string[] = [];
  const schedule = (name: string, after: number) => {
    const event = new Event(clock, name, happened);
    clock.schedule(event, start + after);
    return event;
  };
  return { clock, happened, schedule };
}

describe("a virtual clock", () => {
  it("never begins at 0, which means no time", () => {
    expect(start).toBeGreaterThan(0);
  });

  it("reports that nothing is scheduled", () => {
    expect(new VirtualClock().next).toBe(Infinity);
  });

  it("stands still until it is advanced", () => {
    const { clock, happened, schedule } = rig();
    schedule("a", 0);
    expect([clock.now, clock.next, happened]).toEqual([start, start, []]);
  });

  it("runs each event at its time, in order of time", () => {
    const { clock, happened, schedule } = rig();
    for (const after of [30, 10, 20]) schedule(`after ${after}`, after);
    clock.advance(start + 25);
    expect(happened).toEqual(["after 10 at 10", "after 20 at 20"]);
    expect([clock.now - start, clock.next - start]).toEqual([25, 30]);
  });

  it("runs simultaneous events in the order of scheduling", () => {
    const { clock, happened, schedule } = rig();
    for (const name of ["a", "b", "c", "d", "e"]) schedule(name, 5);
    clock.advance(start + 5);
    expect(happened.join()).toBe("a at 5,b at 5,c at 5,d at 5,e at 5");
  });

  it("runs overdue events now, without going back", () => {
    const { clock, happened, schedule } = rig();
    clock.advance(start + 100);
    schedule("late", 10);
    clock.advance(start + 100);
    expect(happened).toEqual(["late at 100"]);
  });

  it("never goes back", () => {
    const { clock } = rig();
    clock.advance(start + 100);
    clock.advance(start + 50);
    expect(clock.now).toBe(start + 100);
  });

  it("runs events that are scheduled during the advance", () => {
    const { clock, happened, schedule } = rig();
    const first = schedule("first", 10);
    first.happen = () => void schedule("second", 15);
    clock.advance(start + 20);
    expect([happened, clock.now - start]).toEqual([["second at 15"], 20]);
  });

  it("forgets cancelled events", () => {
    const { clock, happened, schedule } = rig();
    const [a] = [schedule("a", 1), schedule("b", 2)];
    clock.cancel(a);
    clock.advance(start + 9);
    expect(happened).toEqual(["b at 2"]);
  });

  it("ignores a second or late cancellation", () => {
    const { clock, happened, schedule } = rig();
    const [a, b] = [schedule("a", 1), schedule("b", 2)];
    clock.advance(start + 1);
    clock.cancel(a);
    clock.cancel(b);
    clock.cancel(b);
    schedule("c", 3);
    clock.advance(start + 9);
    expect(happened).toEqual(["a at 1", "c at 3"]);
  });

  it("keeps the order of time and scheduling for any operations", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("schedule" as const), after: fc.nat({ max: 50 }) }),
      fc.record({ do: fc.constant("cancel" as const), index: fc.nat({ max: 30 }) }),
      fc.record({ do: fc.constant("advance" as const), by: fc.nat({ max: 20 }) }),
    );
    const sorted = fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const { clock, happened, schedule } = rig();
      const events: { event: Scheduled; name: string; time: number; order: number }[] = [];
      const expected: string[] = [];
      let order = 0;
      for (const what of steps) {
        if (what.do === "schedule") {
          const time = clock.now - start + what.after;
          const name = String(order);
          events.push({ event: schedule(name, time), name, time, order: order++ });
        } else if (what.do === "cancel") {
          const [cancelled] = events.splice(what.index, 1);
          if (cancelled !== undefined) clock.cancel(cancelled.event);
        } else {
          const until = clock.now - start + what.by;
          const due = events.filter(({ time }) => time <= until).sort((a, b) => a.time - b.time || a.order - b.order);
          for (const entry of due) events.splice(events.indexOf(entry), 1);
          expected.push(...due.map(({ name, time }) => `${name} at ${time}`));
          clock.advance(start + until);
        }
        expect(clock.next).toBe(start + Math.min(...events.map(({ time }) => time)));
      }
      expect(happened).toEqual(expected);
    });
    fc.assert(sorted, { numRuns: 300 });
  });
});
