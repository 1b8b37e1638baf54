/** sock_getaddrinfo with a name for the resolver: on each driver, in each way to wait. */
import { describe, expect, it } from "vitest";
import { Errno, LookupErrno } from "../../wasi-host/abi/errno.ts";
import type { Driver } from "../../wasi-host/drivers/contract/driver.ts";
import { openNet } from "../../wasi-host/drivers/net/index.ts";
import { PosixDriver } from "../../wasi-host/drivers/posix/index.ts";
import { SimulatedDriver } from "../../wasi-host/drivers/simulated/index.ts";
import type { Resolver } from "../../wasi-host/kernel/name-lookup.ts";
import type { Resolution } from "../../wasi-host/runtime/name-lookup.ts";
import { NamedGuest } from "./named-guest.ts";
import { DATAGRAM, INET4, INET6, LOOPBACK, LOOPBACK6, STREAM } from "./socket-guest.ts";

const DRIVERS: Record<string, (blocks: boolean) => Driver | Promise<Driver>> = {
  posix: () => new PosixDriver(),
  net: (blocks) => openNet(blocks),
  simulated: () => new SimulatedDriver(),
};

const NAMES: Readonly<Record<string, Resolution>> = {
  "both.example": ["127.0.0.1", "::1", "::ffff:127.0.0.1"],
  "six.example": ["::1"],
  "mapped.example": ["::ffff:127.0.0.1"],
  "again.example": { code: "EAI_AGAIN" },
  "fail.example": { code: "EAI_FAIL" },
};

const CASES = Object.keys(DRIVERS).flatMap((driver) => [
  [driver, "blocking"],
  [driver, "suspending"],
]);

