/** The five models of the page: what each program does, in order. Time is virtual, so the runs are exact. */
import { expect, it } from "vitest";
import { type ModelName, type Run, runModels } from "../../site/models/programs.ts";
import { core } from "./core-module.ts";

const PACE = { messages: 3, interval: 60 };
const runs = await runModels(core, PACE);
const run = (name: ModelName): Run => runs.find((one) => one.name === name)!;
const doings = (name: ModelName) => run(name).lane.stretches.map(({ doing }) => doing);
const count = (name: ModelName, wanted: string) => run(name).lane.counts.filter(({ what }) => what === wanted).length;

it("each fills the time without a gap", () => {
  for (const { lane, end } of runs) {
    const ends = lane.stretches.map(({ to }) => to);
    expect(lane.stretches.map(({ from }) => from)).toEqual([0, ...ends.slice(0, -1)]);
    expect(ends.at(-1)).toBeGreaterThanOrEqual(end);
  }
});

it("blocking sleeps until each message, and copies: no call fails", () => {
  expect(doings("blocking")).toEqual(["asleep", "copies", "asleep", "copies", "asleep", "copies", "asleep"]);
  expect(count("blocking", "recv")).toBe(3);
  expect(count("blocking", "EAGAIN")).toBe(0);
});

it("non-blocking asks again and again, and never sleeps", () => {
  expect(doings("non-blocking")).toEqual(["asks", "copies", "asks", "copies", "asks", "copies", "asks"]);
  expect(count("non-blocking", "EAGAIN")).toBeGreaterThan(3 * count("blocking", "recv"));
  expect(count("non-blocking", "recv")).toBe(count("non-blocking", "EAGAIN") + 3);
});

it("multiplexing sleeps for three senders at once", () => {
  expect(run("multiplexing").sent).toHaveLength(9);
  expect(doings("multiplexing").filter((doing) => doing === "copies")).toHaveLength(9);
  expect(new Set(doings("multiplexing"))).toEqual(new Set(["asleep", "copies"]));
  expect(count("multiplexing", "EAGAIN")).toBe(0);
});

it("signal-driven computes, and its handler copies until EAGAIN", () => {
  expect(doings("signal-driven")).toEqual([
    ...["computes", "copies", "computes", "copies"],
    ...["computes", "copies", "computes"],
  ]);
  expect(count("signal-driven", "EAGAIN")).toBe(3);
});

it("asynchronous computes and calls nothing: the host copies", () => {
  expect(new Set(doings("asynchronous"))).toEqual(new Set(["computes", "host-copies"]));
  expect(doings("asynchronous").filter((doing) => doing === "host-copies")).toHaveLength(3);
  expect(count("asynchronous", "recv")).toBe(0);
});

it("each copies a message at once when it has come", () => {
  for (const { lane, sent } of runs) {
    const copies = lane.stretches.filter(({ doing }) => doing === "copies" || doing === "host-copies");
    expect(copies.map(({ from }) => from)).toEqual(sent);
  }
});
