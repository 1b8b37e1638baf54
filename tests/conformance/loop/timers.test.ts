/** The loop's calls without a descriptor: timers, callbacks, hooks, wakers and signals. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { DisposedError } from "../../../src/index.ts";
import { defaultLoop, Loop, StateError, type Timer } from "../../../src/loop/index.ts";
import { SimulatedDriver } from "../../../wasi-host/drivers/simulated/index.ts";
import { COMBINATIONS, DRIVERS, openLoop } from "./loop-rig.ts";

describe.each(COMBINATIONS)("a loop over $driver, $wait", ({ driver, run }) => {
  it("fires timers in the order of their deadlines, and never early", async () => {
    using loop = await openLoop({ driver });
    const fired: number[] = [];
    for (const delay of [7, 0, 3, 3.5, 1, 20]) {
      const start = loop.now();
      loop.callLater(delay, () => {
        fired.push(delay);
        expect(loop.now() - start).toBeGreaterThanOrEqual(delay);
      });
    }
    await run(loop);
    expect(fired).toEqual([0, 1, 3, 3.5, 7, 20]);
    expect(loop.errors).toEqual([]);
  });

  it("calls what callSoon was given in order, and what it was given meanwhile in the next turn", async () => {
    using loop = await openLoop({ driver });
    const calls: string[] = [];
    loop.onPrepare(() => calls.push("prepare"));
    loop.callSoon(() => {
      calls.push("one");
      loop.callSoon(() => calls.push("three"));
    });
    loop.callSoon(() => calls.push("two"));
    await run(loop);
    expect(calls.filter((call) => call !== "prepare")).toEqual(["one", "two", "three"]);
    expect(calls.indexOf("prepare")).toBe(2);
  });

  it("repeats a timer until it is cancelled in its own callback", async () => {
    using loop = await openLoop({ driver });
    const times: number[] = [];
    const timer: Timer = loop.callEvery(3, () => {
      times.push(loop.now());
      if (times.length === 4) timer.cancel();
    });
    await run(loop);
    expect(times).toHaveLength(4);
    for (let index = 1; index < 4; index++) expect(times[index]).toBeGreaterThan(times[index - 1]);
  });

  it("does not fire a timer that another of the same millisecond cancels", async () => {
    using loop = await openLoop({ driver });
    const time = Math.ceil(loop.now()) + 2;
    const fired: string[] = [];
    loop.callAt(time, () => {
      fired.push("first");
      second.cancel();
      second.cancel();
    });
    const second = loop.callAt(time, () => fired.push("second"));
    const third = loop.callAt(time, () => fired.push("third"));
    await run(loop);
    expect(fired).toEqual(["first", "third"]);
    third.cancel();
    expect([second.isActive, third.isActive]).toEqual([false, false]);
  });

  it("goes on after callbacks that throw, and passes their errors to onError", async () => {
    using loop = await openLoop({ driver });
    const thrown = [1, 2, 3, 4].map((number) => new Error(`number ${number}`));
    let repeated = 0;
    loop.callSoon(() => {
      throw thrown[0];
    });
    loop.callLater(1, () => {
      throw thrown[1];
    });
    const timer = loop.callEvery(2, () => {
      if (++repeated === 2) timer.cancel();
      throw thrown[repeated + 1];
    });
    await run(loop);
    expect(loop.errors).toEqual(thrown);
  });

  it("ends at stop, and goes on where it was at the next run", async () => {
    using loop = await openLoop({ driver });
    const calls: string[] = [];
    loop.callSoon(() => {
      calls.push("one");
      loop.stop();
    });
    loop.callLater(2, () => calls.push("two"));
    await run(loop);
    expect(calls).toEqual(["one"]);
    await run(loop);
    expect(calls).toEqual(["one", "two"]);
  });

  it("limits the calls in a turn", async () => {
    using loop = await openLoop({ driver, maxPerTurn: 4 });
    const turns: number[] = [];
    let calls = 0;
    loop.onPrepare(() => turns.push(calls));
    for (let count = 0; count < 10; count++) loop.callSoon(() => calls++);
    for (let count = 0; count < 10; count++) loop.callLater(0, () => calls++);
    const again = () => {
      if (calls < 20) loop.callSoon(again);
    };
    loop.callSoon(again);
    await run(loop);
    expect(calls).toBe(20);
    expect(turns[0]).toBe(8);
  });

  it("does not sleep while there is an idle hook, and calls hooks until they are cancelled", async () => {
    using loop = await openLoop({ driver });
    let [idle, prepared] = [0, 0];
    loop.onPrepare(() => prepared++);
    const hook = loop.onIdle(() => {
      if (++idle === 5) hook.cancel();
    });
    loop.callLater(3_600_000, () => {}).cancel();
    await run(loop);
    expect(idle).toBe(5);
    expect(prepared).toBe(5);
    expect(hook.isActive).toBe(false);
  });

  it("is woken by a waker, once for several wakes, and ends when the waker is closed", async () => {
    using loop = await openLoop({ driver });
    let calls = 0;
    const waker = loop.waker(() => {
      if (++calls === 3) waker.close();
      else loop.callLater(2, () => waker.wake());
    });
    waker.wake();
    waker.wake();
    await run(loop);
    expect(calls).toBe(3);
    waker.wake();
  });

  it("ends a run when the last timer is cancelled", async () => {
    using loop = await openLoop({ driver });
    const timer = loop.callLater(3_600_000, () => {});
    loop.callLater(1, () => timer.cancel());
    await run(loop);
    expect(timer.isActive).toBe(false);
  });

  it("refuses delays that are none, and names them", async () => {
    using loop = await openLoop({ driver });
    const range = (value: string) => ({ code: "ERR_OUT_OF_RANGE", message: expect.stringContaining(value) });
    const nothing = () => {};
    expect(() => loop.callLater(-1, nothing)).toThrow(expect.objectContaining(range("-1")));
    expect(() => loop.callLater(Number.NaN, nothing)).toThrow(expect.objectContaining(range("NaN")));
    expect(() => loop.callLater(2 ** 53, nothing)).toThrow(expect.objectContaining(range("9007199254740992")));
    expect(() => loop.callLater(Infinity, nothing)).toThrow(expect.objectContaining(range("Infinity")));
    expect(() => loop.callEvery(0, nothing)).toThrow(expect.objectContaining(range("0")));
    expect(() => loop.callAt(Number.NaN, nothing)).toThrow(expect.objectContaining(range("NaN")));
    const type = { code: "ERR_INVALID_ARG_TYPE" };
    expect(() => loop.callLater("5" as never, nothing)).toThrow(expect.objectContaining(type));
    expect(() => loop.callLater(5, undefined as never)).toThrow(expect.objectContaining(type));
    expect(() => loop.callSoon(5 as never)).toThrow(expect.objectContaining(type));
    await run(loop);
  });

  it("takes a delay of 2^53 - 1, and a time that is past", async () => {
    using loop = await openLoop({ driver });
    const far = loop.callLater(Number.MAX_SAFE_INTEGER, () => {});
    expect(far.deadline).toBe(Number.MAX_SAFE_INTEGER);
    const fired: string[] = [];
    loop.callAt(-5, () => fired.push("past"));
    loop.callLater(0, () => fired.push("now"));
    loop.callLater(1, () => far.cancel());
    await run(loop);
    expect(fired).toEqual(["past", "now"]);
  });
});

describe.each(DRIVERS)("a loop over %s", (driver) => {
  it("turns without run, and sleeps as a promise", async () => {
    using loop = await openLoop({ driver });
    const start = loop.now();
    await loop.sleep(5);
    expect(loop.now() - start).toBeGreaterThanOrEqual(5);
    const controller = new AbortController();
    const sleeping = loop.sleep(3_600_000, { signal: controller.signal });
    controller.abort();
    await expect(sleeping).rejects.toMatchObject({ name: "AbortError" });
    await loop.run();
  });

  it("wakes for a timer that is earlier than the sleep's end", async () => {
    using loop = await openLoop({ driver });
    const far = loop.callLater(3_600_000, () => {});
    const ended = loop.run();
    await new Promise((resolve) => setTimeout(resolve, 10));
    loop.callLater(1, () => far.cancel());
    await ended;
  });

  it("rejects what waits when it is disposed, and refuses later calls", async () => {
    const loop = await openLoop({ driver });
    const [running, sleeping] = [loop.run(), loop.sleep(1000)];
    loop.callLater(1000, () => {});
    const rejected = Promise.all([
      expect(running).rejects.toMatchObject({ code: "ERR_DISPOSED" }),
      expect(sleeping).rejects.toMatchObject({ code: "ERR_DISPOSED" }),
    ]);
    // By then the loop sleeps, and no virtual time has passed.
    for (let count = 0; count < 10; count++) await undefined;
    loop.dispose();
    loop.dispose();
    await rejected;
    expect(() => loop.callSoon(() => {})).toThrow(DisposedError);
    expect(() => loop.callLater(1, () => {})).toThrow(DisposedError);
    expect(() => loop.runSync()).toThrow(DisposedError);
    await expect(loop.run()).rejects.toThrow(DisposedError);
    expect(loop.errors).toEqual([]);
  });

  it("refuses runSync in its own callback", async () => {
    using loop = await openLoop({ driver });
    loop.callSoon(() => loop.runSync());
    await loop.run();
    expect(loop.errors).toEqual([expect.any(StateError)]);
  });
});

describe.each(["posix", "net"])("a loop over %s", (driver) => {
  it("is woken from another thread", async () => {
    using loop = await openLoop({ driver });
    let calls = 0;
    const waker = loop.waker(() => {
      calls++;
      waker.close();
    });
    // Does what `wake` does, in a thread that does not load the package: the token is shared memory of one word.
    const code = `
      const word = new Int32Array(require("node:worker_threads").workerData);
      setTimeout(() => { Atomics.compareExchange(word, 0, 0, 1); Atomics.notify(word, 0); }, 20);
    `;
    const worker = new Worker(code, { eval: true, workerData: waker.token });
    await loop.run();
    expect(calls).toBe(1);
    await once(worker, "exit");
  });

  it("is woken from another thread while it blocks", async () => {
    using loop = await openLoop({ driver });
    let calls = 0;
    const waker = loop.waker(() => {
      calls++;
      waker.close();
    });
    const code = `
      const word = new Int32Array(require("node:worker_threads").workerData);
      Atomics.compareExchange(word, 0, 0, 1);
    `;
    const worker = new Worker(code, { eval: true, workerData: waker.token });
    await once(worker, "online");
    loop.runSync();
    expect(calls).toBe(1);
    await once(worker, "exit");
  });

  it("calls back after a signal", async () => {
    using loop = await openLoop({ driver });
    const far = loop.callLater(3_600_000, () => {});
    let calls = 0;
    const hook = loop.onSignal("SIGUSR2", () => {
      calls++;
      hook.cancel();
      far.cancel();
    });
    expect(() => loop.runSync()).toThrow(StateError);
    process.kill(process.pid, "SIGUSR2");
    await loop.run();
    expect(calls).toBe(1);
    expect(process.listenerCount("SIGUSR2")).toBe(0);
    expect(() => loop.onSignal("SIGNIFICANT" as never, () => {})).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_ARG_VALUE", message: expect.stringContaining("SIGNIFICANT") }),
    );
    expect(() => loop.onSignal("SIGKILL" as never, () => {})).toThrow(/SIGKILL/);
  });
});

const MILLION = 1_000_000;

describe("virtual time", () => {
  it("fires every timer at its exact millisecond", async () => {
    using driver = new DisposableDriver();
    using loop = await openLoop({ driver });
    const late: number[] = [];
    for (let count = 0; count < 5000; count++) {
      const delay = (count * 7919) % 100_003;
      const due = Math.ceil(loop.now() + delay);
      loop.callLater(delay, () => {
        if (delay > 0 && Math.floor(loop.now()) !== due) late.push(due);
      });
    }
    loop.runSync();
    expect(late).toEqual([]);
  });

  it("sleeps once for the timers of one millisecond", async () => {
    using driver = new DisposableDriver();
    using loop = await openLoop({ driver });
    let [waits, calls] = [0, 0];
    loop.onPrepare(() => waits++);
    const time = Math.ceil(loop.now()) + 50;
    for (let count = 0; count < 200; count++) loop.callAt(time, () => calls++);
    loop.runSync();
    expect(calls).toBe(200);
    expect(waits).toBeLessThanOrEqual(4);
  });

  it("sets and cancels 1,000,000 timers, in any order", async () => {
    using driver = new DisposableDriver();
    using loop = await openLoop({ driver });
    let fired = 0;
    const delay = (index: number) => 1 + ((index * 7919) % 1_000_003);
    const timers = Array.from({ length: MILLION }, (_, index) => loop.callLater(delay(index), () => fired++));
    for (let index = 0; index < MILLION; index++) timers[(index * 31) % MILLION].cancel();
    expect(timers.filter(({ isActive }) => isActive)).toEqual([]);
    loop.runSync();
    expect(fired).toBe(0);
  });

  it("fires 1,000,000 timers in order, each once, and no cancelled one", async () => {
    using driver = new DisposableDriver();
    using loop = await openLoop({ driver });
    let [fired, last] = [0, -1];
    const cancelled: Timer[] = [];
    for (let count = 0; count < MILLION; count++) {
      const due = Math.ceil(loop.now()) + 1 + ((count * 7919) % 1_000_003);
      loop.callAt(due, () => {
        fired++;
        if (due < last || loop.now() < due) throw new Error(`${due} after ${last}, at ${loop.now()}`);
        last = due;
      });
      if (count % 10 === 0) cancelled.push(loop.callAt(due, () => fired++));
    }
    for (const timer of cancelled) timer.cancel();
    loop.runSync();
    expect([fired, loop.errors]).toEqual([MILLION, []]);
  });
});

describe("the default loop", () => {
  it("is one for all callers, and another after it was disposed", async () => {
    const [one, same] = await Promise.all([defaultLoop(), defaultLoop()]);
    expect(same === one).toBe(true);
    one.dispose();
    const next = await defaultLoop();
    expect(next === one).toBe(false);
    next.dispose();
  });

  it("refuses options that it does not have", async () => {
    await expect(Loop.open({ onEror: () => {} } as never)).rejects.toMatchObject({
      code: "ERR_INVALID_ARG_VALUE",
      message: expect.stringContaining("onError"),
    });
    await expect(Loop.open({ maxPerTurn: 0 })).rejects.toMatchObject({ message: expect.stringContaining("0") });
    await expect(Loop.open({ onError: 5 as never })).rejects.toMatchObject({ code: "ERR_INVALID_ARG_TYPE" });
  });
});

class DisposableDriver extends SimulatedDriver implements Disposable {
  [Symbol.dispose](): void {
    this.dispose();
  }
}
