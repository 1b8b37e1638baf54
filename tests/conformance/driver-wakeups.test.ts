/**
 * The contract of drivers: which events are wakeups, and which masks they concern. It is the kernel's own rule, for
 * each kind; driver-comparison.test.ts has far more cases.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ERR, HUP, IN, OUT, RDHUP } from "../../wasi-host/abi/readiness.ts";
import type { EdgeQueue } from "../../wasi-host/drivers/contract/driver.ts";
import { DRIVERS, itWith, Rig, type Wakeup } from "./driver-rig.ts";

const [READ_SIDE, WRITE_SIDE] = [1, 2];

describe.each(DRIVERS)("on the %s driver a queue hears of", (driver, open) => {
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

  const arm = (handle: number, mask: number) => expect(edges.arm(handle, mask, handle)).toBe(0);
  const taken = () => rig.take(edges);
  /** The keys of the queued wakeups, in order. */
  const keys = () => taken().map(({ key }) => key);
  const wakeup = (key: number, mask: number, ready: number): Wakeup => ({ key, mask, ready });

  it("bytes under IN, and not under OUT, RDHUP or no bits", () => {
    const [one, other] = rig.driver.socketPair();
    for (const mask of [IN, OUT, RDHUP, 0]) arm(one, mask);
    rig.send(other, "x");
    expect(taken()).toEqual([wakeup(one, IN, IN)]);
  });

  it("a peer's shutdown, with the readiness at that time", () => {
    const [one, other] = rig.driver.socketPair();
    for (const mask of [IN, OUT, RDHUP, IN | RDHUP, 0]) arm(one, mask);
    rig.driver.shutdown(other, WRITE_SIDE);
    expect(taken()).toEqual([IN, OUT, RDHUP, IN | RDHUP].map((mask) => wakeup(one, mask, mask)));
  });

  it("its own shutdown; over TCP the peer hears only of the write side's", () => {
    const [one, other] = rig.tcp();
    for (const handle of [one, other]) arm(handle, OUT);
    rig.driver.shutdown(one, READ_SIDE);
    expect(keys()).toEqual([one]);
    rig.driver.shutdown(one, WRITE_SIDE);
    rig.until(other, RDHUP);
    expect(new Set(keys())).toEqual(new Set([one, other]));
  });

  it("a peer's close as a hangup, under an empty mask too", () => {
    const [one, other] = rig.driver.socketPair();
    arm(one, 0);
    rig.driver.close(other);
    expect(taken()).toEqual([wakeup(one, 0, HUP)]);
  });

  itWith(driver, "resets")("a reset as error and hangup, under every mask", () => {
    const [one, other] = rig.tcp();
    for (const mask of [0, RDHUP]) arm(one, mask);
    rig.send(one, "x");
    rig.until(other, IN);
    rig.driver.close(other);
    rig.until(one, HUP);
    expect(taken()).toEqual([wakeup(one, 0, ERR | HUP), wakeup(one, RDHUP, RDHUP | ERR | HUP)]);
  });

  it("each new connection, and of no accept", () => {
    const [listener, address] = rig.listen();
    arm(listener, IN);
    rig.driver.connect(address);
    rig.until(listener, IN);
    expect(taken()).toEqual([wakeup(listener, IN, IN)]);
    rig.until(rig.driver.connect(address), OUT);
    expect(taken()).toEqual([wakeup(listener, IN, IN)]);
    rig.driver.accept(listener);
    expect(taken()).toEqual([]);
  });

  it("space in a Unix stream when a message is fully read", () => {
    const [one, other] = rig.driver.socketPair();
    arm(one, OUT);
    rig.send(one, "message");
    expect(taken()).toEqual([]);
    rig.recv(other, 3);
    expect(taken()).toEqual([]);
    rig.recv(other);
    expect(taken()).toEqual([wakeup(one, OUT, OUT)]);
  });

  it("space in a TCP stream only after the sender found none", () => {
    const [one, other] = rig.tcp();
    arm(one, OUT);
    rig.send(one, "message");
    rig.until(other, IN);
    rig.recv(other);
    expect(taken()).toEqual([]);
    rig.fill(one);
    taken();
    rig.drain(other);
    rig.until(one, OUT);
    expect(taken()).toEqual([wakeup(one, OUT, OUT)]);
  });

  it("space in a pipe only when it was full and a whole page is read", () => {
    const [reader, writer] = rig.driver.pipe();
    arm(writer, OUT);
    rig.send(writer, "x");
    rig.recv(reader);
    expect(taken()).toEqual([]);
    rig.fill(writer);
    rig.recv(reader, 100);
    expect(taken()).toEqual([]);
    rig.recv(reader, 4096);
    expect(taken()).toEqual([wakeup(writer, OUT, OUT)]);
  });

  it("a write to a full pipe that wrote nothing", () => {
    const [reader, writer] = rig.driver.pipe();
    rig.fill(writer);
    arm(reader, IN);
    expect(rig.send(writer, "x")).toBe("EAGAIN");
    expect(taken()).toEqual([wakeup(reader, IN, IN)]);
  });

  it("the end of a pipe at its other end: a hangup for the reader, an error for the writer", () => {
    const [reader, closing] = rig.driver.pipe();
    arm(reader, 0);
    rig.driver.close(closing);
    expect(taken()).toEqual([wakeup(reader, 0, HUP)]);
    const [alsoClosing, writer] = rig.driver.pipe();
    arm(writer, 0);
    rig.driver.close(alsoClosing);
    expect(taken()).toEqual([wakeup(writer, 0, ERR)]);
  });

  it("nothing when bytes are peeked or counted", () => {
    const [one, other] = rig.driver.socketPair();
    rig.send(one, "x");
    for (const handle of [one, other]) arm(handle, IN | OUT);
    rig.recv(other, 1, 1);
    rig.driver.available(other);
    rig.ready(one);
    expect(taken()).toEqual([]);
  });
});