describe.each(CASES)("a name, driver %s, %s", (driver, way) => {
  const suspends = way === "suspending";

  /** `asked` gets each name for the resolver. */
  async function open(connect: readonly string[], asked: string[] = []): Promise<NamedGuest> {
    const resolve = (name: string): Resolution => {
      asked.push(name);
      return NAMES[name] ?? { code: "ENOTFOUND" };
    };
    const resolver: Resolver = suspends ? (name) => new Promise((done) => setImmediate(done, resolve(name))) : resolve;
    return new NamedGuest({ driver: await DRIVERS[driver](!suspends), suspends, connect, resolver });
  }

  it("resolves to addresses that can be connected to and sent to, with the granted port", async () => {
    using guest = await open(["both.example:1"]);
    const four = { ip: LOOPBACK, port: 1, type: STREAM, protocol: 1 };
    expect(await guest.connect(LOOPBACK, 1)).toBe(Errno.ACCES);
    expect(await guest.lookup("both.example", "1")).toEqual([four, { ...four, ip: LOOPBACK6 }]);
    for (const ip of [LOOPBACK, LOOPBACK6]) {
      expect([ip, await guest.connect(ip, 1)]).toEqual([ip, Errno.CONNREFUSED]);
      expect([ip, await guest.connect(ip, 1, DATAGRAM)]).toEqual([ip, 0]);
      expect([ip, await guest.sendTo(ip, 1)]).toEqual([ip, 0]);
    }
  });

  it("resolves to no other addresses and ports", async () => {
    using guest = await open(["both.example:1"]);
    await guest.lookup("both.example", "1");
    expect(await guest.connect([127, 0, 0, 2], 1)).toBe(Errno.ACCES);
    expect(await guest.connect(LOOPBACK, 2)).toBe(Errno.ACCES);
    expect(await guest.sendTo(LOOPBACK6, 2)).toBe(Errno.ACCES);
    expect(guest.refused).toEqual([
      "sock_connect 127.0.0.2:1: not granted (EACCES); --connect 127.0.0.2:1 grants it",
      "sock_connect 127.0.0.1:2: not granted (EACCES); --connect both.example:2 grants it",
      "sock_send_to [::1]:2: not granted (EACCES); --connect both.example:2 grants it",
    ]);
  });

  it("is looked up with a port that is not granted, which sock_connect refuses", async () => {
    using guest = await open(["both.example:1"]);
    expect(await guest.lookup("both.example", "http", { family: INET4 })).toEqual([
      { ip: LOOPBACK, port: 80, type: STREAM, protocol: 1 },
    ]);
    expect(await guest.connect(LOOPBACK, 1)).toBe(Errno.CONNREFUSED);
  });

  it("is EACCES without a grant, and nobody is asked", async () => {
    const asked: string[] = [];
    using guest = await open(["both.example:1", "127.0.0.1:*"], asked);
    expect(await guest.lookup("other.example", "443")).toBe(Errno.ACCES);
    expect(await guest.lookup("www.both.example", "")).toBe(Errno.ACCES);
    expect(asked).toEqual([]);
    expect(guest.refused).toEqual([
      "sock_getaddrinfo other.example:443: not granted (EACCES); --connect other.example:443 grants it",
      "sock_getaddrinfo www.both.example: not granted (EACCES); --connect www.both.example:* grants it",
    ]);
  });

  it("is asked for in ASCII and lower case", async () => {
    const asked: string[] = [];
    using guest = await open(["xn--bcher-kva.example:1", "both.example:1"], asked);
    await guest.lookup("Bücher.example", "1");
    await guest.lookup("BOTH.example", "1");
    expect(asked).toEqual(["xn--bcher-kva.example", "both.example"]);
  });

  it("has addresses of one family only", async () => {
    using guest = await open(["six.example:1", "mapped.example:1"]);
    const six = { ip: LOOPBACK6, port: 1, type: STREAM, protocol: 1 };
    expect(await guest.lookup("six.example", "1")).toEqual([six]);
    expect(await guest.lookup("six.example", "1", { family: INET6 })).toEqual([six]);
    expect(await guest.lookup("six.example", "1", { family: INET4 })).toBe(LookupErrno.NODATA);
    expect(await guest.lookup("mapped.example", "1")).toBe(LookupErrno.NODATA);
  });

  it.each([
    ["nothing.example", LookupErrno.NONAME],
    ["again.example", LookupErrno.AGAIN],
    ["fail.example", LookupErrno.FAIL],
  ])("that the resolver does not find is an EAI errno: %s", async (name, errno) => {
    using guest = await open([`${name}:*`]);
    expect(await guest.lookup(name, "1")).toBe(errno);
  });

  it("below localhost is loopback, with the grant of the name", async () => {
    using guest = await open(["sub.localhost:1"]);
    expect(await guest.lookup("sub.localhost", "1", { family: INET4 })).toEqual([
      { ip: LOOPBACK, port: 1, type: STREAM, protocol: 1 },
    ]);
    expect(await guest.connect(LOOPBACK, 1)).toBe(Errno.CONNREFUSED);
  });
});

describe.each(Object.keys(DRIVERS))("a lookup that waits, driver %s", (driver) => {
  it("ends with the guest, and a late answer has no effect", async () => {
    let answer!: (found: Resolution) => void;
    const resolver: Resolver = () => new Promise((done) => (answer = done));
    const options = { suspends: true, connect: ["both.example:1"], resolver };
    using guest = new NamedGuest({ driver: await DRIVERS[driver](false), ...options });
    const waiting = guest.lookup("both.example", "1");
    guest.end(new Error("ended"));
    await expect(waiting).rejects.toThrow("ended");
    answer(["127.0.0.1"]);
    await new Promise(setImmediate);
  });

  it("is EAI_FAIL if the resolver throws", async () => {
    const resolver: Resolver = () => Promise.reject(new Error("no resolver"));
    const options = { suspends: true, connect: ["both.example:1"], resolver };
    using guest = new NamedGuest({ driver: await DRIVERS[driver](false), ...options });
    expect(await guest.lookup("both.example", "1")).toBe(LookupErrno.FAIL);
  });
});
