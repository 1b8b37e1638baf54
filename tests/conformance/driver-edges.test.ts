/**
 * The contract of drivers: queues of wakeups. driver-wakeups.test.ts has the events that are wakeups,
 * driver-poll.test.ts the sleeps.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ERR, HUP, IN, OUT, RDHUP } from "../../wasi-host/abi/readiness.ts";
import type { EdgeQueue } from "../../wasi-host/drivers/contract/driver.ts";
import { DRIVERS, outcome, Rig, type Wakeup } from "./driver-rig.ts";

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
  /** The keys of the queued wakeups, in order. */
  const keys = () => taken().map(({ key }) => key);
  const wakeup = (key: number, mask: number, ready: number): Wakeup => ({ key, mask, ready });

  describe("queues", () => {
    it("nothing for readiness from before arming", () => {
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

    it("several wakeups as one, and another after it is taken, even if nothing was read", () => {
      const [one, other] = rig.driver.socketPair();
      arm(one, IN);
      for (const text of ["a", "b", "c"]) rig.send(other, text);
      expect(taken()).toEqual([wakeup(one, IN, IN)]);
      rig.send(other, "d");
      expect(taken()).toEqual([wakeup(one, IN, IN)]);
    });

    it("several wakeups as one, even if another descriptor is armed in between", () => {
      const [one, other] = rig.driver.socketPair();
      arm(one, IN);
      rig.send(other, "x");
      arm(other, IN);
      rig.send(other, "y");
      expect(taken()).toEqual([wakeup(one, IN, IN)]);
      expect(taken()).toEqual([]);
    });

    it("wakeups that do not fit, until they do", () => {
      const [one, other] = rig.driver.socketPair();
      arm(one, IN);
      rig.send(other, "x");
      arm(other, IN); // by now the posix driver has taken the wakeup from the kernel
      expect(edges.take(new DataView(new ArrayBuffer(8)), 0, 0)).toBe(0);
      expect(taken()).toEqual([wakeup(one, IN, IN)]);
    });

    it("wakeups of many masks, whichever has the most descriptors, and sleeps until one comes", () => {
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

    it("wakeups once if armed twice", () => {
      const [one, other] = rig.driver.socketPair();
      arm(one, IN);
      arm(one, IN);
      rig.send(other, "x");
      expect(taken()).toHaveLength(1);
    });

    it("nothing whose readiness is gone when it is taken, but later wakeups", () => {
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

    it("wakeups that do not fit the reader's buffer for the next read", () => {
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
    it("a disarmed mask with its queued wakeups", () => {
      const [one, other] = rig.driver.socketPair();
      arm(one, IN);
      arm(one, IN | OUT);
      rig.send(other, "x");
      edges.disarm(one, IN, one);
      expect(taken()).toEqual([wakeup(one, IN | OUT, IN | OUT)]);
      rig.send(other, "y");
      expect(taken()).toEqual([wakeup(one, IN | OUT, IN | OUT)]);
    });

    it("all masks of a key at once, and keeps those of others", () => {
      const [one, other] = rig.driver.socketPair();
      for (const handle of [one, other]) for (const mask of [IN, OUT]) arm(handle, mask);
      rig.send(other, "x");
      rig.send(one, "y");
      // The contract requires the close directly after it.
      edges.forget(one, one);
      rig.driver.close(one);
      expect(taken()).toEqual([wakeup(other, IN, IN | ERR | HUP), wakeup(other, OUT, OUT | ERR | HUP)]);
    });

    // As in fd_renumber.
    it("a key whose handle stays open, and that another handle gets", () => {
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

    it("wakeups for good: arming again starts anew", () => {
      const [one, other] = rig.driver.socketPair();
      arm(one, IN);
      rig.send(other, "x");
      edges.disarm(one, IN, one);
      arm(one, IN);
      expect(taken()).toEqual([]);
      rig.send(other, "y");
      expect(taken()).toEqual([wakeup(one, IN, IN)]);
    });

    it("a closed handle whose number and key another one gets", () => {
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

  it("refuses a closed handle", () => {
    expect(outcome(edges.arm(999_999, IN, 0))).toBe("EBADF");
  });

  /** Masks that all concern data: IN, with bits that never occur, to distinguish them. */
  const BITS = [0x0002, 0x0020, 0x0080, 0x0400, 0x0800, 0x1000, 0x4000, 0x0040];
  const manyMasks = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      BITS.reduce((mask, bit, place) => mask | (((index >> place) & 1) * bit), IN),
    );

  /** The masks of all queued records. */
  const allMasks = () => {
    const masks: number[] = [];
    for (let records = taken(); records.length > 0; records = taken()) masks.push(...records.map(({ mask }) => mask));
    return masks;
  };

  it("accepts any number of masks, each with its own wakeups", () => {
    const [one, other] = rig.driver.socketPair();
    const masks = manyMasks(200);
    for (const mask of masks) arm(one, mask);
    expect(taken()).toEqual([]);
    rig.send(other, "x");
    const heard = allMasks();
    expect(heard).toHaveLength(200);
    expect(new Set(heard)).toEqual(new Set(masks));
    expect(taken()).toEqual([]);
    for (const mask of masks.slice(50, 150)) edges.disarm(one, mask, one);
    rig.send(other, "y");
    expect(new Set(allMasks())).toEqual(new Set([...masks.slice(0, 50), ...masks.slice(150)]));
    edges.forget(one, one);
    rig.send(other, "z");
    expect(taken()).toEqual([]);
  });

  it("separates masks again after others are disarmed", () => {
    const [one, other] = rig.driver.socketPair();
    const masks = manyMasks(100);
    for (const mask of masks) arm(one, mask);
    for (const mask of masks) edges.disarm(one, mask, one);
    arm(one, OUT);
    rig.send(other, "x");
    expect(taken()).toEqual([]);
  });

  it("reports many masks to a guest with room for one record", () => {
    const [one, other] = rig.driver.socketPair();
    const masks = manyMasks(80);
    for (const mask of masks) arm(one, mask);
    rig.send(other, "x");
    const heard = new Set<number>();
    const record = new DataView(new ArrayBuffer(8));
    while (edges.take(record, 0, 1) === 1) heard.add(record.getUint16(4, true));
    expect(heard).toEqual(new Set(masks));
  });

  it("ends a sleep for the 65th mask and for those after it", () => {
    for (const mask of manyMasks(90)) {
      const [one, other] = rig.driver.socketPair();
      arm(one, mask);
      rig.send(other, "x");
      expect(edges.park(1e9)).toBe(1);
      expect(taken()).toEqual([wakeup(one, mask, IN | (mask & 0x40))]);
    }
  });

  it("is independent of another queue on the same handles", () => {
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
