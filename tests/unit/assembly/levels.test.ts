/** The level source, on a host without a ready file. */
import { beforeEach, describe, expect, it } from "vitest";
import { EIO } from "../../../assembly/abi/errno.ts";
import {
  EPOLLET as ET,
  EPOLLIN as IN,
  EPOLLONESHOT as ONESHOT,
  EPOLLOUT as OUT,
} from "../../../assembly/abi/events.ts";
import { Engine } from "./engine.ts";
import { FakeSource } from "./fake-source.ts";

let source: FakeSource;
let engine: Engine;
let epoll: number;

beforeEach(() => {
  source = new FakeSource({ hasReadyFile: false });
  engine = new Engine(source);
  epoll = engine.create();
});

function watch(fd: number, events: number, readiness = 0, instance = epoll): void {
  source.open(fd, readiness);
  expect(engine.add(instance, fd, events)).toBe(0);
}

describe("over levels", () => {
  it("the capabilities are 0: edges are made from levels", () => {
    expect(engine.exports.pollux_capabilities()).toBe(0);
  });

  it("a level is delivered by each wait while it is ready", () => {
    watch(5, IN, IN);
    for (let wait = 0; wait < 3; wait++) expect(engine.ready(epoll)).toEqual([[5, IN]]);
    source.set(5, 0);
    expect(engine.ready(epoll)).toEqual([]);
  });

  it("an edge is delivered once, and armed again when I/O meets EAGAIN", () => {
    watch(5, IN | ET, IN);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
    expect(engine.ready(epoll)).toEqual([]);
    engine.exports.pollux_drained(5, IN);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
  });

  it.each([
    ["a short count", () => engine.exports.pollux_fell_short(5, IN)],
    ["rearm", () => engine.exports.pollux_rearm(5)],
    ["MOD", () => engine.modify(epoll, 5, IN | ET)],
  ])("an edge is armed again by %s", (_name, arm) => {
    watch(5, IN | ET, IN);
    engine.ready(epoll);
    arm();
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
  });

  it("EAGAIN in one direction does not arm the other", () => {
    watch(5, IN | OUT | ET, IN | OUT);
    expect(engine.ready(epoll)).toEqual([[5, IN | OUT]]);
    engine.exports.pollux_drained(5, OUT);
    expect(engine.ready(epoll)).toEqual([[5, OUT]]);
  });

  it("a one-shot watch is silent until MOD", () => {
    watch(5, IN | ONESHOT, IN);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
    expect(engine.ready(epoll)).toEqual([]);
    engine.modify(epoll, 5, IN | ONESHOT);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
  });

  it("many watches, in any order of their ends, leave the others armed", () => {
    for (let fd = 5; fd < 205; fd++) watch(fd, IN | OUT);
    for (let fd = 5; fd < 205; fd += 3) engine.close(fd);
    for (let fd = 204; fd > 5; fd--) if (fd % 3 !== 2) source.set(fd, IN);
    expect(
      engine
        .ready(epoll)
        .map(([fd]) => fd)
        .sort((one, other) => one - other),
    ).toEqual(Array.from({ length: 200 }, (_, index) => index + 5).filter((fd) => fd % 3 !== 2));
  });

  it("sleeps on for its own watches if another instance's descriptor would end the wait", () => {
    watch(5, IN);
    watch(6, IN, IN, engine.create());
    source.after(3, () => source.set(5, IN));
    expect(engine.wait(epoll, { timeout: 10 })).toMatchObject([{ fd: 5, events: IN }]);
    expect(source.calls.sleep).toBeLessThan(5);
  });

  it("a wait with nothing armed ends at its timeout", () => {
    const began = source.now;
    expect(engine.wait(epoll, { timeout: 7 })).toEqual([]);
    expect(source.now - began).toBe(7e6);
  });

  it("an error of poll_oneoff is the wait's errno", () => {
    watch(5, IN);
    engine.ready(epoll);
    source.errors.sleep = EIO;
    expect(engine.waitFor(epoll)).toBe(-EIO);
  });

  it("a reused number gets no event of the closed descriptor", () => {
    watch(5, IN | ET, IN);
    engine.close(5);
    watch(5, IN | ET);
    expect(engine.ready(epoll)).toEqual([]);
    source.set(5, IN);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
  });
});
