/** The engine's checks of its own lists, which a build with asserts has: a corrupt list is an error, and no endless loop. */
import { beforeEach, describe, expect, it } from "vitest";
import { EPOLLIN as IN } from "../../../assembly/abi/events.ts";
import { Engine } from "./engine.ts";
import { FakeSource } from "./fake-source.ts";

let source: FakeSource;
let engine: Engine;
let epoll: number;
let corrupt: Record<string, (...numbers: number[]) => void>;

/** Descriptors 5, 6 and 7 are watched and queued; 5 also by a second instance. */
beforeEach(() => {
  source = new FakeSource();
  engine = new Engine(source);
  corrupt = engine.exports as unknown as typeof corrupt;
  epoll = engine.create();
  for (const fd of [5, 6, 7]) expect(engine.add(epoll, source.open(fd, IN), IN)).toBe(0);
  expect(engine.add(engine.create(), 5, IN)).toBe(0);
});

describe("a build with asserts", () => {
  it("accepts lists that are whole", () => {
    for (let wait = 0; wait < 3; wait++) expect(engine.ready(epoll)).toHaveLength(3);
    for (const fd of [6, 5, 7]) expect(engine.close(fd)).toBe(0);
    expect(engine.close(epoll)).toBe(0);
  });

  it("refuses to queue a watch twice", () => {
    for (const fd of [5, 6, 7]) expect(() => corrupt.queueTwice(epoll, fd)).toThrow("a watch is queued twice");
  });

  it("refuses to unqueue a watch that is not queued", () => {
    for (const fd of [7, 6, 5]) expect(() => corrupt.unqueueTwice(epoll, fd)).toThrow("a ready list is corrupt");
  });

  it("refuses to free a watch twice", () => {
    expect(() => corrupt.freeTwice(epoll, 6)).toThrow("a watch is freed twice");
  });

  it("finds a freed watch on a list", () => {
    corrupt.freeLinked(epoll, 6);
    expect(() => engine.remove(epoll, 6)).toThrow("a freed watch is on the list of a descriptor");
  });

  it("finds a ready list that is cut", () => {
    corrupt.cutReadyList(epoll, 5);
    expect(() => engine.ready(epoll)).toThrow("a ready list is corrupt");
  });

  it("finds a circular list, in a wakeup and in a search", () => {
    corrupt.closeCircle(epoll, 5);
    expect(() => engine.remove(epoll, 5)).toThrow("goes in a circle");
    source.wake(5, IN);
    expect(() => engine.ready(epoll)).toThrow("goes in a circle");
  });

  it("finds a list that has lost a watch", () => {
    corrupt.loseWatch(6);
    expect(() => engine.remove(epoll, 6)).toThrow("does not end at its last one");
  });

  it("finds a list of an instance's watches that is cut", () => {
    corrupt.cutMembers(epoll, 6);
    expect(() => engine.remove(epoll, 6)).toThrow("an instance's list of watches is corrupt");
  });
});
