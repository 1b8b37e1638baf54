/** sock_getaddrinfo: what needs no asking, and was granted. */
import { describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { describeRefusal, type Refusal } from "../../wasi-host/index.ts";
import { Guest } from "./hand-driven-guest.ts";
import { type Hints, LookupQuery } from "./lookup-query.ts";
import { DATAGRAM, INET4, INET6, LOOPBACK, LOOPBACK6, STREAM } from "./socket-guest.ts";

const OUT = 16;
const [PASSIVE, CANONICAL_NAME, NUMERIC, NUMERIC_SERVICE] = [1, 2, 4, 8];
/** WasmEdge's numbers (thirdparty/wasi/api.hpp). */
const EAI = { ADDRFAMILY: 77, BADFLAGS: 79, FAMILY: 81, MEMORY: 82, NONAME: 84, SERVICE: 85, SOCKTYPE: 86 };
const EVERYWHERE = { connect: ["0.0.0.0/0:*", "[::/0]:*"], bind: ["0.0.0.0/0:*", "[::/0]:*"] };

/** Returns the results, or an errno. */
function lookup(guest: Guest, node: string, service: string, hints: Hints = {}) {
  const query = new LookupQuery(guest, node, service, hints);
  return guest.calls.sock_getaddrinfo(...query.args) || query.found();
}

const stream = { type: STREAM, protocol: 1 };

describe("sock_getaddrinfo", () => {
  it("resolves numeric addresses with a port", async () => {
    using guest = await Guest.open(EVERYWHERE);
    expect(lookup(guest, "10.1.2.3", "80")).toEqual([{ ip: [10, 1, 2, 3], port: 80, ...stream }]);
    expect(lookup(guest, "::1", "65535", { family: INET6, flags: NUMERIC })).toEqual([
      { ip: LOOPBACK6, port: 65_535, ...stream },
    ]);
    expect(lookup(guest, "10.1.2.3", "53", { type: DATAGRAM })).toEqual([
      { ip: [10, 1, 2, 3], port: 53, type: DATAGRAM, protocol: 2 },
    ]);
  });

  it("resolves localhost, in the requested families, up to the available room", async () => {
    using guest = await Guest.open(EVERYWHERE);
    const four = { ip: LOOPBACK, port: 80, ...stream };
    const six = { ip: LOOPBACK6, port: 80, ...stream };
    expect(lookup(guest, "localhost", "80")).toEqual([four, six]);
    expect(lookup(guest, "", "80")).toEqual([four, six]);
    expect(lookup(guest, "localhost", "80", { family: INET4 })).toEqual([four]);
    expect(lookup(guest, "localhost", "80", { family: INET6 })).toEqual([six]);
    expect(lookup(guest, "localhost", "80", { most: 1 })).toEqual([four]);
    expect(lookup(guest, "sub.localhost", "80")).toEqual([four, six]);
    expect(lookup(guest, "LOCALHOST.", "80")).toEqual([four, six]);
    expect(lookup(guest, "", "80", { flags: PASSIVE, family: INET4 })).toEqual([{ ...four, ip: [0, 0, 0, 0] }]);
  });

  it("resolves a service name to its port, as getaddrinfo(3) does", async () => {
    using guest = await Guest.open(EVERYWHERE);
    for (const [service, port] of [
      ["http", 80],
      ["https", 443],
      ["domain", 53],
      ["ssh", 22],
      ["postgresql", 5432],
      ["8080", 8080],
      ["0", 0],
      ["", 0],
    ] as const) {
      expect(lookup(guest, "127.0.0.1", service)).toEqual([{ ip: LOOPBACK, port, ...stream }]);
    }
    expect(lookup(guest, "", "http", { flags: PASSIVE, family: INET6 })).toEqual([
      { ip: new Array(16).fill(0), port: 80, ...stream },
    ]);
  });

  it("uses the service of the requested protocol, and reports the protocol", async () => {
    using guest = await Guest.open(EVERYWHERE);
    const datagrams = { type: DATAGRAM, protocol: 2 };
    const ask = (service: string, hints: Hints) => lookup(guest, "127.0.0.1", service, hints);
    const answer = (port: number, kind: typeof stream) => [{ ip: LOOPBACK, port, ...kind }];
    expect(ask("domain", { type: DATAGRAM })).toEqual(answer(53, datagrams));
    expect(ask("domain", { type: 0, protocol: 2 })).toEqual(answer(53, datagrams));
    expect(ask("domain", { type: 0 })).toEqual(answer(53, stream));
    expect(ask("tftp", { type: 0 })).toEqual(answer(69, datagrams));
    expect(ask("tftp", { type: STREAM })).toBe(EAI.SERVICE);
    expect(ask("ssh", { type: DATAGRAM })).toBe(EAI.SERVICE);
  });

  it("is WasmEdge's EAI_SERVICE for an unknown service, and EAI_NONAME for a name with AI_NUMERICSERV", async () => {
    using guest = await Guest.open(EVERYWHERE);
    for (const service of ["no-such-service", "HTTP", "http ", "toString", "65536", "-1", "1e3", "123456", "080000"]) {
      expect([service, lookup(guest, "localhost", service)]).toEqual([service, EAI.SERVICE]);
    }
    expect(lookup(guest, "localhost", "http", { flags: NUMERIC_SERVICE })).toBe(EAI.NONAME);
    expect(lookup(guest, "localhost", "80", { flags: NUMERIC_SERVICE, family: INET4 })).toEqual([
      { ip: LOOPBACK, port: 80, ...stream },
    ]);
  });

  it("resolves to the addresses that are granted with the port of the service", async () => {
    using guest = await Guest.open({ connect: ["127.0.0.1:443", "[::1]:80"] });
    expect(lookup(guest, "localhost", "https")).toEqual([{ ip: LOOPBACK, port: 443, ...stream }]);
    expect(lookup(guest, "localhost", "http")).toEqual([{ ip: LOOPBACK6, port: 80, ...stream }]);
  });

  it("resolves to addresses that are granted with another port, which sock_connect checks", async () => {
    using guest = await Guest.open({ connect: ["127.0.0.1:443"] });
    expect(lookup(guest, "localhost", "http")).toEqual([{ ip: LOOPBACK, port: 80, ...stream }]);
  });

  it("resolves an address to listen at without AI_PASSIVE too", async () => {
    using guest = await Guest.open({ bind: ["127.0.0.1:81"] });
    expect(lookup(guest, "127.0.0.1", "81")).toEqual([{ ip: LOOPBACK, port: 81, ...stream }]);
  });

  it("resolves granted addresses and reports refused ones", async () => {
    const refused: string[] = [];
    const onRefused = (refusal: Refusal) => void refused.push(describeRefusal(refusal));
    using guest = await Guest.open({ connect: ["[::1]:80"], bind: ["127.0.0.1:81"], onRefused });
    expect(lookup(guest, "localhost", "80")).toEqual([{ ip: LOOPBACK6, port: 80, ...stream }]);
    expect(lookup(guest, "localhost", "81", { flags: PASSIVE })).toEqual([{ ip: LOOPBACK, port: 81, ...stream }]);
    expect(lookup(guest, "10.0.0.1", "80")).toBe(Errno.ACCES);
    expect(lookup(guest, "10.0.0.1", "80", { flags: PASSIVE })).toBe(Errno.ACCES);
    expect(refused).toEqual([
      "sock_getaddrinfo 10.0.0.1:80: not granted (EACCES); --connect 10.0.0.1:80 grants it",
      "sock_getaddrinfo 10.0.0.1:80: not granted (EACCES); --bind 10.0.0.1:80 grants it",
    ]);
  });

  it("is EAI_NONAME for an invalid name, and for a name with AI_NUMERICHOST", async () => {
    using guest = await Guest.open(EVERYWHERE);
    for (const name of ["127.0.0.1.", "fe80::1%lo", "x".repeat(1000), "a b", "-x.example", "x..example"]) {
      expect([name, lookup(guest, name, "80")]).toEqual([name, EAI.NONAME]);
    }
    expect(lookup(guest, "example.org", "80", { flags: NUMERIC })).toBe(EAI.NONAME);
    expect(lookup(guest, "", "")).toBe(EAI.NONAME);
  });

  it("is WasmEdge's errno for each invalid hint", async () => {
    using guest = await Guest.open(EVERYWHERE);
    const errnoOf = (hints: Hints, name = "localhost") => lookup(guest, name, "80", hints);
    expect(errnoOf({ family: INET6 }, "127.0.0.1")).toBe(EAI.ADDRFAMILY);
    expect(errnoOf({ family: INET4 }, "::1")).toBe(EAI.ADDRFAMILY);
    expect(errnoOf({ flags: 128 })).toBe(EAI.BADFLAGS);
    expect(errnoOf({ flags: CANONICAL_NAME }, "")).toBe(EAI.BADFLAGS);
    expect(errnoOf({ family: 3 })).toBe(EAI.FAMILY);
    expect(errnoOf({ type: 3 })).toBe(EAI.SOCKTYPE);
    expect(errnoOf({ protocol: 3 })).toBe(EAI.SOCKTYPE);
    expect(errnoOf({ most: 0 })).toBe(EAI.MEMORY);
  });

  it("is EFAULT for a buffer that is too short for the address, with nothing written", async () => {
    using guest = await Guest.open(EVERYWHERE);
    const lengthOf = (bytes: number, node: string) => {
      const query = new LookupQuery(guest, node, "80", { dataLength: bytes });
      return guest.calls.sock_getaddrinfo(...query.args);
    };
    expect([13, 14].map((bytes) => lengthOf(bytes, "127.0.0.1"))).toEqual([Errno.FAULT, 0]);
    expect([25, 26].map((bytes) => lengthOf(bytes, "::1"))).toEqual([Errno.FAULT, 0]);
    // Some programs leave it at 0, and have the room.
    expect(lengthOf(0, "::1")).toBe(0);
  });

  it("is EFAULT if the list leads outside memory, with nothing written", async () => {
    using guest = await Guest.open(EVERYWHERE);
    const info = guest.room(28);
    const sockaddr = guest.room(12);
    const hint = guest.place(new Uint8Array(28))[0];
    const ask = () =>
      guest.calls.sock_getaddrinfo(...guest.place("localhost"), ...guest.place("80"), hint, OUT, 2, OUT + 8);
    guest.view.setUint32(OUT, info, true);
    for (const [at, value] of [
      [info + 12, -4],
      [sockaddr + 8, 65_536 - 13],
      [info + 24, 65_536 - 27],
    ]) {
      guest.view.setUint32(info + 12, sockaddr, true);
      guest.view.setUint32(sockaddr + 8, 2048, true);
      guest.view.setUint32(at, value, true);
      const before = guest.bytes(0, guest.size);
      expect([at, ask()]).toEqual([at, Errno.FAULT]);
      expect(guest.bytes(info, 40).equals(before.subarray(info, info + 40))).toBe(true);
    }
  });
});
