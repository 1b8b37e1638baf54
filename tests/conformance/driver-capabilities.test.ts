/**
 * Capabilities of some drivers, and calls of all drivers that the sockets' suites leave out: several buffers, options,
 * time and chance.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import type { Driver } from "../../wasi-host/drivers/contract/driver.ts";
import { IoVector } from "../../wasi-host/drivers/contract/io-vector.ts";
import { NO_DELAY, RECEIVE_BUFFER } from "../../wasi-host/drivers/contract/socket-options.ts";
import { RECEIVES, SENDS, transferOne } from "../../wasi-host/drivers/contract/transfers.ts";
import { DRIVERS, outcome, Rig } from "./driver-rig.ts";

const NEVER_OPENED = 999_999;
const EVERY = ["bound", "options"];

/** The capabilities of each driver. */
const CAPABILITIES: Readonly<Record<string, readonly string[]>> = {
  posix: ["adoption", "batches", "datagrams", "unixPaths"],
  net: ["datagrams", "inheritance", "unixPaths"],
  simulated: ["datagrams"],
  web: [],
};
const NAMES: readonly (keyof Driver)[] = [
  ...(["adoption", "batches", "bound", "datagrams"] as const),
  ...(["deferredListening", "inheritance", "options", "unixPaths"] as const),
];

/** Adjacent buffers of these lengths, from `offset` on. */
function vector(offset: number, ...lengths: number[]): IoVector {
  const made = new IoVector();
  let at = offset;
  for (const length of lengths) {
    made.add(at, length);
    at += length;
  }
  return made;
}

describe.each(DRIVERS)("the %s driver", (name, open) => {
  let rig: Rig;
  const bytes = new Uint8Array(new ArrayBuffer(4096));
  const text = (from: number, length: number) => Buffer.from(bytes.subarray(from, from + length)).toString("latin1");

  beforeEach(async () => {
    rig = new Rig(await open());
    bytes.fill(0);
  });
  afterEach(() => rig.driver.dispose());

  it("has the capabilities that docs/host.md lists, each whole", () => {
    const has = NAMES.filter((capability) => rig.driver[capability] !== undefined);
    expect(has).toEqual([...EVERY, ...CAPABILITIES[name]].sort());
  });

  describe.each(["unix", "tcp"] as const)("with several buffers (%s)", (kind) => {
    it("sends them together, and receives into several", () => {
      const [one, other] = rig.pair(kind);
      bytes.set(Buffer.from("to the other"), 100);
      expect(rig.driver.sendVector(one, bytes, vector(100, 3, 4, 5))).toBe(12);
      rig.until(other, 1);
      while (rig.driver.available(other) < 12) rig.poll(other, 0, 1e6);
      const into = vector(500, 2, 100);
      expect(rig.driver.recvVector(other, bytes, into)).toBe(12);
      expect(text(500, 12)).toBe("to the other");
      expect([into.count, into.length]).toEqual([2, 102]);
    });

    it("returns EAGAIN when there is nothing to receive, and 0 at the end of stream", () => {
      const [one, other] = rig.pair(kind);
      expect(outcome(rig.driver.recvVector(other, bytes, vector(0, 8, 8)))).toBe("EAGAIN");
      rig.driver.close(one);
      rig.until(other, 1);
      expect(rig.driver.recvVector(other, bytes, vector(0, 8, 8))).toBe(0);
    });
  });

  it("returns EBADF for several buffers of a handle that is not open", () => {
    expect(outcome(rig.driver.sendVector(NEVER_OPENED, bytes, vector(0, 1, 1)))).toBe("EBADF");
    expect(outcome(rig.driver.recvVector(NEVER_OPENED, bytes, vector(0, 1, 1)))).toBe("EBADF");
  });

  it("makes a list of receives and sends in order, each with its own result", () => {
    const [one, other] = rig.driver.socketPair();
    const [third] = rig.driver.socketPair();
    bytes.set(Buffer.from("ping"), 0);
    const list = Int32Array.of(one, 0, 4, SENDS, -1, 7, 7, 42, other, 100, 50, RECEIVES, third, 200, 50, RECEIVES);
    if (rig.driver.batches !== undefined) rig.driver.batches.transfer(list, 4, bytes);
    else for (let index = 0; index < 4; index++) transferOne(rig.driver, list, index, bytes);
    expect([list[3], list[7], list[11], list[15]]).toEqual([4, 42, 4, -Errno.AGAIN]);
    expect(text(100, 4)).toBe("ping");
  });

  describe("options", () => {
    it("are those of a new stream, of a connection, and as they were set", () => {
      const { options } = rig.driver;
      const [client] = rig.tcp();
      if (name === "web") {
        expect(outcome(options!.ofNewStream(NO_DELAY))).toBe("ENOTSUP");
        expect(outcome(options!.set(client, NO_DELAY, 0))).toBe("ENOTSUP");
        return;
      }
      expect([options!.ofNewStream(NO_DELAY), options!.get(client, NO_DELAY)]).toEqual([1, 1]);
      expect(options!.ofNewStream(NO_DELAY, 0)).toBe(0);
      expect(options!.set(client, NO_DELAY, 0)).toBe(0);
      expect(options!.get(client, NO_DELAY)).toBe(0);
    });

    it("have the size of the buffers, which only the kernel can change", () => {
      const { options } = rig.driver;
      const [client] = rig.tcp();
      expect(options!.get(client, RECEIVE_BUFFER)).toBeGreaterThan(1000);
      expect(outcome(options!.set(client, RECEIVE_BUFFER, 8192))).toBe(name === "posix" ? 0 : "ENOTSUP");
    });

    it("of a handle that is not open are EBADF", () => {
      expect(outcome(rig.driver.options!.get(NEVER_OPENED, NO_DELAY))).toBe("EBADF");
      expect(outcome(rig.driver.options!.set(NEVER_OPENED, NO_DELAY, 1))).toBe("EBADF");
    });
  });

  describe("time and chance", () => {
    it("never goes back, and passes in a sleep", () => {
      const before = rig.driver.now();
      expect(rig.driver.now()).toBeGreaterThanOrEqual(before);
      const [one] = rig.driver.socketPair();
      expect(rig.poll(one, 1, 2e6)).toBe(0);
      expect(rig.driver.now() - before).toBeGreaterThanOrEqual(2_000_000n);
    });

    it("tells the time of day in nanoseconds since 1970", () => {
      const year = new Date(Number(rig.driver.timeOfDay() / 1_000_000n)).getUTCFullYear();
      if (name === "simulated") expect(year).toBe(2000);
      else expect(year).toBeGreaterThan(2020);
    });

    it("fills all bytes with random numbers, others each time", () => {
      rig.driver.random(new Uint8Array(0));
      // The posix driver's kernel serves 256 bytes at most; a request of Web Crypto has 65,536 at most.
      for (const size of [32, 256, 257, 65_537]) {
        const [first, second] = [new Uint8Array(size), new Uint8Array(size)];
        rig.driver.random(first);
        rig.driver.random(second);
        expect(first, `${size} bytes`).not.toEqual(second);
        expect(new Set(first).size).toBeGreaterThan(Math.min(size / 4, 64) - 1);
        expect(first.subarray(-24).some((byte) => byte !== 0)).toBe(true);
      }
    });
  });
});
