/** Sleep in virtual time. */
import { describe, expect, it } from "vitest";
import { Scheduled, VirtualClock } from "../../../../../wasi-host/drivers/simulated/clock.ts";
import { VirtualSleep } from "../../../../../wasi-host/drivers/simulated/sleep.ts";

class Event extends Scheduled {
  happened = false;
  happen(): void {
    this.happened = true;
  }
}

function rig(...times: number[]) {
  const clock = new VirtualClock();
  const start = clock.now;
  const events = times.map((time) => {
    const event = new Event();
    clock.schedule(event, start + time);
    return event;
  });
  return { clock, start, events, sleep: new VirtualSleep(clock), never: new AbortController().signal };
}

describe("a sleep in virtual time", () => {
  it("advances to the next event", () => {
    const { sleep, clock, start, events } = rig(70, 90);
    expect([sleep.step(start + 1000), clock.now - start, events.map(({ happened }) => happened)]).toEqual([
      true,
      70,
      [true, false],
    ]);
  });

  it("stops at its deadline", () => {
    const { sleep, clock, start, events } = rig(70);
    expect([sleep.step(start + 50), clock.now - start, events[0].happened]).toEqual([true, 50, false]);
    expect(sleep.step(start + 50)).toBe(false);
  });

  it("reports a deadlock if nothing is scheduled and there is no deadline", () => {
    expect(() => rig().sleep.step(Infinity)).toThrow("deadlock: a wait without a timeout, and nothing is in transit");
  });

  it("rounds its deadline up to whole nanoseconds, so that it never ends early", () => {
    const { sleep, start } = rig();
    expect([sleep.deadline(1.2), sleep.deadline(0), sleep.deadline(Infinity)]).toEqual([start + 2, start, Infinity]);
  });

  it("advances a little at each failed call, so that a busy loop progresses", () => {
    const { sleep, events } = rig(5_000);
    for (let count = 0; count < 5; count++) sleep.onWouldBlock();
    expect(events[0].happened).toBe(true);
  });
});

describe("an awaited sleep in virtual time", () => {
  it("ends at once if it is ready, without advancing", async () => {
    const { sleep, clock, start, never } = rig(70);
    await sleep.until(() => true, 1000, never);
    expect(clock.now).toBe(start);
  });

  it("ends when its event happens", async () => {
    const { sleep, clock, start, events, never } = rig(70, 90);
    await sleep.until(() => events[1].happened, 1000, never);
    expect(clock.now - start).toBe(90);
  });

  it("ends at its timeout and leaves nothing scheduled", async () => {
    const { sleep, clock, start, never } = rig();
    await sleep.until(() => false, 40, never);
    expect([clock.now - start, clock.next]).toEqual([40, Infinity]);
  });

  it("ends when cancelled, even if nothing is scheduled", async () => {
    const { sleep } = rig();
    const cancel = new AbortController();
    const sleeping = sleep.until(() => false, Infinity, cancel.signal);
    cancel.abort();
    await sleeping;
  });

  it("is woken by another caller, even if nothing is scheduled", async () => {
    const { sleep, never } = rig();
    let ready = false;
    const sleeping = sleep.until(() => ready, Infinity, never);
    await new Promise((resolve) => setTimeout(resolve, 5));
    ready = true;
    sleep.beforeCall();
    await sleeping;
  });

  it("does not advance while another caller is busy", async () => {
    const { sleep, clock, start, never } = rig(70);
    const sleeping = sleep.until(() => clock.now > start, Infinity, never);
    for (let count = 0; count < 5; count++) {
      sleep.beforeCall();
      expect(clock.now).toBe(start);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await sleeping;
    expect(clock.now - start).toBe(70);
  });
});
