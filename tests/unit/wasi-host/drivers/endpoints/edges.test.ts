/** Queues of wakeups by (key, mask), over endpoints whose readiness is set by hand. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Errno } from "../../../../../wasi-host/abi/errno.ts";
import { ERR, HUP, IN, OUT, RDHUP } from "../../../../../wasi-host/abi/readiness.ts";
import { EndpointEdges } from "../../../../../wasi-host/drivers/endpoints/edges.ts";
import { DATA_READY, STATE_CHANGE, WRITE_SPACE } from "../../../../../wasi-host/drivers/endpoints/endpoint.ts";
import { Handles } from "../../../../../wasi-host/drivers/endpoints/handles.ts";
import { FakeEndpoint, sleepOf } from "./fake-endpoint.ts";

function rig(count = 3, step?: () => boolean) {
  const handles = new Handles(100);
  const edges = new EndpointEdges(handles, sleepOf(step));
  const endpoints = Array.from({ length: count }, () => new FakeEndpoint());
  for (const endpoint of endpoints) handles.insert(endpoint);
  return { handles, edges, endpoints };
}

/** Everything queued, as [key, mask, readiness]. */
function take(edges: EndpointEdges, room = 100): number[][] {
  const view = new DataView(new ArrayBuffer(8 * room));
  const count = edges.take(view, 0, room);
  return Array.from({ length: count }, (_, index) => [
    view.getUint32(index * 8, true),
    view.getUint16(index * 8 + 4, true),
    view.getUint16(index * 8 + 6, true),
  ]);
}

/** Ready for these bits, and the wakeup that says so. */
function wake(endpoint: FakeEndpoint, ready: number, key: number = STATE_CHANGE): void {
  endpoint.ready = ready;
  endpoint.wake(key);
}

describe("arming", () => {
  it("queues nothing, even if the endpoint is ready", () => {
    const { edges, endpoints } = rig();
    endpoints[0].ready = IN;
    expect(edges.arm(3, IN, 70)).toBe(0);
    expect([edges.pending, take(edges)]).toEqual([false, []]);
  });

  it("twice queues each wakeup once", () => {
    const { edges, endpoints } = rig();
    edges.arm(3, IN, 70);
    edges.arm(3, IN, 70);
    wake(endpoints[0], IN);
    expect(take(edges)).toEqual([[70, IN, IN]]);
  });

  it("refuses a closed handle with EBADF", () => {
    expect(rig().edges.arm(50, IN, 70)).toBe(-Errno.BADF);
  });

  it("looks at the endpoint, so that a full one notes the waiter", () => {
    const { edges, endpoints } = rig();
    let looks = 0;
    endpoints[0].level = () => ++looks && 0;
    edges.arm(3, OUT, 70);
    expect(looks).toBe(1);
  });
});

