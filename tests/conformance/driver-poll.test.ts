/** The contract of drivers: which bits are ready in which state. Sleep: driver-sleep.test.ts. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ERR, HUP, IN, NVAL, OUT, RDHUP } from "../../wasi-host/abi/readiness.ts";
import { pollfds, revents, setPollfd } from "../../wasi-host/drivers/contract/pollfd.ts";
import { DRIVERS, itWith, Rig } from "./driver-rig.ts";

const READABLE = IN | 0x40;
const WRITABLE = OUT | 0x100;
const UNIX_WRITABLE = WRITABLE | 0x200;
const ENDED = READABLE | RDHUP;

describe.each(DRIVERS)("poll on the %s driver", (driver, open) => {
  let rig: Rig;
  beforeEach(async () => {
    rig = new Rig(await open());
  });
  afterEach(() => rig.driver.dispose());

  /** The readiness of one end after an action on both. Waits for `events` first, because TCP may take a moment. */
  const unix = (act: (one: number, other: number) => unknown) => {
    const [one, other] = rig.driver.socketPair();
    act(one, other);
    return rig.ready(one);
  };
  const tcp = (events: number, act: (one: number, other: number) => unknown) => {
    const [one, other] = rig.tcp();
    act(one, other);
    return events === 0 ? rig.ready(one) : rig.until(one, events);
  };

  it("reports a Unix stream's readiness in every state", () => {
    expect(unix(() => {})).toBe(UNIX_WRITABLE);
    expect(unix((_one, other) => rig.send(other, "x"))).toBe(READABLE | UNIX_WRITABLE);
    expect(unix((one) => rig.fill(one))).toBe(0);
    expect(unix((one) => rig.driver.shutdown(one, 1))).toBe(ENDED | UNIX_WRITABLE);
    expect(unix((one) => rig.driver.shutdown(one, 2))).toBe(UNIX_WRITABLE);
    expect(unix((one) => rig.driver.shutdown(one, 3))).toBe(ENDED | UNIX_WRITABLE | HUP);
    expect(unix((_one, other) => rig.driver.shutdown(other, 1))).toBe(UNIX_WRITABLE);
    expect(unix((_one, other) => rig.driver.shutdown(other, 2))).toBe(ENDED | UNIX_WRITABLE);
    expect(unix((_one, other) => rig.driver.close(other))).toBe(ENDED | UNIX_WRITABLE | HUP);
    expect(unix((one, other) => rig.send(one, "x") && rig.driver.close(other))).toBe(ENDED | UNIX_WRITABLE | HUP | ERR);
  });

  it("reports a TCP stream's readiness in every state", () => {
    expect(tcp(0, () => {})).toBe(WRITABLE);
    expect(tcp(IN, (_one, other) => rig.send(other, "x"))).toBe(READABLE | WRITABLE);
    expect(tcp(0, (one) => rig.fill(one))).toBe(0);
    expect(tcp(0, (one) => rig.driver.shutdown(one, 1))).toBe(ENDED | WRITABLE);
    expect(tcp(0, (one) => rig.driver.shutdown(one, 2))).toBe(WRITABLE);
    expect(tcp(0, (one) => rig.fill(one) && rig.driver.shutdown(one, 2))).toBe(WRITABLE);
    expect(tcp(HUP, (one) => rig.driver.shutdown(one, 3))).toBe(ENDED | WRITABLE | HUP);
    expect(tcp(0, (_one, other) => rig.driver.shutdown(other, 1))).toBe(WRITABLE);
    expect(tcp(RDHUP, (_one, other) => rig.driver.shutdown(other, 2))).toBe(ENDED | WRITABLE);
    expect(tcp(RDHUP, (_one, other) => rig.driver.close(other))).toBe(ENDED | WRITABLE);
  });

  itWith(driver, "resets")("finds a TCP stream's readiness after a reset", () => {
    const reset = tcp(HUP, (one, other) => {
      rig.send(one, "x");
      rig.until(other, IN);
      rig.driver.close(other);
    });
    expect(reset).toBe(ENDED | WRITABLE | HUP | ERR);
  });

  it("reports a pipe's readiness in every state", () => {
    const states: [number, number][] = [];
    for (const act of [
      () => {},
      (_reader: number, writer: number) => rig.send(writer, "x"),
      (_reader: number, writer: number) => rig.fill(writer),
      (_reader: number, writer: number) => rig.send(writer, "x") && rig.driver.close(writer),
      (_reader: number, writer: number) => rig.driver.close(writer),
      (reader: number) => rig.driver.close(reader),
      (reader: number, writer: number) => rig.fill(writer) && rig.driver.close(reader),
    ]) {
      const [reader, writer] = rig.driver.pipe();
      act(reader, writer);
      states.push([rig.ready(reader), rig.ready(writer)]);
    }
    expect(states).toEqual([
      [0, WRITABLE],
      [READABLE, WRITABLE],
      [READABLE, 0],
      [READABLE | HUP, NVAL],
      [HUP, NVAL],
      [NVAL, WRITABLE | ERR],
      [NVAL, ERR],
    ]);
  });

  it("reports ERR, HUP and NVAL unasked, and nothing else unasked", () => {
    const [one, other] = rig.driver.socketPair();
    rig.send(one, "x");
    rig.send(other, "y");
    expect(rig.ready(one, 0)).toBe(0);
    rig.driver.close(other);
    expect(rig.ready(one, 0)).toBe(ERR | HUP);
    expect(rig.ready(one, IN)).toBe(IN | ERR | HUP);
    expect(rig.ready(other, 0)).toBe(NVAL);
  });

  it("returns the number of ready entries, skips negative handles, and clears old revents", () => {
    const [one, other] = rig.driver.socketPair();
    rig.send(one, "x");
    const fds = pollfds(5);
    for (const [index, handle] of [one, other, -1, one, other].entries()) setPollfd(fds, index, handle, IN);
    fds[1] |= 0xffff_0000;
    fds[5] |= 0xffff_0000;
    setPollfd(fds, 3, one, OUT);
    expect(rig.driver.poll(fds, 5, 0)).toBe(3);
    expect([0, 1, 2, 3, 4].map((index) => revents(fds, index))).toEqual([0, IN, 0, OUT, IN]);
  });
});
