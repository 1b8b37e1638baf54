/** The contract of drivers: link-local addresses of IPv6, whose zone names their interface. */
import os from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Core, DefaultSelector, EVENT_READ, EVENT_WRITE, Socket } from "../../src/index.ts";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { ERR, IN, OUT } from "../../wasi-host/abi/readiness.ts";
import type { SocketAddress } from "../../wasi-host/addresses/socket-address.ts";
import { DRIVERS, itWith, outcome, Rig } from "./driver-rig.ts";

/** An address of this machine, with its interface by name and number. */
const [found] = Object.entries(os.networkInterfaces()).flatMap(([name, addresses = []]) =>
  addresses.flatMap((one) =>
    one.family === "IPv6" && one.scopeid > 0 ? [{ name, host: one.address, number: String(one.scopeid) }] : [],
  ),
);
/** A simulated machine has every address. */
const SIMULATED = { name: "lo", host: "fe80::1", number: "1" };
const MISSING = "no interface of this machine has a link-local address (ip -6 address add fe80::1/64 dev lo)";

describe.each(DRIVERS)("zones on the %s driver", (driver, open) => {
  let rig: Rig;
  beforeEach(async () => {
    rig = new Rig(await open());
  });
  afterEach(() => rig.driver.dispose());

  const link = driver === "simulated" ? SIMULATED : found;
  const at = (zone: string, port = 0): SocketAddress => ({ host: `${link.host}%${zone}`, port });

  const reachable = itWith(driver, "zones");
  for (const by of ["name", "number"] as const) {
    reachable(`are listened at and connected to, by an interface's ${by}`, ({ skip }) => {
      if (link === undefined) skip(MISSING);
      const listener = rig.driver.listen(at(link[by]));
      const address = rig.driver.localAddress(listener)!;
      expect(address.host).toBe(`${link.host}%${link.name}`);
      const client = rig.driver.connect(at(link[by], address.port));
      rig.until(client, OUT);
      rig.until(listener, IN);
      const server = rig.driver.accept(listener);
      expect(rig.driver.takeError(client)).toBe(0);
      expect(rig.driver.peerAddress(client)).toEqual(address);
      expect(rig.driver.localAddress(server)).toEqual(address);
      expect(rig.driver.peerAddress(server)).toEqual(rig.driver.localAddress(client));
      rig.send(client, "hello");
      rig.until(server, IN);
      expect(rig.recv(server)).toBe("hello");
      expect(() => rig.driver.listen(at(link.name, address.port))).toThrow("EADDRINUSE");
    });
  }

  reachable("are kept by bound sockets, which listen and connect", ({ skip }) => {
    if (link === undefined) skip(MISSING);
    const listener = rig.driver.bound!.open(at(link.number));
    expect(rig.driver.bound!.listen(listener, 4)).toBe(0);
    const address = rig.driver.localAddress(listener)!;
    const client = rig.driver.bound!.open(at(link.name));
    expect(rig.driver.bound!.connect(client, at(link.number, address.port))).toBe(0);
    rig.until(listener, IN);
    rig.until(client, OUT);
    const from = rig.driver.peerAddress(rig.driver.accept(listener))!;
    expect(from.host).toBe(`${link.host}%${link.name}`);
    expect(from).toEqual(rig.driver.localAddress(client));
  });

  reachable("go with datagrams: to whom they are sent, and from whom they come", ({ skip }) => {
    if (link === undefined) skip(MISSING);
    const [one, other] = [rig.driver.datagrams!.open(at(link.name)), rig.driver.datagrams!.open(at(link.number))];
    const names = [one, other].map((handle) => rig.driver.localAddress(handle)!);
    for (const { host } of names) expect(host).toBe(`${link.host}%${link.name}`);
    const bytes = new TextEncoder().encode("hello");
    const from = { host: "", port: 0 };
    const room = new Uint8Array(new ArrayBuffer(16));
    const received = (handle: number) => {
      rig.until(handle, IN);
      return rig.driver.datagrams!.recvFrom(handle, room, 0, room.length, 0, from);
    };
    expect(rig.driver.datagrams!.sendTo(one, bytes, 0, 5, at(link.number, names[1].port))).toBe(5);
    expect(received(other)).toBe(5);
    expect(from).toEqual(names[0]);
    // A socket connected by the interface's number receives from the peer that uses the interface's name.
    expect(rig.driver.datagrams!.connect(other, at(link.number, names[0].port))).toBe(0);
    expect(rig.driver.peerAddress(other)).toEqual(names[0]);
    expect(rig.driver.send(other, bytes, 0, 5)).toBe(5);
    expect(received(one)).toBe(5);
    expect(rig.driver.datagrams!.sendTo(one, bytes, 0, 5, names[1])).toBe(5);
    expect(received(other)).toBe(5);
  });

  it("that name no interface are refused by name", () => {
    const address = { host: "fe80::1%nope", port: 7000 };
    const refused = expect.objectContaining({
      code: "ENODEV",
      message: expect.stringContaining("fe80::1%nope: no interface 'nope'"),
    });
    for (const open of [rig.driver.listen, rig.driver.bound!.open, rig.driver.connect]) {
      expect(() => open.call(rig.driver, address)).toThrow(refused);
    }
    expect(() => rig.driver.listen({ host: "::1%4000000", port: 0 })).toThrow("no interface '4000000'");
    if (driver === "web") return;
    expect(() => rig.driver.datagrams!.open(address)).toThrow(refused);
    const bytes = new Uint8Array(1);
    const datagrams = rig.driver.datagrams!.open({ host: "::", port: 0 });
    expect(outcome(rig.driver.datagrams!.connect(datagrams, address))).toBe("ENODEV");
    expect(outcome(rig.driver.datagrams!.sendTo(datagrams, bytes, 0, 1, address))).toBe("ENODEV");
    const bound = rig.driver.bound!.open({ host: "::1", port: 0 });
    expect(outcome(rig.driver.bound!.connect(bound, address))).toBe("ENODEV");
  });

  reachable("are needed by link-local addresses: the error says so", () => {
    const address = { host: "fe80::7", port: 7000 };
    const refused = expect.objectContaining({
      code: "EINVAL",
      message: expect.stringContaining("which is link-local: name its interface, as in fe80::7%eth0"),
    });
    for (const open of [rig.driver.listen, rig.driver.bound!.open, rig.driver.datagrams!.open]) {
      expect(() => open.call(rig.driver, address)).toThrow(refused);
    }
    try {
      const client = rig.driver.connect(address);
      // poll reports a late answer.
      rig.until(client, ERR);
      expect(rig.driver.takeError(client)).toBe(Errno.INVAL);
    } catch (error) {
      expect(error).toEqual(refused);
    }
  });

  reachable("say nothing behind an address that is the same on every interface", () => {
    const listener = rig.driver.listen({ host: "::1%lo", port: 0 });
    const address = rig.driver.localAddress(listener)!;
    expect(address.host).toBe("::1");
    const client = rig.driver.connect({ host: "0:0::1%lo", port: address.port });
    rig.until(client, OUT);
    expect(rig.driver.peerAddress(client)).toEqual(address);
  });
});

