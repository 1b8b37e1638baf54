import { describe, expect, it } from "vitest";
import { Grants } from "../../../wasi-host/kernel/grants.ts";
import type { Resolver } from "../../../wasi-host/kernel/name-lookup.ts";
import { lookup, lookupBlocking } from "../../../wasi-host/runtime/name-lookup.ts";
import { DRIVERS } from "./drivers.ts";
import { FlatGuest, ipv4 } from "./flat-guest.ts";

const FIRST = "sockets/ip-name-lookup#resolve-addresses";
const NEXT = "sockets/ip-name-lookup#[method]resolve-address-stream.resolve-next-address";

function resolve(guest: FlatGuest, name: string): number | string {
  guest.call(FIRST, guest.network(), ...guest.text(name), guest.area);
  return guest.u8(0) === 0 ? guest.u32(4) : guest.outcome(4);
}

/** The next address as text, "none", or the error's name. */
function next(guest: FlatGuest, stream: number): string {
  guest.call(NEXT, stream, guest.area);
  if (guest.u8(0) !== 0) return guest.outcome(2);
  if (guest.u8(2) === 0) return "none";
  if (guest.u8(4) === 0) return guest.list4(6).join(".");
  return Array.from({ length: 8 }, (_, group) => guest.u16(6 + 2 * group).toString(16)).join(":");
}

const resolver: Resolver = (name) => {
  if (name === "example.org") return ["203.0.113.7", "2001:db8::7", "::ffff:203.0.113.7"];
  if (name === "again.example") return { code: "EAI_AGAIN" };
  if (name === "fail.example") return { code: "EAI_FAIL" };
  return { code: "ENOTFOUND" };
};

const granted = (...connect: string[]) => ({
  connect: new Grants("connect", connect, undefined, true),
  bind: new Grants("bind"),
});

describe.each(DRIVERS)("wasi:sockets/ip-name-lookup over %s", (_, open) => {
  const guestWith = async (connect: string[], resolve: Resolver | undefined = resolver) =>
    new FlatGuest(await open(), { grants: granted(...connect), resolver: resolve });

  it("resolves literal addresses and localhost without a lookup", async () => {
    using guest = await guestWith([]);
    for (const [name, ...addresses] of [
      ["203.0.113.9", "203.0.113.9"],
      ["2001:db8::1", "2001:db8:0:0:0:0:0:1"],
      ["localhost", "127.0.0.1", "0:0:0:0:0:0:0:1"],
    ]) {
      const stream = resolve(guest, name) as number;
      for (const address of [...addresses, "none", "none"]) expect(next(guest, stream)).toBe(address);
      guest.drop("sockets/ip-name-lookup/resolve-address-stream", stream);
    }
  });

  it("asks for a name that is granted, and grants its addresses with that port alone", async () => {
    using guest = await guestWith(["example.org:443"]);
    expect(guest.connect(ipv4(443, 203, 0, 113, 7))).toBe("access-denied");
    const stream = resolve(guest, "Example.ORG") as number;
    const pollable = guest.call("sockets/ip-name-lookup#[method]resolve-address-stream.subscribe", stream) as number;
    expect(guest.ready(pollable)).toBe(true);
    expect([0, 1, 2].map(() => next(guest, stream))).toEqual(["203.0.113.7", "2001:db8:0:0:0:0:0:7", "none"]);
    expect(guest.start("tcp-socket.start-connect", guest.tcp(), ipv4(443, 203, 0, 113, 7))).not.toBe("access-denied");
    expect(guest.connect(ipv4(80, 203, 0, 113, 7))).toBe("access-denied");
    expect(guest.connect(ipv4(443, 203, 0, 113, 8))).toBe("access-denied");
  });

  it("asks for nothing that is not granted", async () => {
    let asked = 0;
    using guest = await guestWith(["example.org:443", "203.0.113.0/24:*"], (name) => {
      asked++;
      return resolver(name);
    });
    expect(resolve(guest, "example.com")).toBe("access-denied");
    expect(resolve(guest, "www.example.org")).toBe("access-denied");
    expect(asked).toBe(0);
  });

  it.each([
    ["nothing.example", "name-unresolvable"],
    ["again.example", "temporary-resolver-failure"],
    ["fail.example", "permanent-resolver-failure"],
  ])("tells of a failure by the stream: %s", async (name, code) => {
    using guest = await guestWith([`${name}:*`]);
    const stream = resolve(guest, name) as number;
    expect([next(guest, stream), next(guest, stream)]).toEqual([code, code]);
  });

  it.each(["", "a b", "-x.example", "x..example", "x".repeat(64), "1.2.3", "fe80::1%lo", "a\0b", "http://x"])(
    "reports invalid-argument for an invalid name: %j",
    async (name) => {
      using guest = await guestWith([]);
      expect(resolve(guest, name)).toBe("invalid-argument");
    },
  );

  it("takes names of other letters in their ASCII form", async () => {
    const asked: string[] = [];
    using guest = await guestWith(["xn--bcher-kva.example:80"], (name) => {
      asked.push(name);
      return ["203.0.113.1"];
    });
    expect(next(guest, resolve(guest, "Bücher.example") as number)).toBe("203.0.113.1");
    expect(asked).toEqual(["xn--bcher-kva.example"]);
  });

  it("says not-supported where there is no resolver", async () => {
    using guest = new FlatGuest(await open(), { grants: granted("example.org:443") });
    expect(resolve(guest, "example.org")).toBe("not-supported");
  });

  it("wakes a poll when a resolver that answers later has answered", async () => {
    let answer!: (addresses: readonly string[]) => void;
    using guest = await guestWith(
      ["example.org:443"],
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const stream = resolve(guest, "example.org") as number;
    const pollable = guest.call("sockets/ip-name-lookup#[method]resolve-address-stream.subscribe", stream) as number;
    expect(next(guest, stream)).toBe("would-block");
    expect(guest.pollFor(10, pollable)).toEqual([]);
    answer(["203.0.113.7"]);
    await new Promise(setImmediate);
    expect(guest.poll(pollable)).toEqual([0]);
    expect(next(guest, stream)).toBe("203.0.113.7");
    guest.drop("io/poll/pollable", pollable);
    guest.drop("sockets/ip-name-lookup/resolve-address-stream", stream);
  });

  it("can be dropped before the answer", async () => {
    let answer!: (addresses: readonly string[]) => void;
    using guest = await guestWith(
      ["example.org:443"],
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    guest.drop("sockets/ip-name-lookup/resolve-address-stream", resolve(guest, "example.org") as number);
    answer(["203.0.113.7"]);
    await new Promise(setImmediate);
    guest.pollFor(1);
  });
});

describe("the platform's resolver", () => {
  it.each([
    ["on this thread", lookup],
    ["on another, while this one sleeps", lookupBlocking],
  ])("finds localhost, and no name that cannot be: %s", async (_, ask) => {
    expect(await ask("localhost")).toEqual(expect.arrayContaining([expect.stringMatching(/^(127\.|::1)/)]));
    expect(await ask("no-such-name.invalid")).toEqual({ code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) });
  });
});
