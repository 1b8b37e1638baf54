/** sock_getaddrinfo: what needs no asking, and was granted. */
import { describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { describeRefusal, type Refusal } from "../../wasi-host/index.ts";
import { Guest } from "./hand-driven-guest.ts";
import { DATAGRAM, INET4, INET6, LOOPBACK, LOOPBACK6, STREAM } from "./socket-guest.ts";

const OUT = 16;
const [PASSIVE, NUMERIC, NUMERIC_SERVICE] = [1, 4, 8];
/** WasmEdge's numbers (thirdparty/wasi/api.hpp). */
const [EAI_NONAME, EAI_SERVICE] = [84, 85];
const EVERYWHERE = { connect: ["0.0.0.0/0:*", "[::/0]:*"], bind: ["0.0.0.0/0:*", "[::/0]:*"] };

interface Hints {
  readonly flags?: number;
  readonly family?: number;
  readonly type?: number;
  readonly protocol?: number;
  readonly most?: number;
}

/** Asks as Rust's wasmedge_wasi_socket and Go's dispatchrun/net do: both texts with a NUL, and a list of addrinfos. */
function lookup(guest: Guest, node: string, service: string, hints: Hints = {}) {
  const { flags = 0, family = 0, type = STREAM, protocol = 0, most = 4 } = hints;
  const room = Math.max(most, 1);
  const infos = Array.from({ length: room }, () => guest.room(28));
  const data = infos.map((info, index) => {
    const [sockaddr, bytes] = [guest.room(12), guest.room(26)];
    guest.view.setUint32(info + 12, sockaddr, true);
    guest.view.setUint32(info + 24, infos[index + 1] ?? 0, true);
    guest.view.setUint32(sockaddr + 4, 26, true);
    guest.view.setUint32(sockaddr + 8, bytes, true);
    return bytes;
  });
  const hint = guest.place(Uint8Array.of(flags, 0, family, type, protocol, ...new Array(23).fill(0)))[0];
  guest.view.setUint32(OUT, infos[0], true);
  const texts = [...guest.place(node === "" ? "" : `${node}\0`), ...guest.place(service === "" ? "" : `${service}\0`)];
  const errno = guest.calls.sock_getaddrinfo(...texts, hint, OUT, most, OUT + 8);
  if (errno !== 0) return errno;
  return infos.slice(0, guest.u32(OUT + 8)).map((info, index) => {
    const found = guest.view.getUint8(info + 2);
    const sockaddr = guest.u32(info + 12);
    expect(guest.view.getUint8(sockaddr)).toBe(found);
    expect(guest.u32(sockaddr + 4)).toBe(found === INET4 ? 14 : 26);
    const [at, length] = found === INET4 ? [2, 4] : [6, 16];
    return {
      ip: [...guest.bytes(data[index] + at, length)],
      port: guest.view.getUint16(data[index], false),
      type: guest.view.getUint8(info + 3),
      protocol: guest.view.getUint8(info + 4),
    };
  });
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
    expect(lookup(guest, "localhost", "80", { most: 0 })).toEqual([]);
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
    expect(ask("tftp", { type: STREAM })).toBe(EAI_SERVICE);
    expect(ask("ssh", { type: DATAGRAM })).toBe(EAI_SERVICE);
  });

  it("is WasmEdge's EAI_SERVICE for an unknown service, and EAI_NONAME for a name with AI_NUMERICHOST", async () => {
    using guest = await Guest.open(EVERYWHERE);
    for (const service of ["no-such-service", "HTTP", "http ", "toString", "65536", "-1", "1e3", "123456", "080000"]) {
      expect([service, lookup(guest, "localhost", service)]).toEqual([service, EAI_SERVICE]);
    }
    expect(lookup(guest, "localhost", "http", { flags: NUMERIC_SERVICE })).toBe(EAI_NONAME);
    expect(lookup(guest, "localhost", "80", { flags: NUMERIC_SERVICE, family: INET4 })).toEqual([
      { ip: LOOPBACK, port: 80, ...stream },
    ]);
  });

  it("applies grants to the port of a service name", async () => {
    using guest = await Guest.open({ connect: ["127.0.0.1:443"] });
    expect(lookup(guest, "localhost", "https")).toEqual([{ ip: LOOPBACK, port: 443, ...stream }]);
    expect(lookup(guest, "localhost", "http")).toBe(Errno.ACCES);
  });

  it("resolves granted addresses and reports refused ones", async () => {
    const refused: string[] = [];
    const onRefused = (refusal: Refusal) => void refused.push(describeRefusal(refusal));
    using guest = await Guest.open({ connect: ["[::1]:80"], bind: ["127.0.0.1:81"], onRefused });
    expect(lookup(guest, "localhost", "80")).toEqual([{ ip: LOOPBACK6, port: 80, ...stream }]);
    expect(lookup(guest, "localhost", "81")).toBe(Errno.ACCES);
    expect(lookup(guest, "localhost", "81", { flags: PASSIVE })).toEqual([{ ip: LOOPBACK, port: 81, ...stream }]);
    expect(lookup(guest, "10.0.0.1", "80")).toBe(Errno.ACCES);
    expect(refused).toEqual([
      "sock_getaddrinfo 127.0.0.1:81: not granted (EACCES); --connect 127.0.0.1:81 grants it",
      "sock_getaddrinfo 10.0.0.1:80: not granted (EACCES); --connect 10.0.0.1:80 grants it",
    ]);
  });

  it("is ENOENT for a name that needs a query, EINVAL for invalid hints", async () => {
    using guest = await Guest.open(EVERYWHERE);
    for (const name of ["example.org", "127.0.0.1.", "fe80::1%lo", "x".repeat(1000)]) {
      expect([name, lookup(guest, name, "80")]).toEqual([name, Errno.NOENT]);
    }
    expect(lookup(guest, "127.0.0.1", "80", { family: INET6 })).toBe(Errno.NOENT);
    expect(lookup(guest, "", "")).toBe(Errno.INVAL);
    for (const hints of [{ flags: 128 }, { family: 3 }, { type: 3 }, { protocol: 3 }]) {
      expect([hints, lookup(guest, "localhost", "80", hints)]).toEqual([hints, Errno.INVAL]);
    }
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
