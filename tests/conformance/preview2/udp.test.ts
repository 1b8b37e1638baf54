import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Grants } from "../../../wasi-host/kernel/grants.ts";
import { DRIVERS } from "./drivers.ts";
import { type Address, FlatGuest, ipv4, ipv6 } from "./flat-guest.ts";

const LIST = 4096;
const DATA = 8192;
const DATAGRAM = 44;

interface Streams {
  readonly incoming: number;
  readonly outgoing: number;
}

interface Datagram {
  readonly text: string;
  readonly to?: Address;
}

/** Calls of wasi:sockets/udp. A failed call returns the error's name. */
class DatagramGuest extends FlatGuest {
  udp(family = 0): number {
    this.call("sockets/udp-create-socket#create-udp-socket", family, this.area);
    return this.u8(0) === 0 ? this.u32(4) : -1;
  }

  bindUdp(socket: number, address: Address = ipv4(0)): string {
    const started = this.start("udp-socket.start-bind", socket, address);
    return started === "ok" ? this.settle("udp-socket.finish-bind", socket) : started;
  }

  bound(address: Address = ipv4(0)): number {
    const socket = this.udp(address[0]);
    const outcome = this.bindUdp(socket, address);
    if (outcome !== "ok") throw new Error(`bind: ${outcome}`);
    return socket;
  }

  udpPort(socket: number): number {
    this.socketCall("udp-socket.local-address", socket);
    return this.u16(8);
  }

  stream(socket: number, remote?: Address): Streams | string {
    const [family, ...rest] = remote ?? [0];
    const flat = [...rest, ...new Array(11 - rest.length).fill(0)];
    this.socketCall("udp-socket.stream", socket, remote === undefined ? 0 : 1, family, ...flat);
    return this.u8(0) === 0 ? { incoming: this.u32(4), outgoing: this.u32(8) } : this.outcome(4);
  }

  checkSend(stream: number): bigint {
    this.call("sockets/udp#[method]outgoing-datagram-stream.check-send", stream, this.area);
    return this.u64(8);
  }

  send(stream: number, ...datagrams: Datagram[]): bigint | string {
    let at = DATA;
    for (const [index, { text, to }] of datagrams.entries()) {
      const bytes = new TextEncoder().encode(text);
      this.bytes.set(bytes, at);
      const { view } = this;
      const first = LIST + index * DATAGRAM;
      view.setUint32(first, at, true);
      view.setUint32(first + 4, bytes.length, true);
      view.setUint8(first + 8, to === undefined ? 0 : 1);
      if (to !== undefined) this.putAddress(first + 12, to);
      at += bytes.length;
    }
    this.call("sockets/udp#[method]outgoing-datagram-stream.send", stream, LIST, datagrams.length, this.area);
    return this.u8(0) === 0 ? this.u64(8) : this.outcome(8);
  }

  putAddress(at: number, [family, port, ...groups]: Address): void {
    const { view } = this;
    view.setUint8(at, family);
    view.setUint16(at + 4, port, true);
    if (family === 0) for (const [index, byte] of groups.entries()) view.setUint8(at + 6 + index, byte);
    else for (const [index, group] of groups.slice(1, 9).entries()) view.setUint16(at + 12 + 2 * index, group, true);
  }

  /** The received texts, with their source ports. */
  receive(stream: number, most = 100n): [text: string, port: number][] | string {
    this.call("sockets/udp#[method]incoming-datagram-stream.receive", stream, most, this.area);
    if (this.u8(0) !== 0) return this.outcome(4);
    const { view } = this;
    const at = this.u32(4);
    return Array.from({ length: this.u32(8) }, (_, index) => {
      const first = at + index * 40;
      const data = view.getUint32(first, true);
      const length = view.getUint32(first + 4, true);
      if (length > 0 && !this.allocations.some((each) => each.at === data && each.size === length)) {
        throw new Error(`a datagram of ${length} bytes is not as long as its allocation`);
      }
      return [new TextDecoder().decode(this.bytes.slice(data, data + length)), view.getUint16(first + 12, true)];
    });
  }

  subscribeIncoming(stream: number): number {
    return this.call("sockets/udp#[method]incoming-datagram-stream.subscribe", stream) as number;
  }

  dropStreams({ incoming, outgoing }: Streams): void {
    this.drop("sockets/udp/incoming-datagram-stream", incoming);
    this.drop("sockets/udp/outgoing-datagram-stream", outgoing);
  }
}

