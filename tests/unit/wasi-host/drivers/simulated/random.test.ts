import fc from "fast-check";
import { expect, it } from "vitest";
import { Random } from "../../../../../wasi-host/drivers/simulated/random.ts";

const draw = (seed: number, count: number, least = 0, most = 999) => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => random.between(least, most));
};

it("the same seed gives the same sequence", () => {
  expect(draw(7, 100)).toEqual(draw(7, 100));
});

it("another seed gives another sequence", () => {
  expect(draw(7, 10)).not.toEqual(draw(8, 10));
});

it("the sequence of a seed is fixed, so that a printed seed repeats a run in any version", () => {
  expect(draw(1, 5)).toEqual([627, 2, 527, 981, 968]);
});

it("numbers are whole and within the bounds, inclusive", () => {
  const within = fc.property(
    fc.integer(),
    fc.integer({ min: -50, max: 50 }),
    fc.nat({ max: 100 }),
    (seed, least, width) =>
      draw(seed, 20, least, least + width).every(
        (number) => Number.isInteger(number) && number >= least && number <= least + width,
      ),
  );
  fc.assert(within);
});

it("every number between the bounds occurs", () => {
  expect(new Set(draw(3, 500, 5, 9))).toEqual(new Set([5, 6, 7, 8, 9]));
});

it("equal bounds return that number without a draw", () => {
  const random = new Random(7);
  expect([random.between(4, 4), random.between(4, 4), random.between(0, 999)]).toEqual([4, 4, draw(7, 1)[0]]);
});

it("bytes follow from the seed, and every value occurs", () => {
  const bytes = (seed: number) => {
    const filled = new Uint8Array(10_000);
    new Random(seed).fill(filled);
    return filled;
  };
  expect(bytes(7)).toEqual(bytes(7));
  expect(bytes(7)).not.toEqual(bytes(8));
  expect(new Set(bytes(7)).size).toBe(256);
});
