import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteQueue } from "../../../../../wasi-host/drivers/endpoints/byte-queue.ts";

const bytes = (length: number, first = 0) => Uint8Array.from({ length }, (_, index) => first + index);
function contents(queue: ByteQueue): number[] {
  const target = new Uint8Array(queue.length);
  queue.peek(target, 0, queue.length);
  return [...target];
}
function filled(...parts: Uint8Array[]): ByteQueue {
  const queue = new ByteQueue();
  for (const part of parts) queue.push(part, 0, part.length);
  return queue;
}

describe("a queue of bytes", () => {
  it("is empty at first", () => {
    expect(new ByteQueue().length).toBe(0);
  });

  it("takes the given part of the source", () => {
    const queue = new ByteQueue();
    queue.push(bytes(10), 3, 4);
    expect(contents(queue)).toEqual([3, 4, 5, 6]);
  });

  it("keeps the order of several pushes", () => {
    expect(contents(filled(bytes(3), bytes(2, 50)))).toEqual([0, 1, 2, 50, 51]);
  });

  it("copies the bytes: later changes of the source have no effect", () => {
    const source = bytes(3);
    const queue = filled(source);
    source.fill(9);
    expect(contents(queue)).toEqual([0, 1, 2]);
  });

  it("keeps peeked bytes", () => {
    const queue = filled(bytes(3));
    contents(queue);
    expect(contents(queue)).toEqual([0, 1, 2]);
  });

  it("writes peeked bytes at the offset and nowhere else", () => {
    const target = new Uint8Array(5).fill(7);
    filled(bytes(4, 1)).peek(target, 1, 2);
    expect([...target]).toEqual([7, 1, 2, 7, 7]);
  });

  it("drops the oldest bytes", () => {
    const queue = filled(bytes(5));
    queue.drop(2);
    expect(contents(queue)).toEqual([2, 3, 4]);
  });

  it("truncates the newest bytes", () => {
    const queue = filled(bytes(5));
    queue.drop(1);
    queue.truncate(2);
    expect(contents(queue)).toEqual([1, 2]);
  });

  it("moves its oldest bytes to the end of another queue", () => {
    const from = filled(bytes(5));
    const to = filled(bytes(1, 90));
    from.moveTo(to, 3);
    expect([contents(from), contents(to)]).toEqual([
      [3, 4],
      [90, 0, 1, 2],
    ]);
  });

  it("grows far beyond its first size without losing a byte", () => {
    const large = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
    const queue = filled(bytes(3), large);
    queue.drop(3);
    expect(Buffer.from(contents(queue)).equals(Buffer.from(large))).toBe(true);
  });

  it("behaves like an array for any pushes, drops and truncations", () => {
    const step = fc.record({
      do: fc.constantFrom("push" as const, "drop" as const, "truncate" as const),
      length: fc.nat({ max: 700 }),
    });
    const alike = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new ByteQueue();
      let model: number[] = [];
      let next = 0;
      for (const { do: what, length } of steps) {
        if (what === "push") {
          const source = Uint8Array.from({ length }, () => next++);
          queue.push(source, 0, length);
          model.push(...source);
        } else if (what === "drop") {
          const count = Math.min(length, model.length);
          queue.drop(count);
          model = model.slice(count);
        } else {
          const count = Math.min(length, model.length);
          queue.truncate(count);
          model = model.slice(0, count);
        }
        expect(contents(queue)).toEqual(model);
      }
    });
    fc.assert(alike, { numRuns: 100 });
  });
});

describe("the store of queues", () => {
  it("returns a released queue again, empty", () => {
    const queue = ByteQueue.open();
    queue.push(bytes(10), 0, 10);
    queue.release();
    const again = ByteQueue.open();
    expect([again, again.length]).toEqual([queue, 0]);
    expect(ByteQueue.open()).not.toBe(again);
  });

  it("leaves a large queue to the garbage collector", () => {
    const queue = ByteQueue.open();
    queue.push(new Uint8Array(100_000), 0, 100_000);
    queue.release();
    expect(ByteQueue.open()).not.toBe(queue);
  });
});
