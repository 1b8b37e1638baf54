/** The contract of drivers: the duration of poll's and park's sleeps by the driver's own clock, and what ends them. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { IN, OUT, RDHUP } from "../../wasi-host/abi/readiness.ts";
import type { EdgeQueue } from "../../wasi-host/drivers/contract/driver.ts";
import { pollfds, revents, setPollfd } from "../../wasi-host/drivers/contract/pollfd.ts";
import { DRIVERS, Rig } from "./driver-rig.ts";

const MILLISECOND = 1e6;

describe.each(DRIVERS)("on the %s driver", (_, open) => {
  let rig: Rig;
  beforeEach(async () => {
    rig = new Rig(await open());
  });
  afterEach(() => rig.driver.dispose());

  describe("a poll", () => {
    it("returns at once if something is ready, whatever its timeout", () => {
      const [one] = rig.driver.socketPair();
      const before = rig.now();
      expect(rig.poll(one, OUT, Infinity)).toBe(1);
      expect(rig.poll(one, OUT, 3600e9)).toBe(1);
      expect(rig.now() - before).toBeLessThan(1_000_000_000n);
    });

    it.each([1, 900_000, 1.5 * MILLISECOND, 20 * MILLISECOND])(
      "with nothing ready for %d ns never returns early",
      (timeout) => {
        const [one] = rig.driver.socketPair();
        const before = rig.now();
        for (let left = timeout; left > 0; left = timeout - Number(rig.now() - before)) {
          expect(rig.poll(one, IN, left)).toBe(0);
        }
        const slept = Number(rig.now() - before);
        expect(slept).toBeGreaterThanOrEqual(timeout);
        // One sleep is enough; the loop is only for signals.
        expect(rig.poll(one, IN, timeout)).toBe(0);
        expect(Number(rig.now() - before)).toBeGreaterThanOrEqual(2 * timeout);
      },
    );

    it("without entries is a sleep", () => {
      const before = rig.now();
      expect(rig.driver.poll(pollfds(1), 0, 2 * MILLISECOND)).toBe(0);
      expect(Number(rig.now() - before)).toBeGreaterThanOrEqual(2 * MILLISECOND);
    });

    it("ends without entries when a wakeup is queued", () => {
      const [one, other] = rig.driver.socketPair();
      const edges = rig.driver.edges();
      edges.arm(one, IN, one);
      rig.send(other, "x");
      const before = rig.now();
      expect(rig.poll(one, RDHUP, 60e9, edges)).toBe(0);
      expect(Number(rig.now() - before)).toBeLessThan(10e9);
      expect(rig.poll(one, IN, 60e9, edges)).toBe(1);
      expect(rig.take(edges)).toEqual([{ key: one, mask: IN, ready: IN }]);
      expect(rig.poll(one, RDHUP, MILLISECOND, edges)).toBe(0);
    });
  });

  describe("an asynchronous poll", () => {
    const never = new AbortController().signal;
    const start = (handle: number, events: number, timeout: number, cancel = never) => {
      const fds = pollfds(1);
      setPollfd(fds, 0, handle, events);
      return rig.driver.pollAsync(fds, 1, timeout, undefined, cancel).then((count) => [count, revents(fds, 0)]);
    };

    it("resolves at once with ready entries", async () => {
      const [one] = rig.driver.socketPair();
      expect(await start(one, IN | OUT, Infinity)).toEqual([1, OUT]);
    });

    it("resolves when another caller makes it ready", async () => {
      const [one, other] = rig.driver.socketPair();
      const waiting = start(one, IN, Infinity);
      await new Promise((resolve) => setTimeout(resolve, 5));
      rig.send(other, "x");
      expect(await waiting).toEqual([1, IN]);
    });

    it("resolves with 0 at the timeout, not before", async () => {
      const [one] = rig.driver.socketPair();
      const before = rig.now();
      expect(await start(one, IN, 3 * MILLISECOND)).toEqual([0, 0]);
      expect(Number(rig.now() - before)).toBeGreaterThanOrEqual(3 * MILLISECOND);
    });

    it("resolves with 0 when cancelled, before or during the wait", async () => {
      const [one] = rig.driver.socketPair();
      expect(await start(one, OUT, Infinity, AbortSignal.abort())).toEqual([0, 0]);
      const cancel = new AbortController();
      const waiting = start(one, IN, Infinity, cancel.signal);
      await new Promise((resolve) => setTimeout(resolve, 5));
      cancel.abort();
      expect(await waiting).toEqual([0, 0]);
    });

    it("resolves when a wakeup is queued", async () => {
      const [one, other] = rig.driver.socketPair();
      const edges = rig.driver.edges();
      edges.arm(one, IN, 7);
      const waiting = rig.driver.pollAsync(pollfds(1), 0, Infinity, edges, never);
      await new Promise((resolve) => setTimeout(resolve, 5));
      rig.send(other, "x");
      expect(await waiting).toBe(0);
      expect(rig.take(edges)).toEqual([{ key: 7, mask: IN, ready: IN }]);
    });
  });

  describe("park", () => {
    let edges: EdgeQueue;
    beforeEach(() => {
      edges = rig.driver.edges();
    });
    it("returns 1 at once if a wakeup is queued, and keeps it queued", () => {
      const [one, other] = rig.driver.socketPair();
      edges.arm(one, IN, one);
      rig.send(other, "x");
      expect(edges.park(Infinity)).toBe(1);
      expect(edges.park(0)).toBe(1);
      expect(rig.take(edges)).toEqual([{ key: one, mask: IN, ready: IN }]);
      expect(edges.park(0)).toBe(0);
    });

    it("finds the wakeups of every mask", () => {
      const [one, other] = rig.driver.socketPair();
      edges.arm(one, OUT, one);
      edges.arm(one, IN, one);
      edges.arm(one, IN | RDHUP, one);
      rig.send(other, "x");
      expect(edges.park(Infinity)).toBe(1);
      expect(rig.take(edges).map(({ mask }) => mask)).toEqual([IN, IN | RDHUP]);
    });

    it.each([1, 1.5 * MILLISECOND, 10 * MILLISECOND])("sleeps at least %d ns if nothing is queued", (timeout) => {
      const [one] = rig.driver.socketPair();
      edges.arm(one, IN, one);
      const before = rig.now();
      expect(edges.park(timeout)).toBe(0);
      expect(Number(rig.now() - before)).toBeGreaterThanOrEqual(timeout);
    });

    it("sleeps if the readiness of a queued wakeup is gone", () => {
      const [one, other] = rig.driver.socketPair();
      edges.arm(one, IN, one);
      rig.send(other, "x");
      rig.recv(one);
      expect(edges.park(MILLISECOND)).toBe(0);
    });
  });
});