describe.each(DRIVERS)("wasi:sockets/udp over %s", (driver, open) => {
  let guest: DatagramGuest;
  beforeEach(async () => {
    guest = new DatagramGuest(await open());
  });
  afterEach(() => guest[Symbol.dispose]());

  it("sends to anybody, and tells who has sent", () => {
    const [one, two] = [guest.bound(), guest.bound()];
    const [a, b] = [guest.stream(one) as Streams, guest.stream(two) as Streams];
    const pollable = guest.subscribeIncoming(b.incoming);
    expect(guest.receive(b.incoming)).toEqual([]);
    expect(guest.pollFor(20, pollable)).toEqual([]);
    expect(guest.checkSend(a.outgoing)).toBeGreaterThan(0n);
    const to = ipv4(guest.udpPort(two));
    const from = guest.udpPort(one);
    expect(guest.send(a.outgoing, { text: "one", to }, { text: "", to }, { text: "three", to })).toBe(3n);
    const got: unknown[] = [];
    while (got.length < 3) {
      guest.poll(pollable);
      got.push(...guest.receive(b.incoming, 2n));
    }
    expect(got).toEqual([
      ["one", from],
      ["", from],
      ["three", from],
    ]);
    expect(guest.receive(b.incoming)).toEqual([]);
    expect(guest.pollFor(20, pollable)).toEqual([]);
    expect(guest.receive(b.incoming, 0n)).toEqual([]);
  });

  it("sends over IPv6", () => {
    const [one, two] = [guest.bound(ipv6(0)), guest.bound(ipv6(0))];
    expect(guest.call("sockets/udp#[method]udp-socket.address-family", one)).toBe(1);
    const [a, b] = [guest.stream(one) as Streams, guest.stream(two) as Streams];
    guest.checkSend(a.outgoing);
    expect(guest.send(a.outgoing, { text: "six", to: ipv6(guest.udpPort(two)) })).toBe(1n);
    guest.poll(guest.subscribeIncoming(b.incoming));
    expect(guest.receive(b.incoming)).toEqual([["six", guest.udpPort(one)]]);
  });

  it("keeps datagrams over IPv4 away from a socket at ::, and leaves the port to them", () => {
    const four = guest.bound(ipv4(0, 0, 0, 0, 0));
    const port = guest.udpPort(four);
    const six = guest.bound(ipv6(port, 0, 0, 0, 0, 0, 0, 0, 0));
    const incoming = [six, four].map((socket) => (guest.stream(socket) as Streams).incoming);
    const sender = guest.stream(guest.bound()) as Streams;
    guest.checkSend(sender.outgoing);
    guest.send(sender.outgoing, { text: "four", to: ipv4(port) });
    expect(guest.poll(...incoming.map((stream) => guest.subscribeIncoming(stream)))).toEqual([1]);
  });

  it("is limited to one peer, and to none again", () => {
    const [one, two, three] = [guest.bound(), guest.bound(), guest.bound()];
    const [portOne, portTwo] = [guest.udpPort(one), guest.udpPort(two)];
    const a = guest.stream(one, ipv4(portTwo)) as Streams;
    const [b, c] = [guest.stream(two) as Streams, guest.stream(three) as Streams];
    guest.socketCall("udp-socket.remote-address", one);
    expect([guest.u8(0), guest.u8(4), guest.u16(8)]).toEqual([0, 0, portTwo]);
    guest.checkSend(c.outgoing);
    expect(guest.send(c.outgoing, { text: "stranger", to: ipv4(portOne) })).toBe(1n);
    guest.checkSend(b.outgoing);
    expect(guest.send(b.outgoing, { text: "friend", to: ipv4(portOne) })).toBe(1n);
    const pollable = guest.subscribeIncoming(a.incoming);
    let got: unknown = [];
    while ((got as unknown[]).length === 0) {
      guest.poll(pollable);
      got = guest.receive(a.incoming);
    }
    expect(got).toEqual([["friend", portTwo]]);
    guest.checkSend(a.outgoing);
    expect(guest.send(a.outgoing, { text: "back" }, { text: "again", to: ipv4(portTwo) })).toBe(2n);
    guest.checkSend(a.outgoing);
    expect(guest.send(a.outgoing, { text: "x", to: ipv4(guest.udpPort(three)) })).toBe("invalid-argument");
    guest.poll(guest.subscribeIncoming(b.incoming));
    guest.drop("io/poll/pollable", pollable);
    guest.dropStreams(a);

    const d = guest.stream(one) as Streams;
    expect(d).toBeTypeOf("object");
    guest.socketCall("udp-socket.remote-address", one);
    expect(guest.outcome(4)).toBe("invalid-state");
    expect(guest.udpPort(one)).toBe(portOne);
    guest.checkSend(c.outgoing);
    expect(guest.send(c.outgoing, { text: "hello", to: ipv4(portOne) })).toBe(1n);
    guest.poll(guest.subscribeIncoming(d.incoming));
    expect(guest.receive(d.incoming)).toEqual([["hello", guest.udpPort(three)]]);
  });

  it("says connection-refused where nobody is at its peer's port", () => {
    const [one, two] = [guest.bound(), guest.bound()];
    const port = guest.udpPort(two);
    guest.drop("sockets/udp/udp-socket", two);
    const a = guest.stream(one, ipv4(port)) as Streams;
    const pollable = guest.subscribeIncoming(a.incoming);
    guest.checkSend(a.outgoing);
    expect(guest.send(a.outgoing, { text: "anybody?" })).toBe(1n);
    expect(guest.poll(pollable)).toEqual([0]);
    expect(guest.receive(a.incoming)).toBe("connection-refused");
    expect(guest.receive(a.incoming)).toEqual([]);
  });

  it("says invalid-state and not-in-progress where a call does not fit", () => {
    const socket = guest.udp();
    guest.socketCall("udp-socket.finish-bind", socket);
    expect(guest.outcome()).toBe("not-in-progress");
    guest.socketCall("udp-socket.local-address", socket);
    expect(guest.outcome(4)).toBe("invalid-state");
    guest.socketCall("udp-socket.remote-address", socket);
    expect(guest.outcome(4)).toBe("invalid-state");
    expect(guest.stream(socket)).toBe("invalid-state");
    expect(guest.start("udp-socket.start-bind", socket, ipv4(0))).toBe("ok");
    expect(guest.start("udp-socket.start-bind", socket, ipv4(0))).toBe("concurrency-conflict");
    expect(guest.settle("udp-socket.finish-bind", socket)).toBe("ok");
    expect(guest.start("udp-socket.start-bind", socket, ipv4(0))).toBe("invalid-state");
  });

  it("refuses addresses that cannot be", () => {
    expect(guest.bindUdp(guest.udp(), ipv6(0))).toBe("invalid-argument");
    const socket = guest.bound();
    for (const remote of [ipv6(80), ipv4(0), ipv4(80, 0, 0, 0, 0)]) {
      expect(guest.stream(socket, remote)).toBe("invalid-argument");
    }
    const { outgoing } = guest.stream(socket) as Streams;
    for (const to of [ipv6(80), ipv4(0), ipv4(80, 0, 0, 0, 0), undefined]) {
      guest.checkSend(outgoing);
      expect(guest.send(outgoing, { text: "x", to })).toBe("invalid-argument");
    }
  });

  it("sends those before the first that fails", () => {
    const { outgoing } = guest.stream(guest.bound()) as Streams;
    const to = ipv4(guest.udpPort(guest.bound()));
    guest.checkSend(outgoing);
    expect(guest.send(outgoing, { text: "a", to }, { text: "b" }, { text: "c", to })).toBe(1n);
    expect(guest.send(outgoing)).toBe(0n);
  });

  it("says address-in-use, and can bind elsewhere then", () => {
    const port = guest.udpPort(guest.bound());
    const socket = guest.udp();
    expect(guest.bindUdp(socket, ipv4(port))).toBe("address-in-use");
    expect(guest.bindUdp(socket)).toBe("ok");
  });

  it("says datagram-too-large", () => {
    const { outgoing } = guest.stream(guest.bound()) as Streams;
    guest.checkSend(outgoing);
    const to = ipv4(guest.udpPort(guest.bound()));
    expect(guest.send(outgoing, { text: "x".repeat(65_508), to })).toBe("datagram-too-large");
  });

  it("traps at more than check-send has permitted, at datagrams beyond memory, and at streams of before", () => {
    const socket = guest.bound();
    const { outgoing } = guest.stream(socket) as Streams;
    expect(() => guest.send(outgoing, { text: "x" })).toThrow(WebAssembly.RuntimeError);
    guest.checkSend(outgoing);
    const send = (list: number, count: number) =>
      guest.call("sockets/udp#[method]outgoing-datagram-stream.send", outgoing, list, count, guest.area);
    expect(() => send(LIST, 65)).toThrow("permitted");
    expect(() => send(LIST + 2, 1)).toThrow("not aligned");
    guest.view.setUint32(LIST, 0, true);
    guest.view.setUint32(LIST + 4, -1, true);
    expect(() => send(LIST, 1)).toThrow("beyond memory");
    expect(() => guest.stream(socket)).toThrow("have not been dropped");
    expect(() => guest.drop("sockets/udp/udp-socket", socket)).toThrow("depend on it");
  });

  it("says access-denied where nothing grants an address", async () => {
    const refused: unknown[] = [];
    const grants = {
      connect: new Grants("connect", ["127.0.0.1:1"], (refusal) => refused.push(refusal)),
      bind: new Grants("bind", ["127.0.0.1:0"], (refusal) => refused.push(refusal)),
    };
    using confined = new DatagramGuest(await open(), { grants });
    expect(confined.bindUdp(confined.udp(), ipv4(0, 0, 0, 0, 0))).toBe("access-denied");
    const socket = confined.bound();
    expect(confined.stream(socket, ipv4(2))).toBe("access-denied");
    const { outgoing } = confined.stream(socket) as Streams;
    confined.checkSend(outgoing);
    expect(confined.send(outgoing, { text: "x", to: ipv4(2) })).toBe("access-denied");
    confined.checkSend(outgoing);
    expect(confined.send(outgoing, { text: "x", to: ipv4(1) })).toBe(1n);
    expect(refused).toEqual([
      { call: "udp-socket.start-bind", address: { host: "0.0.0.0", port: 0 }, option: "bind" },
      { call: "udp-socket.stream", address: { host: "127.0.0.1", port: 2 }, option: "connect" },
      { call: "outgoing-datagram-stream.send", address: { host: "127.0.0.1", port: 2 }, option: "connect" },
    ]);
  });

  it("says new-socket-limit beyond the limit on descriptors", async () => {
    using few = new DatagramGuest(await open(), { descriptors: 1 });
    const socket = few.udp();
    expect(few.udp()).toBe(-1);
    expect(few.u8(4)).toBe(10);
    few.drop("sockets/udp/udp-socket", socket);
    expect(few.udp()).toBeGreaterThan(0);
  });

  it("has options", () => {
    const socket = guest.udp();
    const kept = driver === "posix";
    guest.socketCall("udp-socket.unicast-hop-limit", socket);
    expect([guest.u8(0), guest.u8(1)]).toEqual([0, 64]);
    guest.socketCall("udp-socket.set-unicast-hop-limit", socket, 0);
    expect(guest.outcome()).toBe("invalid-argument");
    guest.socketCall("udp-socket.set-unicast-hop-limit", socket, 9);
    expect(guest.outcome()).toBe("ok");
    expect(guest.bindUdp(socket)).toBe("ok");
    guest.socketCall("udp-socket.unicast-hop-limit", socket);
    expect(guest.u8(1)).toBe(kept ? 9 : 64);
    for (const name of ["receive-buffer-size", "send-buffer-size"]) {
      guest.socketCall(`udp-socket.${name}`, socket);
      const before = guest.u64(8);
      expect(before).toBeGreaterThan(0n);
      guest.socketCall(`udp-socket.set-${name}`, socket, 0n);
      expect(guest.outcome()).toBe("invalid-argument");
      guest.socketCall(`udp-socket.set-${name}`, socket, 32_768n);
      expect(guest.outcome()).toBe("ok");
      guest.socketCall(`udp-socket.${name}`, socket);
      expect(guest.u64(8)).toBe(kept ? 65_536n : before);
    }
  });

  it("has pollables of the socket and of sending that are ready", () => {
    const socket = guest.bound();
    const { outgoing } = guest.stream(socket) as Streams;
    const pollables = [
      guest.call("sockets/udp#[method]udp-socket.subscribe", socket) as number,
      guest.call("sockets/udp#[method]outgoing-datagram-stream.subscribe", outgoing) as number,
    ];
    expect(guest.poll(...pollables)).toEqual([0, 1]);
    expect(() => guest.drop("sockets/udp/outgoing-datagram-stream", outgoing)).toThrow("depend on it");
  });
});
