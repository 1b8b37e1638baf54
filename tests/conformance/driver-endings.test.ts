/** The contract of drivers: how streams end, one side at a time or by a reset, and which bytes can still be read. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { DRIVERS, itWith, outcome, Rig } from "./driver-rig.ts";

const [READ_SIDE, WRITE_SIDE, BOTH_SIDES] = [1, 2, 3];

describe.each(DRIVERS)("at the end of a stream the %s driver", (name, open) => {
  let rig: Rig;
  beforeEach(async () => {
    rig = new Rig(await open());
  });
  afterEach(() => rig.driver.dispose());

  it.each(["unix", "tcp"] as const)("returns the sent bytes, then 0 repeatedly (%s)", (kind) => {
    const [one, other] = rig.pair(kind);
    rig.send(one, "last words");
    rig.driver.close(one);
    rig.until(other, 0x2000);
    expect(rig.recv(other)).toBe("last words");
    expect(rig.recv(other)).toBe("");
    expect(rig.recv(other)).toBe("");
  });

  it.each(["unix", "tcp"] as const)("after shutdown of the write side still receives (%s)", (kind) => {
    const [one, other] = rig.pair(kind);
    expect(rig.driver.shutdown(one, WRITE_SIDE)).toBe(0);
    expect(rig.send(one, "x")).toBe("EPIPE");
    rig.until(other, 0x2000);
    expect(rig.recv(other)).toBe("");
    expect(rig.send(other, "answer")).toBe(6);
    rig.until(one, 1);
    expect(rig.recv(one)).toBe("answer");
  });

  it("after shutdown of the read side receives pending bytes, then 0; a Unix peer gets EPIPE, a TCP peer can send", () => {
    for (const [kind, sent] of [
      ["unix", "EPIPE"],
      ["tcp", 5],
    ] as const) {
      const [one, other] = rig.pair(kind);
      rig.send(other, "there");
      rig.until(one, 1);
      expect(rig.driver.shutdown(one, READ_SIDE)).toBe(0);
      expect(rig.recv(one)).toBe("there");
      expect(rig.recv(one)).toBe("");
      expect(rig.send(other, "later")).toBe(sent);
    }
  });

  it("of a pipe gives 0 to the reader, and EPIPE to a writer without one", () => {
    const [reader, writer] = rig.driver.pipe();
    rig.send(writer, "x");
    rig.driver.close(writer);
    expect(rig.recv(reader)).toBe("x");
    expect(rig.recv(reader)).toBe("");
    const [another, alone] = rig.driver.pipe();
    rig.driver.close(another);
    expect(rig.send(alone, "x")).toBe("EPIPE");
  });

  it("gives ECONNRESET once to a Unix peer whose bytes were discarded, then 0", () => {
    const [one, other] = rig.driver.socketPair();
    rig.send(one, "never read");
    rig.driver.close(other);
    expect(rig.recv(one)).toBe("ECONNRESET");
    expect(rig.recv(one)).toBe("");
    expect(rig.send(one, "x")).toBe("EPIPE");
  });

  itWith(name, "resets")(
    "gives ECONNRESET once to a TCP peer whose bytes were thrown away, after what it had still to read",
    () => {
      const [one, other] = rig.tcp();
      rig.send(other, "farewell");
      rig.until(one, 1);
      rig.send(one, "never read");
      rig.until(other, 1);
      rig.driver.close(other);
      rig.until(one, 0x10);
      expect(rig.recv(one)).toBe("farewell");
      expect(rig.recv(one)).toBe("ECONNRESET");
      expect(rig.recv(one)).toBe("");
      expect(rig.send(one, "x")).toBe("EPIPE");
    },
  );

  it("resets a TCP peer that writes after a close: the first write succeeds, then EPIPE", () => {
    const [one, other] = rig.tcp();
    rig.driver.close(other);
    rig.until(one, 0x2000);
    expect(rig.send(one, "to nobody")).toBe(9);
    expect(rig.until(one, 0x10) & 0x18).toBe(0x18);
    expect(rig.send(one, "x")).toBe("EPIPE");
    expect(rig.ready(one, 0) & 0x18).toBe(0x10);
  });

  it("reports SO_ERROR once", () => {
    const [one, other] = rig.driver.socketPair();
    rig.send(one, "x");
    rig.driver.close(other);
    expect(rig.driver.takeError(one)).toBe(Errno.CONNRESET);
    expect(rig.driver.takeError(one)).toBe(0);
    expect(rig.recv(one)).toBe("");
  });

  it("refuses to shut down a socket that is not connected", () => {
    const [one, other] = rig.tcp();
    rig.driver.shutdown(one, WRITE_SIDE);
    rig.until(other, 0x2000);
    expect(rig.driver.shutdown(other, WRITE_SIDE)).toBe(0);
    rig.until(one, 0x10);
    expect(outcome(rig.driver.shutdown(one, BOTH_SIDES))).toBe("ENOTCONN");
    expect(outcome(rig.driver.shutdown(rig.driver.pipe()[0], BOTH_SIDES))).toBe("ENOTSOCK");
    expect(outcome(rig.driver.shutdown(rig.driver.socketPair()[0], 4))).toBe("EINVAL");
  });
});
