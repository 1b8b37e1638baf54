/** Datagrams by the contract of drivers (wasi-host/drivers/contract/driver.ts), the same suite for each driver. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { errnoName } from "../../wasi-host/abi/errno.ts";
import { ERR, IN, OUT } from "../../wasi-host/abi/readiness.ts";
import type { MutableAddress, SocketAddress } from "../../wasi-host/addresses/socket-address.ts";
import { has } from "./driver-features.ts";
import { DRIVERS, itWith, outcome, Rig } from "./driver-rig.ts";

const PEEK = 1;

describe.each(DRIVERS.filter(([driver]) => has(driver, "datagrams")))("datagrams of the %s driver", (driver, open) => {
  let rig: Rig;
  beforeEach(async () => {
    rig = new Rig(await open());
  });
  afterEach(() => rig.driver.dispose());

  function socket(host = "127.0.0.1"): [number, SocketAddress] {
    const handle = rig.driver.datagrams!.open({ host, port: 0 });
    return [handle, rig.driver.localAddress(handle)!];
  }

  function sendTo(handle: number, text: string, to: SocketAddress): number | string {
    const bytes = Buffer.from(text);
    return outcome(rig.driver.datagrams!.sendTo(handle, bytes, 0, bytes.length, to));
  }

  /** The datagram's length, its bytes that fit, and its sender; or the name of the error. */
  function receive(handle: number, room = 100, flags = 0) {
    const bytes = Buffer.alloc(room);
    const from: MutableAddress = { host: "", port: 0 };
    const length = rig.driver.datagrams!.recvFrom(handle, bytes, 0, room, flags, from);
    if (length < 0) return errnoName(-length);
    return { length, text: bytes.toString("latin1", 0, Math.min(length, room)), from };
  }

  it.each(["127.0.0.1", "::1"])("arrive whole, in order, and with their sender's address: %s", (host) => {
    const [one, from] = socket(host);
    const [other, to] = socket(host);
    expect(sendTo(one, "first", to)).toBe(5);
    expect(sendTo(one, "", to)).toBe(0);
    expect(sendTo(one, "third", to)).toBe(5);
    for (const text of ["first", "", "third"]) {
      rig.until(other, IN);
      expect(receive(other)).toEqual({ length: text.length, text, from });
    }
    expect(receive(other)).toBe("EAGAIN");
    expect(rig.ready(other, IN | OUT)).toBe(OUT);
  });

  it("are truncated to the buffer, and report their full length", () => {
    const [one, from] = socket();
    const [other, to] = socket();
    sendTo(one, "too long", to);
    rig.until(other, IN);
    expect(receive(other, 3, PEEK)).toEqual({ length: 8, text: "too", from });
    expect(receive(other, 3)).toEqual({ length: 8, text: "too", from });
    expect(receive(other)).toBe("EAGAIN");
  });

  it("that are too long are EMSGSIZE", () => {
    const [one, to] = socket();
    expect(sendTo(one, "x".repeat(65_508), to)).toBe("EMSGSIZE");
    expect(sendTo(one, "x".repeat(65_507), to)).toBe(65_507);
  });

  it("go to and come from only the peer of a connected socket", () => {
    const [one, oneName] = socket();
    const [other, otherName] = socket();
    const [third] = socket();
    expect(rig.send(one, "x")).toBe("EDESTADDRREQ");
    expect(rig.driver.datagrams!.connect(one, otherName)).toBe(0);
    expect(rig.driver.peerAddress(one)).toEqual(otherName);
    expect(rig.send(one, "question")).toBe(8);
    rig.until(other, IN);
    expect(receive(other)).toMatchObject({ text: "question", from: oneName });
    sendTo(third, "noise", oneName);
    sendTo(other, "answer", oneName);
    rig.until(one, IN);
    expect(rig.recv(one)).toBe("answer");
    expect(rig.recv(one)).toBe("EAGAIN");
  });

  /** The error of a call, or of the next one if the answer comes later. */
  function refusal(handle: number, result: number): number | string {
    if (result < 0) return outcome(result);
    rig.until(handle, ERR);
    return outcome(-rig.driver.takeError(handle));
  }

  itWith(driver, "own addresses")("to a broadcast address, or to a link-local one without a zone, fail", () => {
    const bytes = Buffer.from("hello");
    const broadcast = { host: "255.255.255.255", port: 9 };
    const [one] = socket("0.0.0.0");
    expect(refusal(one, rig.driver.datagrams!.sendTo(one, bytes, 0, 5, broadcast))).toBe("EACCES");
    expect(refusal(one, rig.driver.datagrams!.connect(one, broadcast))).toBe("EACCES");
    const [six] = socket("::");
    const withoutZone = { host: "fe80::7", port: 9 };
    expect(refusal(six, rig.driver.datagrams!.connect(six, withoutZone))).toBe("EINVAL");
    // A refused connect does not affect the next one.
    const [other, to] = socket();
    expect(rig.driver.datagrams!.connect(one, to)).toBe(0);
    expect(rig.driver.send(one, bytes, 0, 5)).toBe(5);
    rig.until(other, IN);
    expect(receive(other)).toMatchObject({ text: "hello" });
  });

  it("to an unused address are lost; for a connected socket it is ECONNREFUSED, once", () => {
    const [gone, name] = socket();
    rig.driver.close(gone);
    const [one] = socket();
    expect(sendTo(one, "x", name)).toBe(1);
    expect(receive(one)).toBe("EAGAIN");
    rig.driver.datagrams!.connect(one, name);
    expect(rig.send(one, "x")).toBe(1);
    rig.until(one, ERR);
    expect(rig.recv(one)).toBe("ECONNREFUSED");
    expect(rig.recv(one)).toBe("EAGAIN");
  });

  it("wake a watcher with IN, each anew", () => {
    const [one] = socket();
    const [other, to] = socket();
    const edges = rig.driver.edges();
    expect(edges.arm(other, IN, 7)).toBe(0);
    for (let count = 0; count < 2; count++) {
      sendTo(one, "x", to);
      expect(edges.park(5e9)).toBe(1);
      expect(rig.take(edges)).toEqual([{ key: 7, mask: IN, ready: IN }]);
    }
    edges.close();
  });

  it("reserve their port: a second socket is EADDRINUSE until a close", () => {
    const [one, name] = socket();
    expect(() => rig.driver.datagrams!.open(name)).toThrow("EADDRINUSE");
    rig.driver.close(one);
    expect(rig.driver.localAddress(rig.driver.datagrams!.open(name))).toEqual(name);
  });
});
