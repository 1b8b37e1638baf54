/** The contract of drivers (wasi-host/drivers/contract/driver.ts), the same suite over each. Wakeups: driver-edges.test.ts. */
import { closeSync, openSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { DRIVERS, outcome, Rig } from "./driver-rig.ts";

const NEVER_OPENED = 999_999;
const PEEK = 1;
const BOTH_SIDES = 3;

describe.each(DRIVERS)("the %s driver", (name, open) => {
  let rig: Rig;
  beforeEach(async () => {
    rig = new Rig(await open());
  });
  afterEach(() => rig.driver.dispose());

  describe("between two ends", () => {
    it.each(["unix", "tcp"] as const)("carries bytes both ways, in order and whole (%s)", (kind) => {
      const [one, other] = rig.pair(kind);
      expect(rig.send(one, "to the ")).toBe(7);
      expect(rig.send(one, "other")).toBe(5);
      rig.until(other, 1);
      while (rig.driver.available(other) < 12) rig.poll(other, 0, 1e6);
      expect(rig.recv(other)).toBe("to the other");
      expect(rig.send(other, "and back")).toBe(8);
      rig.until(one, 1);
      expect(rig.recv(one, 3)).toBe("and");
      expect(rig.recv(one)).toBe(" back");
    });

    it("carries bytes one way through a pipe, and refuses the other way", () => {
      const [reader, writer] = rig.driver.pipe();
      expect(rig.send(writer, "abc")).toBe(3);
      expect(rig.recv(reader, 2)).toBe("ab");
      expect(rig.recv(reader)).toBe("c");
      expect(rig.send(reader, "x")).toBe("EBADF");
      expect(rig.recv(writer)).toBe("EBADF");
    });

    it.each(["unix", "tcp"] as const)("peeks at bytes and keeps them (%s)", (kind) => {
      const [one, other] = rig.pair(kind);
      rig.send(one, "look");
      rig.until(other, 1);
      expect(rig.recv(other, 2, PEEK)).toBe("lo");
      expect(rig.recv(other, 9, PEEK)).toBe("look");
      expect(rig.recv(other)).toBe("look");
      expect(rig.recv(other, 9, PEEK)).toBe("EAGAIN");
    });

    it("refuses to peek into a pipe", () => {
      const [reader, writer] = rig.driver.pipe();
      rig.send(writer, "x");
      expect(rig.recv(reader, 1, PEEK)).toBe("ENOTSUP");
    });

    it.each(["unix", "tcp"] as const)("counts the readable bytes (%s)", (kind) => {
      const [one, other] = rig.pair(kind);
      expect(rig.driver.available(other)).toBe(0);
      rig.send(one, "12345");
      rig.until(other, 1);
      expect(rig.driver.available(other)).toBe(5);
      rig.recv(other, 2);
      expect(rig.driver.available(other)).toBe(3);
      expect(rig.driver.available(one)).toBe(0);
    });

    it("counts a pipe's readable bytes at both ends", () => {
      const [reader, writer] = rig.driver.pipe();
      rig.send(writer, "123");
      expect([reader, writer].map((end) => rig.driver.available(end))).toEqual([3, 3]);
    });

    it.each(["unix", "tcp"] as const)("fills up, and loses nothing when drained (%s)", (kind) => {
      const [one, other] = rig.pair(kind);
      const filled = rig.fill(one);
      expect(filled).toBeGreaterThan(10_000);
      expect(rig.send(one, "x")).toBe("EAGAIN");
      expect(rig.ready(one, 4)).toBe(0);
      expect(rig.drain(other)).toBe(filled);
      rig.until(one, 4);
      expect(rig.send(one, "again")).toBe(5);
      rig.until(other, 1);
      expect(rig.recv(other)).toBe("again");
    });

    it("holds sixteen pages in a pipe; a short write can take a whole page", () => {
      const [reader, writer] = rig.driver.pipe();
      expect(rig.fill(writer)).toBe(65_536);
      expect(rig.recv(reader, 4095)).toHaveLength(4095);
      expect(rig.send(writer, "x")).toBe("EAGAIN");
      expect(rig.recv(reader, 1)).toHaveLength(1);
      expect(rig.send(writer, "x".repeat(5000))).toBe(4096);
      expect(rig.drain(reader)).toBe(65_536);
    });

    it("moves nothing for a length of 0", () => {
      const [one, other] = rig.driver.socketPair();
      expect(rig.send(one, "")).toBe(0);
      expect(rig.ready(other, 1)).toBe(0);
      rig.send(one, "x");
      expect(rig.recv(other, 0)).toBe("");
      expect(rig.recv(other)).toBe("x");
    });
  });

  describe("of a handle that is not open", () => {
    it.each([
      ["was never given out", () => NEVER_OPENED],
      [
        "has been closed",
        () => {
          const [one] = rig.driver.socketPair();
          rig.driver.close(one);
          return one;
        },
      ],
    ])("returns EBADF when it %s", (_, make) => {
      const handle = make();
      expect(rig.send(handle, "x")).toBe("EBADF");
      expect(rig.recv(handle)).toBe("EBADF");
      for (const call of ["accept", "close"] as const) expect(outcome(rig.driver[call](handle))).toBe("EBADF");
      expect(outcome(rig.driver.shutdown(handle, BOTH_SIDES))).toBe("EBADF");
      expect(rig.driver.takeError(handle)).toBe(Errno.BADF);
      expect(rig.driver.available(handle)).toBe(0);
      expect(rig.driver.localAddress(handle)).toBeUndefined();
      expect(rig.driver.peerAddress(handle)).toBeUndefined();
    });
  });

  it("adopts a system descriptor if its handles are such descriptors", () => {
    const { adoption } = rig.driver;
    expect(adoption !== undefined).toBe(name === "posix");
    if (adoption === undefined) return;
    const file = openSync(import.meta.filename, "r");
    const handle = adoption.adopt(file);
    expect(rig.recv(handle, 3)).toBe("/**");
    // A regular file is always ready and has no events: it cannot be armed.
    expect(outcome(rig.driver.edges().arm(handle, 1, 0))).toBe("EPERM");
    rig.driver.dispose();
    closeSync(file);
  });

  it("closes every handle when disposed", () => {
    const [one, other] = rig.driver.socketPair();
    const [listener] = rig.listen();
    rig.driver.dispose();
    for (const handle of [one, other, listener]) expect(rig.ready(handle)).toBe(0x20);
  });
});