describe.each(["posix", "net"])("zones in the library, %s driver", (driver) => {
  it("are accepted by Socket.listen and Socket.connect, and returned in a socket's addresses", async ({ skip }) => {
    if (found === undefined) skip(MISSING);
    const { name, host, number } = found;
    using core = await Core.open({ driver });
    using listener = Socket.listen(core, `[${host}%${number}]:0`);
    const { port } = listener.localAddress!;
    expect(listener.localAddress).toEqual({ host: `${host}%${name}`, port });
    using client = Socket.connect(core, `[${host}%${name}]:${port}`);
    using selector = new DefaultSelector(core);
    selector.register(listener, EVENT_READ);
    await selector.select(10_000);
    using server = listener.accept() as Socket;
    selector.register(client, EVENT_WRITE);
    await selector.select(10_000);
    expect(client.takeError()).toBeUndefined();
    expect(client.peerAddress).toEqual(listener.localAddress);
    expect(server.peerAddress).toEqual(client.localAddress);
  });

  it("that name no interface are refused by name", async () => {
    using core = await Core.open({ driver });
    expect(() => Socket.connect(core, "[fe80::1%nope]:80")).toThrow(
      "ENODEV: address fe80::1%nope: no interface 'nope'",
    );
    expect(() => Socket.listen(core, "[fe80::1%nope]:0")).toThrow("no interface 'nope'");
  });
});
