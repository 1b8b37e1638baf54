/** The contract of drivers: queues of wakeups. What a wakeup is: driver-wakeups.test.ts; sleep: driver-poll.test.ts. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EdgeQueue } from "../../wasi-host/drivers/driver.ts";
import { DRIVERS, outcome, Rig, type Wakeup } from "./driver-rig.ts";

const [IN, OUT, ERR, HUP, RDHUP] = [1, 4, 8, 0x10, 0x2000];

describe.each(DRIVERS)("a queue of wakeups on the %s driver", (_driver, open) => {
  let rig: Rig;
  let edges: EdgeQueue;
  beforeEach(async () => {
    rig = new Rig(await open());
    edges = rig.driver.edges();
  });
  afterEach(() => {
    edges.close();
    rig.driver.dispose();
  });

  const arm = (handle: number, mask: number, key = handle) => expect(edges.arm(handle, mask, key)).toBe(0);
  const taken = (queue = edges) => rig.take(queue);
  /** The keys of what is queued, in order. */
  const keys = () => taken().map(({ key }) => key);
  const wakeup = (key: number, mask: number, ready: number): Wakeup => ({ key, mask, ready });

  describe("queues", () => {
    it("nothing for what was ready when it was armed", () => {
      const [one, other] = rig.driver.socketPair();
      rig.send(other, "x");
      for (const mask of [IN, OUT, IN | OUT, IN | RDHUP]) arm(one, mask);
      expect(taken()).toEqual([]);
      rig.send(other, "y");
      expect(taken().map(({ mask }) => mask)).toEqual([IN, IN | OUT, IN | RDHUP]);
    });

    it("a wakeup under the key that the handle was armed with, with the readiness under the mask", () => {
      const [one, other] = rig.driver.socketPair();
      arm(one, IN | OUT, 0xfffe);
      rig.send(other, "x");
      expect(taken()).toEqual([wakeup(0xfffe, IN | OUT, IN | OUT)]);
      expect(taken()).toEqual([]);
    });

    it("several wakeups as one, and another one after it was taken, though nothing was read", () => {
      const [one, other] = rig.driver.socketPair();
      arm(one, IN);
      for (const text of ["a", "b", "c"]) rig.send(other, text);
      expect(taken()).toEqual([wakeup(one, IN, IN)]);
      rig.send(other, "d");
      expect(taken()).toEqual([wakeup(one, IN, IN)]);
    });

    it("several wakeups as one, though something was armed in between", () => {
      const [one, other] = rig.driver.socketPair();
      arm(one, IN);
      rig.send(other, "x");
      arm(other, IN);
      rig.send(other, "y");
      expect(taken()).toEqual([wakeup(one, IN, IN)]);
      expect(taken()).toEqual([]);
    });

    it("what there was no room for, until there is", () => {
      const [one, other] = rig.driver.socketPair();
      arm(one, IN);
      rig.send(other, "x");
      arm(other, IN); // by now the posix driver has taken the wakeup out of the kernel
      expect(edges.take(new DataView(new ArrayBuffer(8)), 0, 0)).toBe(0);
      expect(taken()).toEqual([wakeup(one, IN, IN)]);
    });

    it("wakeups of many masks, whichever of them has the most descriptors, and sleeps until one comes", () => {
      const pairs = Array.from({ length: 40 }, () => rig.driver.socketPair());
      arm(pairs[0][0], IN);
      arm(pairs[1][0], IN | OUT);
      for (const [one] of pairs.slice(2, 20)) arm(one, IN | RDHUP);
      for (const [one] of pairs.slice(20)) arm(one, IN | OUT | RDHUP);
      for (const [one, other] of pairs) {
        rig.send(other, "x");
        expect(edges.park(1e9)).toBe(1);
        expect(keys()).toEqual([one]);
      }
    });

    it("what was armed twice once", () => {
      const [one, other] = rig.driver.socketPair();
      arm(one, IN);
      arm(one, IN);
      rig.send(other, "x");
      expect(taken()).toHaveLength(1);
    });

    it("nothing that has come to nothing when it is taken, and everything that happens then", () => {
      const [one, other] = rig.driver.socketPair();
      arm(one, IN);
      rig.send(other, "x");
      rig.recv(one);
      expect(taken()).toEqual([]);
      rig.send(other, "y");
      expect(taken()).toEqual([wakeup(one, IN, IN)]);
    });

    it("the readiness at the time of taking, errors and hangups included", () => {
      const [one, other] = rig.driver.socketPair();
      arm(one, IN);
      rig.send(other, "x");
      rig.send(one, "lost");
      rig.driver.close(other);
      expect(taken()).toEqual([wakeup(one, IN, IN | ERR | HUP)]);
    });

    it("handles in the order of their first wakeups, under one mask", () => {
      const pairs = [1, 2, 3, 4].map(() => rig.driver.socketPair());
      for (const [one] of pairs) arm(one, IN);
      for (const index of [2, 0, 3, 0, 1, 2]) rig.send(pairs[index][1], "x");
      expect(keys()).toEqual([2, 0, 3, 1].map((index) => pairs[index][0]));
    });

    it("what does not fit into the reader's room for the next time", () => {
      const pairs = [1, 2, 3].map(() => rig.driver.socketPair());
      for (const [one, other] of pairs) {
        arm(one, IN);
        rig.send(other, "x");
      }
      const all = pairs.map(([one]) => wakeup(one, IN, IN));
      expect(rig.take(edges, 2)).toEqual(all.slice(0, 2));
      expect(rig.take(edges, 2)).toEqual(all.slice(2));
    });

    it("more than one batch of the kernel's", () => {
      const pairs = Array.from({ length: 600 }, () => rig.driver.socketPair());
      for (const [one, other] of pairs) {
        arm(one, IN);
        rig.send(other, "x");
      }
      const found: number[] = [];
      for (let some = keys(); some.length > 0; some = keys()) found.push(...some);
      expect(found).toEqual(pairs.map(([one]) => one));
    });
  });

  describe("forgets", () => {
    it("one mask that is disarmed, with what was queued under it", () => {
      const [one, other] = rig.driver.socketPair();
      arm(one, IN);
      arm(one, IN | OUT);
      rig.send(other, "x");
      edges.disarm(one, IN, one);
      expect(taken()).toEqual([wakeup(one, IN | OUT, IN | OUT)]);
      rig.send(other, "y");
      expect(taken()).toEqual([wakeup(one, IN | OUT, IN | OUT)]);
    });

    it("all masks of a key at once, and keeps what others have queued", () => {
      const [one, other] = rig.driver.socketPair();
      for (const handle of [one, other]) for (const mask of [IN, OUT]) arm(handle, mask);
      rig.send(other, "x");
      rig.send(one, "y");
      // The contract wants the close right after it.
      edges.forget(one, one);
      rig.driver.close(one);
      expect(taken()).toEqual([wakeup(other, IN, IN | ERR | HUP), wakeup(other, OUT, OUT | ERR | HUP)]);
    });

    // As fd_renumber does it.
    it("a key whose handle stays open, and goes to another one", () => {
      const [one, other] = rig.driver.socketPair();
      const [another] = rig.driver.socketPair();
      arm(one, IN, 5);
      edges.forget(one, 5);
      arm(another, IN, 5);
      rig.send(other, "x");
      expect(taken()).toEqual([]);
    });

    it("nothing that was never armed", () => {
      const [one, other] = rig.driver.socketPair();
      arm(one, IN);
      edges.disarm(one, OUT, one);
      edges.disarm(other, IN, other);
      edges.forget(other, other);
      rig.send(other, "x");
      expect(taken()).toEqual([wakeup(one, IN, IN)]);
    });

    it("for good: what is armed again begins anew", () => {
      const [one, other] = rig.driver.socketPair();
      arm(one, IN);
      rig.send(other, "x");
      edges.disarm(one, IN, one);
      arm(one, IN);
      expect(taken()).toEqual([]);
      rig.send(other, "y");
      expect(taken()).toEqual([wakeup(one, IN, IN)]);
    });

    it("a closed handle, whose number and key go to another one", () => {
      const [one, other] = rig.driver.socketPair();
      arm(one, IN, 5);
      rig.send(other, "x");
      edges.forget(one, 5);
      rig.driver.close(one);
      rig.driver.close(other);
      const again = rig.driver.socketPair();
      expect(again).toContain(one);
      const peer = again.find((handle) => handle !== one)!;
      arm(one, IN, 5);
      expect(taken()).toEqual([]);
      rig.send(peer, "y");
      expect(taken()).toEqual([wakeup(5, IN, IN)]);
    });
  });

  it("refuses a handle that is not open, and more masks than it has room for", () => {
    expect(outcome(edges.arm(999_999, IN, 0))).toBe("EBADF");
    const [one, other] = rig.driver.socketPair();
    const masks = Array.from({ length: 64 }, (_, index) => IN | ((index & 31) << 5) | ((index & 32) << 8));
    for (const mask of masks) arm(one, mask);
    expect(outcome(edges.arm(one, OUT, one))).toBe("ENOSPC");
    arm(other, IN);
    rig.send(other, "x");
    expect(taken().map(({ mask }) => mask)).toEqual(masks);
  });

  it("is independent of another one on the same handles", () => {
    const [one, other] = rig.driver.socketPair();
    const second = rig.driver.edges();
    arm(one, IN);
    second.arm(one, IN, 77);
    rig.send(other, "x");
    expect(taken()).toEqual([wakeup(one, IN, IN)]);
    expect(taken(second)).toEqual([wakeup(77, IN, IN)]);
    second.disarm(one, IN, 77);
    rig.send(other, "y");
    expect(taken()).toEqual([wakeup(one, IN, IN)]);
    expect(taken(second)).toEqual([]);
    second.arm(one, IN, 77);
    edges.close();
    rig.send(other, "z");
    expect(taken(second)).toEqual([wakeup(77, IN, IN)]);
    second.close();
    edges = rig.driver.edges();
  });
});
