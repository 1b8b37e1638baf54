import { describe, expect, it } from "vitest";
import { CheaperWay, PAIRS } from "../../../../../wasi-host/drivers/posix/cheaper-way.ts";

/** Two trials. */
const LISTS = 4 * PAIRS;

/** Makes lists of 10 by a clock of its own. `took`: the time of a list, by its number and way. Returns the way after the trials. */
function tried(took: (list: number, oneByOne: boolean) => number, lists = LISTS): boolean {
  let time = 0;
  const way = new CheaperWay(() => time);
  for (let list = 0; list < lists; list++) {
    const oneByOne = way.choose(10);
    expect(oneByOne).toBe(list % 2 === 1);
    time += took(list, oneByOne);
    way.made(10);
  }
  return way.choose(10);
}

describe("lists of transfers are made", () => {
  it("one by one, if that takes less time", () => {
    expect(tried((_, oneByOne) => (oneByOne ? 9 : 10))).toBe(true);
  });

  it("together, if that takes less time", () => {
    expect(tried((_, oneByOne) => (oneByOne ? 10 : 9), LISTS / 2)).toBe(false);
  });

  it("together, if neither way takes less time", () => {
    expect(tried(() => 10, LISTS / 2)).toBe(false);
    expect(tried((list, oneByOne) => (oneByOne === list % 4 < 2 ? 9 : 10), LISTS / 2)).toBe(false);
  });

  it("together, if one by one takes less time in the first trial only", () => {
    expect(tried((list, oneByOne) => (oneByOne === list < LISTS / 2 ? 9 : 10))).toBe(false);
  });

  it("one by one in spite of a few lists that take long", () => {
    expect(tried((list, oneByOne) => (oneByOne ? 9 + 1000 * Number(list % 20 === 1) : 10))).toBe(true);
  });

  it("together while they are short, which counts for nothing", () => {
    const way = new CheaperWay(() => expect.fail("not timed"));
    for (let list = 0; list < 4 * PAIRS; list++) {
      expect(way.choose(7)).toBe(false);
      way.made(7);
    }
  });
});
