import fc from "fast-check";
import { expect, it } from "vitest";
import { Fifo } from "../../../../../wasi-host/drivers/endpoints/fifo.ts";

it("has no first entry and shifts nothing while empty", () => {
  const fifo = new Fifo<number>();
  expect([fifo.length, fifo.first, fifo.shift()]).toEqual([0, undefined, undefined]);
});

it("returns the entries in the order of pushing", () => {
  const fifo = new Fifo<string>();
  for (const entry of ["a", "b", "c"]) fifo.push(entry);
  expect([fifo.shift(), fifo.shift(), fifo.shift(), fifo.shift()]).toEqual(["a", "b", "c", undefined]);
});

it("returns the first entry without removing it", () => {
  const fifo = new Fifo<string>();
  fifo.push("a");
  expect([fifo.first, fifo.first, fifo.length]).toEqual(["a", "a", 1]);
});

it("behaves like an array for any pushes and shifts", () => {
  const alike = fc.property(fc.array(fc.option(fc.integer()), { maxLength: 200 }), (steps) => {
    const fifo = new Fifo<number>();
    const model: number[] = [];
    for (const step of steps) {
      if (step === null) expect(fifo.shift()).toBe(model.shift());
      else {
        fifo.push(step);
        model.push(step);
      }
      expect([fifo.length, fifo.first]).toEqual([model.length, model[0]]);
    }
  });
  fc.assert(alike);
});