describe("a wakeup", () => {
  it("is queued with its key, its mask, and the readiness under the mask", () => {
    const { edges, endpoints } = rig();
    edges.arm(3, IN, 70);
    wake(endpoints[0], IN | OUT);
    expect(take(edges)).toEqual([[70, IN, IN]]);
  });

  it("is taken once", () => {
    const { edges, endpoints } = rig();
    edges.arm(3, IN, 70);
    wake(endpoints[0], IN);
    take(edges);
    expect(take(edges)).toEqual([]);
  });

  it("is queued again when it repeats, even if the first was not handled", () => {
    const { edges, endpoints } = rig();
    edges.arm(3, IN, 70);
    wake(endpoints[0], IN, DATA_READY);
    take(edges);
    wake(endpoints[0], IN, DATA_READY);
    expect(take(edges)).toEqual([[70, IN, IN]]);
  });

  it("is queued once while pending, however often it occurs", () => {
    const { edges, endpoints } = rig();
    edges.arm(3, IN, 70);
    for (let count = 0; count < 5; count++) wake(endpoints[0], IN, DATA_READY);
    expect(take(edges)).toHaveLength(1);
  });

  it("passes only masks that have one of its bits", () => {
    const { edges, endpoints } = rig();
    edges.arm(3, IN, 70);
    edges.arm(3, OUT, 70);
    wake(endpoints[0], IN | OUT, DATA_READY);
    expect(take(edges)).toEqual([[70, IN, IN]]);
    wake(endpoints[0], IN | OUT, WRITE_SPACE);
    expect(take(edges)).toEqual([[70, OUT, OUT]]);
  });

  it.each([ERR, HUP])("of 0x%x passes every mask, because errors and hangups are always included", (bit) => {
    const { edges, endpoints } = rig();
    edges.arm(3, IN, 70);
    edges.arm(3, RDHUP, 70);
    wake(endpoints[0], bit, bit);
    expect(take(edges)).toEqual([
      [70, IN, bit],
      [70, RDHUP, bit],
    ]);
  });

  it("is dropped if its readiness is gone when it is taken", () => {
    const { edges, endpoints } = rig();
    edges.arm(3, IN, 70);
    wake(endpoints[0], IN);
    endpoints[0].ready = 0;
    expect([edges.pending, take(edges)]).toEqual([false, []]);
  });

  it("keeps its place in the queue when it repeats", () => {
    const { edges, endpoints } = rig();
    for (const handle of [3, 4]) edges.arm(handle, IN, handle);
    for (const index of [0, 1, 0]) wake(endpoints[index], IN);
    expect(take(edges).map(([key]) => key)).toEqual([3, 4]);
  });

  it("goes to the tail when it repeats after it was taken", () => {
    const { edges, endpoints } = rig();
    for (const handle of [3, 4]) edges.arm(handle, IN, handle);
    for (const index of [0, 1]) wake(endpoints[index], IN);
    expect(take(edges, 1)).toEqual([[3, IN, IN]]);
    wake(endpoints[0], IN);
    expect(take(edges).map(([key]) => key)).toEqual([4, 3]);
  });

  it("is queued for each key under which the handle is armed", () => {
    const { edges, endpoints } = rig();
    edges.arm(3, IN, 70);
    edges.arm(3, IN, 71);
    wake(endpoints[0], IN);
    expect(
      take(edges)
        .map(([key]) => key)
        .sort(),
    ).toEqual([70, 71]);
  });

  it("is queued in each queue in which the handle is armed", () => {
    const { handles, edges, endpoints } = rig();
    const other = new EndpointEdges(handles, sleepOf());
    edges.arm(3, IN, 70);
    other.arm(3, IN, 80);
    wake(endpoints[0], IN);
    expect([take(edges), take(other)]).toEqual([[[70, IN, IN]], [[80, IN, IN]]]);
  });
});

describe("taking", () => {
  it("moves as many records as fit and keeps the rest", () => {
    const { edges, endpoints } = rig();
    for (const handle of [3, 4, 5]) edges.arm(handle, IN, handle);
    for (const endpoint of endpoints) wake(endpoint, IN);
    expect(take(edges, 2).map(([key]) => key)).toEqual([3, 4]);
    expect(take(edges, 2).map(([key]) => key)).toEqual([5]);
  });

  it("writes records at the offset and nowhere else", () => {
    const { edges, endpoints } = rig();
    edges.arm(3, IN, 70);
    wake(endpoints[0], IN);
    const bytes = new Uint8Array(24).fill(0xff);
    expect(edges.take(new DataView(bytes.buffer), 8, 1)).toBe(1);
    expect([...bytes]).toEqual([...Array(8).fill(0xff), 70, 0, 0, 0, IN, 0, IN, 0, ...Array(8).fill(0xff)]);
  });
});

describe("ending", () => {
  it("disarming a mask drops its wakeups and keeps other masks", () => {
    const { edges, endpoints } = rig();
    edges.arm(3, IN, 70);
    edges.arm(3, OUT, 70);
    wake(endpoints[0], IN | OUT);
    edges.disarm(3, IN, 70);
    expect(take(edges)).toEqual([[70, OUT, OUT]]);
    wake(endpoints[0], IN | OUT);
    expect(take(edges)).toEqual([[70, OUT, OUT]]);
  });

  it("forgetting a key disarms all its masks and keeps other keys", () => {
    const { edges, endpoints } = rig();
    edges.arm(3, IN, 70);
    edges.arm(3, OUT, 70);
    edges.arm(3, IN, 71);
    wake(endpoints[0], IN | OUT);
    edges.forget(3, 70);
    wake(endpoints[0], IN | OUT);
    expect(take(edges)).toEqual([[71, IN, IN]]);
  });

  it("closing a handle drops its wakeups and keeps those of others", () => {
    const { handles, edges, endpoints } = rig();
    for (const handle of [3, 4, 5]) edges.arm(handle, IN, handle);
    for (const endpoint of endpoints) wake(endpoint, IN);
    handles.close(4, false);
    expect(take(edges).map(([key]) => key)).toEqual([3, 5]);
  });

  it("closing one queue keeps the watches of another", () => {
    const { handles, edges, endpoints } = rig();
    const other = new EndpointEdges(handles, sleepOf());
    edges.arm(3, IN, 70);
    other.arm(3, IN, 80);
    edges.close();
    wake(endpoints[0], IN);
    expect([take(edges), take(other)]).toEqual([[], [[80, IN, IN]]]);
  });

  it("disarming or forgetting an unarmed or closed handle does nothing", () => {
    const { edges, endpoints } = rig();
    edges.arm(3, IN, 70);
    edges.disarm(3, OUT, 70);
    edges.disarm(3, IN, 99);
    edges.disarm(50, IN, 70);
    edges.forget(50, 70);
    wake(endpoints[0], IN);
    expect(take(edges)).toHaveLength(1);
  });
});

describe("parking", () => {
  it("returns 1 at once if a wakeup is queued", () => {
    const { edges, endpoints } = rig(3, () => {
      throw new Error("slept");
    });
    edges.arm(3, IN, 70);
    wake(endpoints[0], IN);
    expect(edges.park(Infinity)).toBe(1);
  });

  it("returns 0 at once for a timeout of 0, without a sleep", () => {
    const { edges } = rig(3, () => {
      throw new Error("slept");
    });
    expect(edges.park(0)).toBe(0);
  });

  it("sleeps until a wakeup is queued", () => {
    let steps = 0;
    const { edges, endpoints } = rig(3, () => {
      if (++steps === 3) wake(endpoints[0], IN);
      return true;
    });
    edges.arm(3, IN, 70);
    expect([edges.park(Infinity), steps]).toEqual([1, 3]);
  });

  it("returns 0 at the timeout", () => {
    let steps = 0;
    expect([rig(3, () => ++steps < 3).edges.park(1000), steps]).toEqual([0, 3]);
  });

  it("keeps sleeping if a wakeup's readiness is gone", () => {
    let steps = 0;
    const { edges, endpoints } = rig(3, () => {
      wake(endpoints[0], IN);
      endpoints[0].ready = 0;
      return ++steps < 4;
    });
    edges.arm(3, IN, 70);
    expect([edges.park(1000), steps]).toEqual([0, 4]);
  });
});

it("behaves like a queue without duplicates for each mask, for any sequence of operations", () => {
  const masks = [IN, OUT, IN | RDHUP];
  const step = fc.oneof(
    fc.record({ do: fc.constant("arm" as const), index: fc.nat({ max: 2 }), mask: fc.constantFrom(...masks) }),
    fc.record({
      do: fc.constant("wake" as const),
      index: fc.nat({ max: 2 }),
      ready: fc.constantFrom(0, IN, OUT, IN | OUT),
    }),
    fc.record({ do: fc.constant("disarm" as const), index: fc.nat({ max: 2 }), mask: fc.constantFrom(...masks) }),
    fc.record({ do: fc.constant("forget" as const), index: fc.nat({ max: 2 }) }),
    fc.record({ do: fc.constant("take" as const), room: fc.nat({ max: 4 }) }),
  );
  const alike = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const { edges, endpoints } = rig();
    /** In the order in which each mask was armed first. */
    const queues = new Map<number, number[]>();
    const armed = new Set<string>();
    const strike = (index: number, mask: number) => {
      armed.delete(`${index} ${mask}`);
      queues.set(
        mask,
        (queues.get(mask) ?? []).filter((other) => other !== index),
      );
    };
    for (const what of steps) {
      if (what.do === "arm") {
        edges.arm(what.index + 3, what.mask, what.index);
        armed.add(`${what.index} ${what.mask}`);
        if (!queues.has(what.mask)) queues.set(what.mask, []);
      } else if (what.do === "wake") {
        wake(endpoints[what.index], what.ready);
        for (const [mask, queue] of queues) {
          if (armed.has(`${what.index} ${mask}`) && !queue.includes(what.index)) queue.push(what.index);
        }
      } else if (what.do === "disarm") {
        edges.disarm(what.index + 3, what.mask, what.index);
        if (queues.has(what.mask)) strike(what.index, what.mask);
      } else if (what.do === "forget") {
        edges.forget(what.index + 3, what.index);
        for (const mask of queues.keys()) strike(what.index, mask);
      } else {
        const expected: number[][] = [];
        for (const [mask, queue] of queues) {
          while (queue.length > 0 && expected.length < what.room) {
            const index = queue.shift()!;
            if ((endpoints[index].ready & mask) !== 0) expected.push([index, mask, endpoints[index].ready & mask]);
          }
        }
        expect(take(edges, what.room)).toEqual(expected);
      }
    }
  });
  fc.assert(alike, { numRuns: 500 });
});
