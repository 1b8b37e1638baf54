import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TCP_SOCKET } from "../../../wasi-host/bindings/preview2/resources.ts";
import { Grants } from "../../../wasi-host/kernel/grants.ts";
import { DRIVERS } from "./drivers.ts";
import { type Connection, FlatGuest, ipv4, ipv6 } from "./flat-guest.ts";

const text = (bytes: unknown) => (bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : bytes);
const SECOND = 1_000_000_000n;

describe.each(DRIVERS)("wasi:sockets/tcp over %s", (driver, open) => {
  let guest: FlatGuest;
  beforeEach(async () => {
    guest = new FlatGuest(await open());
  });
  afterEach(() => guest[Symbol.dispose]());

  describe("states", () => {
    it("connects, accepts, and carries bytes both ways", () => {
      const [client, server] = guest.pair();
      guest.checkWrite(client.output);
      expect(guest.write(client.output, "hello")).toBeUndefined();
      expect(text(guest.read(server.input, 100, "blocking-read"))).toBe("hello");
      expect(guest.write(server.output, "world", "blocking-write-and-flush")).toBeUndefined();
      expect(text(guest.read(client.input, 3, "blocking-read"))).toBe("wor");
      expect(text(guest.read(client.input, 100, "blocking-read"))).toBe("ld");
      guest.close(client);
      expect(guest.read(server.input, 100, "blocking-read")).toBe("closed");
      guest.close(server);
    });

    it("tells addresses from when they are bound", () => {
      const socket = guest.tcp();
      guest.socketCall("tcp-socket.local-address", socket);
      expect(guest.outcome(4)).toBe("invalid-state");
      expect(guest.bind(socket, ipv4(0))).toBe("ok");
      guest.socketCall("tcp-socket.local-address", socket);
      expect([guest.u8(0), guest.u8(4), guest.list4(10)]).toEqual([0, 0, [127, 0, 0, 1]]);
      expect(guest.u16(8)).toBeGreaterThan(0);
      guest.socketCall("tcp-socket.remote-address", socket);
      expect(guest.outcome(4)).toBe("invalid-state");
    });

    it("tells the address of the peer", () => {
      const listener = guest.listener();
      const [client, server] = guest.pair(listener);
      const port = guest.port(listener);
      guest.socketCall("tcp-socket.remote-address", client.socket);
      expect([guest.u8(0), guest.u8(4), guest.u16(8), guest.list4(10)]).toEqual([0, 0, port, [127, 0, 0, 1]]);
      expect(guest.port(server.socket)).toBe(port);
    });

    it("connects over IPv6", () => {
      const listener = guest.listener(ipv6(0));
      expect(guest.call("sockets/tcp#[method]tcp-socket.address-family", listener)).toBe(1);
      const client = guest.connect(ipv6(guest.port(listener))) as Connection;
      guest.socketCall("tcp-socket.remote-address", client.socket);
      expect([guest.u8(0), guest.u8(4), guest.u32(12)]).toEqual([0, 1, 0]);
      expect(Array.from({ length: 8 }, (_, group) => guest.u16(16 + 2 * group))).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
      expect(guest.u32(32)).toBe(0);
      guest.write(client.output, "six", "blocking-write-and-flush");
      const server = guest.accept(listener) as Connection;
      expect(text(guest.read(server.input, 9, "blocking-read"))).toBe("six");
    });

    it("binds before it connects, and the peer sees that port", () => {
      const listener = guest.listener();
      const socket = guest.tcp();
      expect(guest.bind(socket, ipv4(0))).toBe("ok");
      const port = guest.port(socket);
      const client = guest.connect(ipv4(guest.port(listener)), socket) as Connection;
      expect(client.socket).toBe(socket);
      const server = guest.accept(listener) as Connection;
      guest.socketCall("tcp-socket.remote-address", server.socket);
      expect(guest.u16(8)).toBe(port);
    });

    it("says invalid-state where a call does not fit the state", () => {
      const [client, server] = guest.pair();
      for (const { socket } of [client, server]) {
        expect(guest.start("tcp-socket.start-bind", socket, ipv4(0))).toBe("invalid-state");
        expect(guest.start("tcp-socket.start-connect", socket, ipv4(1))).toBe("invalid-state");
        guest.socketCall("tcp-socket.start-listen", socket);
        expect(guest.outcome()).toBe("invalid-state");
        guest.socketCall("tcp-socket.accept", socket);
        expect(guest.outcome(4)).toBe("invalid-state");
        guest.socketCall("tcp-socket.set-listen-backlog-size", socket, 8n);
        expect(guest.outcome()).toBe("invalid-state");
      }
      const listener = guest.listener();
      expect(guest.start("tcp-socket.start-bind", listener, ipv4(0))).toBe("invalid-state");
      expect(guest.start("tcp-socket.start-connect", listener, ipv4(1))).toBe("invalid-state");
      guest.socketCall("tcp-socket.shutdown", listener, 0);
      expect(guest.outcome()).toBe("invalid-state");
      const unbound = guest.tcp();
      guest.socketCall("tcp-socket.start-listen", unbound);
      expect(guest.outcome()).toBe("invalid-state");
    });

    it("says not-in-progress where nothing was started, and after it was finished", () => {
      const socket = guest.tcp();
      for (const [method, offset] of [
        ["finish-bind", 1],
        ["finish-listen", 1],
        ["finish-connect", 4],
      ] as const) {
        guest.socketCall(`tcp-socket.${method}`, socket);
        expect(guest.outcome(offset)).toBe("not-in-progress");
      }
      guest.bind(socket, ipv4(0));
      guest.socketCall("tcp-socket.finish-bind", socket);
      expect(guest.outcome()).toBe("not-in-progress");
    });

    it("says concurrency-conflict where something is in progress", () => {
      const socket = guest.tcp();
      expect(guest.start("tcp-socket.start-bind", socket, ipv4(0))).toBe("ok");
      expect(guest.start("tcp-socket.start-bind", socket, ipv4(0))).toBe("concurrency-conflict");
      expect(guest.start("tcp-socket.start-connect", socket, ipv4(1))).toBe("concurrency-conflict");
      guest.socketCall("tcp-socket.start-listen", socket);
      expect(guest.outcome()).toBe("concurrency-conflict");
      expect(guest.settle("tcp-socket.finish-bind", socket)).toBe("ok");
    });

    it("listens once it is finished", () => {
      const socket = guest.tcp();
      guest.bind(socket, ipv4(0));
      guest.socketCall("tcp-socket.start-listen", socket);
      expect(guest.call("sockets/tcp#[method]tcp-socket.is-listening", socket)).toBe(0);
      guest.socketCall("tcp-socket.finish-listen", socket);
      expect(guest.outcome()).toBe("ok");
      expect(guest.call("sockets/tcp#[method]tcp-socket.is-listening", socket)).toBe(1);
      guest.socketCall("tcp-socket.accept", socket);
      expect(guest.outcome(4)).toBe("would-block");
    });
  });

  describe("arguments", () => {
    it.each([
      ["another family", ipv6(0)],
      ["a multicast address", ipv4(0, 224, 0, 0, 1)],
      ["the broadcast address", ipv4(0, 255, 255, 255, 255)],
    ])("refuses to bind to %s", (_, address) => {
      expect(guest.bind(guest.tcp(), address)).toBe("invalid-argument");
    });

    it.each([
      ["another family", ipv6(80)],
      ["a multicast address", ipv4(80, 224, 0, 0, 1)],
      ["no address", ipv4(80, 0, 0, 0, 0)],
      ["port 0", ipv4(0)],
    ])("refuses to connect to %s, and can connect elsewhere then", (_, address) => {
      const socket = guest.tcp();
      expect(guest.connect(address, socket)).toBe("invalid-argument");
      expect(guest.connect(ipv4(guest.port(guest.listener())), socket)).toBeTypeOf("object");
    });

    it("refuses IPv4 addresses in the form of IPv6", () => {
      const mapped = ipv6(80, 0, 0, 0, 0, 0, 0xffff, 0x7f00, 1);
      expect(guest.bind(guest.tcp(1), mapped)).toBe("invalid-argument");
      expect(guest.connect(mapped)).toBe("invalid-argument");
      expect(guest.bind(guest.tcp(1), ipv6(0, 0xff02, 0, 0, 0, 0, 0, 0, 1))).toBe("invalid-argument");
      expect(guest.connect(ipv6(80, 0, 0, 0, 0, 0, 0, 0, 0))).toBe("invalid-argument");
    });

    it("traps at cases that there are not", () => {
      const socket = guest.tcp();
      expect(() => guest.tcp(2)).toThrow("ip-address-family has no case 2");
      expect(() => guest.start("tcp-socket.start-bind", socket, [2, 0, 0, 0, 0, 0])).toThrow("no case 2");
      expect(() => guest.socketCall("tcp-socket.shutdown", socket, 3)).toThrow("shutdown-type has no case 3");
    });

    it("traps at a handle that is no network", () => {
      const socket = guest.tcp();
      const flat = new Array(12).fill(0);
      expect(() => guest.socketCall("tcp-socket.start-bind", socket, socket, ...flat)).toThrow("expected a network");
    });
  });

  describe("failures", () => {
    it("says address-in-use, and can bind elsewhere then", () => {
      const port = guest.port(guest.listener());
      const socket = guest.tcp();
      expect(guest.bind(socket, ipv4(port))).toBe("address-in-use");
      expect(guest.bind(socket, ipv4(0))).toBe("ok");
    });

    it("says address-not-bindable for an address that is not this machine's; all are, in the simulated network", () => {
      const expected = driver === "simulated" ? "ok" : "address-not-bindable";
      expect(guest.bind(guest.tcp(), ipv4(0, 203, 0, 113, 7))).toBe(expected);
    });

    it("keeps IPv4 away from a listener at ::, and leaves the port to it", () => {
      const listener = guest.listener(ipv6(0, 0, 0, 0, 0, 0, 0, 0, 0));
      const port = guest.port(listener);
      expect(guest.connect(ipv4(port))).toBe("connection-refused");
      expect(guest.connect(ipv6(port))).toBeTypeOf("object");
      const four = guest.port(guest.listener(ipv4(0, 0, 0, 0, 0)));
      expect(guest.listener(ipv6(four, 0, 0, 0, 0, 0, 0, 0, 0))).toBeGreaterThan(0);
      expect(guest.connect(ipv4(four))).toBeTypeOf("object");
      expect(guest.connect(ipv6(four))).toBeTypeOf("object");
    });

    it("says connection-refused, and is closed then", () => {
      const listener = guest.listener();
      const port = guest.port(listener);
      guest.drop("sockets/tcp/tcp-socket", listener);
      const socket = guest.tcp();
      expect(guest.connect(ipv4(port), socket)).toBe("connection-refused");
      expect(guest.connect(ipv4(port), socket)).toBe("invalid-state");
      expect(guest.bind(socket, ipv4(0))).toBe("invalid-state");
      guest.socketCall("tcp-socket.hop-limit", socket);
      expect(guest.outcome()).toBe("invalid-state");
      guest.socketCall("tcp-socket.set-hop-limit", socket, 3);
      expect(guest.outcome()).toBe("invalid-state");
      guest.socketCall("tcp-socket.set-keep-alive-enabled", socket, 1);
      expect(guest.outcome()).toBe("invalid-state");
      guest.socketCall("tcp-socket.local-address", socket);
      expect(guest.outcome(4)).toBe("invalid-state");
      guest.drop("sockets/tcp/tcp-socket", socket);
    });

    it("tells of a reset by an error with the code connection-reset, once", () => {
      const [client, server] = guest.pair();
      guest.write(client.output, "unread", "blocking-write-and-flush");
      const arrived = guest.subscribeInput(server.input);
      guest.poll(arrived);
      guest.drop("io/poll/pollable", arrived);
      const pollable = guest.subscribeInput(client.input);
      guest.close(server);
      expect(guest.poll(pollable)).toEqual([0]);
      const failed = guest.read(client.input, 10) as { error: number };
      expect(failed).toEqual({ error: expect.any(Number) });
      guest.call("sockets/network#network-error-code", failed.error, guest.area);
      expect([guest.u8(0), guest.u8(1)]).toEqual([1, 15]);
      expect(guest.debugString(failed)).toBe("ECONNRESET");
      expect(guest.read(client.input, 10)).toBe("closed");
      expect(guest.ready(pollable)).toBe(true);
    });

    it("says new-socket-limit beyond the limit on descriptors, and accepts when there is room again", async () => {
      using few = new FlatGuest(await open(), { descriptors: 3 });
      const listener = few.listener();
      const client = few.connect(ipv4(few.port(listener))) as Connection;
      const spare = few.tcp();
      expect(few.tcp()).toBe(-1);
      few.poll(few.socketPollable("tcp-socket.accept", listener));
      few.socketCall("tcp-socket.accept", listener);
      expect(few.outcome(4)).toBe("new-socket-limit");
      few.drop("sockets/tcp/tcp-socket", spare);
      expect(few.accept(listener)).toBeTypeOf("object");
      few.close(client);
    });
  });

  describe("grants", () => {
    it("says access-denied where nothing grants the address, and tells of it", async () => {
      const refused: unknown[] = [];
      const grants = {
        connect: new Grants("connect", ["127.0.0.1:1"], (refusal) => refused.push(refusal)),
        bind: new Grants("bind", ["127.0.0.1:0"], (refusal) => refused.push(refusal)),
      };
      using confined = new FlatGuest(await open(), { grants });
      expect(confined.bind(confined.tcp(), ipv4(0, 0, 0, 0, 0))).toBe("access-denied");
      expect(confined.bind(confined.tcp(), ipv4(0))).toBe("ok");
      expect(confined.connect(ipv4(2))).toBe("access-denied");
      expect(confined.connect(ipv4(1))).toBe("connection-refused");
      expect(refused).toEqual([
        { call: "tcp-socket.start-bind", address: { host: "0.0.0.0", port: 0 }, option: "bind" },
        { call: "tcp-socket.start-connect", address: { host: "127.0.0.1", port: 2 }, option: "connect" },
      ]);
    });
  });

  describe("readiness", () => {
    it("polls what has bytes, and what has ended", () => {
      const [client, server] = guest.pair();
      const input = guest.subscribeInput(server.input);
      const other = guest.subscribeInput(client.input);
      expect(guest.pollFor(20, input, other)).toEqual([]);
      guest.write(client.output, "x", "blocking-write-and-flush");
      expect(guest.poll(input, other)).toEqual([0]);
      expect(guest.poll(input, other)).toEqual([0]);
      expect(text(guest.read(server.input, 10))).toBe("x");
      expect(guest.pollFor(20, input, other)).toEqual([]);
      guest.socketCall("tcp-socket.shutdown", client.socket, 1);
      expect(guest.poll(input, other)).toEqual([0]);
      expect(guest.read(server.input, 10)).toBe("closed");
      expect(guest.poll(input, other)).toEqual([0]);
    });

    it("is not ready after a read that got exactly what there was", () => {
      const [client, server] = guest.pair();
      const input = guest.subscribeInput(server.input);
      for (const word of ["12345", "67890"]) {
        guest.write(client.output, word, "blocking-write-and-flush");
        guest.poll(input);
        expect(text(guest.read(server.input, 5))).toBe(word);
        expect(guest.pollFor(20, input)).toEqual([]);
      }
    });

    it("is ready when the end came together with bytes", () => {
      const [client, server] = guest.pair();
      guest.write(client.output, "last", "blocking-write-and-flush");
      guest.close(client);
      const input = guest.subscribeInput(server.input);
      expect(guest.poll(input)).toEqual([0]);
      expect(text(guest.read(server.input, 100, "blocking-read"))).toBe("last");
      expect(guest.poll(input)).toEqual([0]);
      expect(guest.read(server.input, 100, "blocking-read")).toBe("closed");
    });

    it("finds the end of a connection that had ended before it was accepted", () => {
      const listener = guest.listener();
      const client = guest.connect(ipv4(guest.port(listener))) as Connection;
      guest.write(client.output, "early", "blocking-write-and-flush");
      guest.close(client);
      const pollable = guest.socketPollable("tcp-socket.accept", listener);
      guest.poll(pollable);
      guest.pollFor(20);
      const server = guest.accept(listener) as Connection;
      const input = guest.subscribeInput(server.input);
      guest.poll(input);
      expect(text(guest.read(server.input, 100))).toBe("early");
      expect(guest.poll(input)).toEqual([0]);
      expect(guest.read(server.input, 100)).toBe("closed");
    });

    it("gets on without a poll", () => {
      const [client, server] = guest.pair();
      for (const word of ["one", "two"]) {
        guest.write(client.output, word, "blocking-write-and-flush");
        let got: unknown = "";
        for (let tries = 0; got === "" && tries < 1e6; tries++) got = text(guest.read(server.input, 10));
        expect(got).toBe(word);
      }
    });

    it("polls a listener for each connection that waits", () => {
      const listener = guest.listener();
      const pollable = guest.socketPollable("tcp-socket.accept", listener);
      expect(guest.ready(pollable)).toBe(false);
      expect(guest.pollFor(20, pollable)).toEqual([]);
      const clients = [0, 1].map(() => guest.connect(ipv4(guest.port(listener))) as Connection);
      for (const _ of clients) {
        expect(guest.poll(pollable)).toEqual([0]);
        expect(guest.accept(listener)).toBeTypeOf("object");
      }
      expect(guest.pollFor(20, pollable)).toEqual([]);
    });

    it("is ready as a socket whose operations have come to an end", () => {
      const socket = guest.tcp();
      const pollable = guest.socketPollable("tcp-socket.finish-bind", socket);
      expect(guest.ready(pollable)).toBe(true);
      guest.start("tcp-socket.start-bind", socket, ipv4(0));
      expect(guest.poll(pollable)).toEqual([0]);
      guest.settle("tcp-socket.finish-bind", socket);
      expect(guest.ready(pollable)).toBe(true);
      guest.start("tcp-socket.start-connect", socket, ipv4(guest.port(guest.listener())));
      expect(guest.poll(pollable)).toEqual([0]);
      guest.settle("tcp-socket.finish-connect", socket, 4);
      expect(guest.ready(pollable)).toBe(true);
      expect(() => guest.drop("sockets/tcp/tcp-socket", socket)).toThrow("depend on it");
    });

    it("polls an output stream whose peer does not read, when the peer reads", () => {
      const [client, server] = guest.pair();
      const output = guest.subscribeOutput(client.output);
      expect(guest.ready(output)).toBe(true);
      let sent = 0;
      const chunk = "x".repeat(50_000);
      do {
        for (let permit = guest.checkWrite(client.output); permit !== 0; permit = guest.checkWrite(client.output)) {
          expect(permit).toBeGreaterThan(0);
          guest.write(client.output, chunk);
          sent += chunk.length;
        }
      } while (guest.pollFor(100, output).length > 0);
      expect(() => guest.write(client.output, "y")).toThrow(WebAssembly.RuntimeError);
      let got = 0;
      const input = guest.subscribeInput(server.input);
      while (!guest.ready(output)) {
        guest.poll(input);
        got += (guest.read(server.input, 65_536) as Uint8Array).length;
        guest.reset();
      }
      expect(guest.checkWrite(client.output)).toBeGreaterThan(0);
      guest.drop("io/poll/pollable", output);
      guest.close(client);
      for (;;) {
        const bytes = guest.read(server.input, 65_536, "blocking-read");
        if (bytes === "closed") break;
        got += (bytes as Uint8Array).length;
        guest.reset();
      }
      expect(got).toBe(sent);
    });
  });

  describe("streams", () => {
    it("moves much in both ways, in allocations as long as their lists", () => {
      const [client, server] = guest.pair();
      const size = 300_000;
      const sent = Uint8Array.from({ length: size }, (_, index) => (index * 7) >> 3);
      const output = guest.subscribeOutput(client.output);
      const input = guest.subscribeInput(server.input);
      const received: number[] = [];
      let at = 0;
      while (received.length < size) {
        const permit = at < size ? (guest.checkWrite(client.output) as number) : 0;
        const part = sent.subarray(at, at + Math.min(permit, 30_000));
        if (part.length > 0) {
          guest.bytes.set(part, 900_000);
          guest.call("io/streams#[method]output-stream.write", client.output, 900_000, part.length, guest.area);
          expect(guest.u8(0)).toBe(0);
          at += part.length;
        }
        const bytes = guest.read(server.input, 20_000);
        received.push(...(bytes as Uint8Array));
        if (part.length === 0 && (bytes as Uint8Array).length === 0)
          guest.poll(...(at < size ? [input, output] : [input]));
        guest.reset();
      }
      expect(Uint8Array.from(received)).toEqual(sent);
    });

    it.each([
      ["send", 1],
      ["both", 2],
    ])("ends by shutdown(%s), after what was written", (_, type) => {
      const [client, server] = guest.pair();
      guest.write(client.output, "bye", "blocking-write-and-flush");
      guest.socketCall("tcp-socket.shutdown", client.socket, type);
      expect(guest.outcome()).toBe("ok");
      expect(guest.checkWrite(client.output)).toBe("closed");
      expect(guest.write(client.output, "x", "blocking-write-and-flush")).toBe("closed");
      guest.socketCall("tcp-socket.shutdown", client.socket, type);
      expect(guest.outcome()).toBe("ok");
      expect(text(guest.read(server.input, 10, "blocking-read"))).toBe("bye");
      expect(guest.read(server.input, 10, "blocking-read")).toBe("closed");
    });

    it("is closed for reading by shutdown(receive)", () => {
      const [client, server] = guest.pair();
      guest.write(server.output, "dropped", "blocking-write-and-flush");
      const input = guest.subscribeInput(client.input);
      guest.poll(input);
      guest.socketCall("tcp-socket.shutdown", client.socket, 0);
      expect(guest.ready(input)).toBe(true);
      expect(guest.read(client.input, 10)).toBe("closed");
      expect(guest.write(client.output, "still", "blocking-write-and-flush")).toBeUndefined();
      expect(text(guest.read(server.input, 10, "blocking-read"))).toBe("still");
    });

    it("ends its peer's stream when the output stream is dropped", () => {
      const [client, server] = guest.pair();
      guest.drop("io/streams/output-stream", client.output);
      expect(guest.read(server.input, 10, "blocking-read")).toBe("closed");
      guest.write(server.output, "late", "blocking-write-and-flush");
      expect(text(guest.read(client.input, 10, "blocking-read"))).toBe("late");
    });

    it("is a trap to drop a socket whose streams are there, or a stream whose pollable is", () => {
      const [client] = guest.pair();
      expect(() => guest.drop("sockets/tcp/tcp-socket", client.socket)).toThrow(WebAssembly.RuntimeError);
      guest.drop("io/streams/output-stream", client.output);
      expect(() => guest.drop("sockets/tcp/tcp-socket", client.socket)).toThrow(WebAssembly.RuntimeError);
      const pollable = guest.subscribeInput(client.input);
      expect(() => guest.drop("io/streams/input-stream", client.input)).toThrow(WebAssembly.RuntimeError);
      guest.drop("io/poll/pollable", pollable);
      guest.drop("io/streams/input-stream", client.input);
      guest.drop("sockets/tcp/tcp-socket", client.socket);
    });

    it("splices one connection into another", () => {
      const [one, two] = guest.pair();
      const [three, four] = guest.pair();
      guest.write(one.output, "through", "blocking-write-and-flush");
      guest.call("io/streams#[method]output-stream.blocking-splice", three.output, two.input, 100n, guest.area);
      expect([guest.u8(0), guest.u64(8)]).toEqual([0, 7n]);
      expect(text(guest.read(four.input, 100, "blocking-read"))).toBe("through");
      guest.call("io/streams#[method]output-stream.splice", three.output, two.input, 100n, guest.area);
      expect([guest.u8(0), guest.u64(8)]).toEqual([0, 0n]);
    });

    it("sends what it holds after stream and socket were dropped", () => {
      const [client, server] = guest.pair();
      let sent = 0;
      while (guest.checkWrite(client.output) !== 0) {
        guest.write(client.output, "x".repeat(60_000));
        sent += 60_000;
      }
      guest.close(client);
      const { driver } = guest;
      const { handle } = guest.handles.get(TCP_SOCKET, server.socket);
      const bytes = new Uint8Array(new ArrayBuffer(65_536));
      let got = 0;
      while (got < sent) {
        const count = driver.recv(handle, bytes, 0, bytes.length, 0);
        if (count > 0) got += count;
        else guest.pollFor(1);
      }
      expect(got).toBe(sent);
    });
  });

  describe("options", () => {
    const seconds = (method: string, socket: number) => {
      guest.socketCall(`tcp-socket.${method}`, socket);
      return guest.u8(0) === 0 ? guest.u64(8) / SECOND : guest.outcome(8);
    };

    it.each(["keep-alive-idle-time", "keep-alive-interval"])("has %s in whole seconds", (name) => {
      const socket = guest.tcp();
      const before = seconds(name, socket);
      guest.socketCall(`tcp-socket.set-${name}`, socket, 0n);
      expect(guest.outcome()).toBe("invalid-argument");
      guest.socketCall(`tcp-socket.set-${name}`, socket, 20n * SECOND + 1n);
      expect(guest.outcome()).toBe("ok");
      expect(seconds(name, socket)).toBe(driver === "posix" ? 21n : before);
      guest.socketCall(`tcp-socket.set-${name}`, socket, -1n);
      expect(guest.outcome()).toBe("ok");
      expect(seconds(name, socket)).toBe(driver === "posix" ? 32_767n : before);
    });

    it("has keep-alive-count and hop-limit", () => {
      const socket = guest.tcp();
      const kept = driver === "posix";
      for (const [name, offset, value, least] of [
        ["keep-alive-count", 4, 5, 9],
        ["hop-limit", 1, 7, 64],
      ] as const) {
        const get = () => {
          guest.socketCall(`tcp-socket.${name}`, socket);
          expect(guest.u8(0)).toBe(0);
          return offset === 4 ? guest.u32(4) : guest.u8(1);
        };
        expect(get()).toBe(least);
        guest.socketCall(`tcp-socket.set-${name}`, socket, 0);
        expect(guest.outcome()).toBe("invalid-argument");
        guest.socketCall(`tcp-socket.set-${name}`, socket, value);
        expect(guest.outcome()).toBe("ok");
        expect(get()).toBe(kept ? value : least);
      }
    });

    it.each(["receive-buffer-size", "send-buffer-size"])("has %s", (name) => {
      const socket = guest.tcp();
      guest.socketCall(`tcp-socket.${name}`, socket);
      const before = guest.u64(8);
      expect(before).toBeGreaterThan(0n);
      guest.socketCall(`tcp-socket.set-${name}`, socket, 0n);
      expect(guest.outcome()).toBe("invalid-argument");
      guest.socketCall(`tcp-socket.set-${name}`, socket, 16_384n);
      expect(guest.outcome()).toBe("ok");
      guest.socketCall(`tcp-socket.${name}`, socket);
      expect(guest.u64(8)).toBe(driver === "posix" ? 32_768n : before);
      guest.socketCall(`tcp-socket.set-${name}`, socket, -1n);
      expect(guest.outcome()).toBe("ok");
    });

    it("has keep-alive-enabled, which what is accepted has from its listener", () => {
      const socket = guest.tcp();
      const get = (handle: number) => {
        guest.socketCall("tcp-socket.keep-alive-enabled", handle);
        return [guest.u8(0), guest.u8(1)];
      };
      expect(get(socket)).toEqual([0, 0]);
      guest.socketCall("tcp-socket.set-keep-alive-enabled", socket, 1);
      expect(guest.outcome()).toBe("ok");
      expect(get(socket)).toEqual([0, 1]);
      guest.bind(socket, ipv4(0));
      expect(get(socket)).toEqual([0, 1]);
      guest.socketCall("tcp-socket.start-listen", socket);
      guest.settle("tcp-socket.finish-listen", socket);
      const [, server] = guest.pair(socket);
      expect(get(server.socket)).toEqual([0, 1]);
      guest.socketCall("tcp-socket.set-keep-alive-enabled", server.socket, 0);
      expect(get(server.socket)).toEqual([0, 0]);
    });

    it("takes a backlog of any size but 0", () => {
      const socket = guest.tcp();
      guest.socketCall("tcp-socket.set-listen-backlog-size", socket, 0n);
      expect(guest.outcome()).toBe("invalid-argument");
      guest.socketCall("tcp-socket.set-listen-backlog-size", socket, -1n);
      expect(guest.outcome()).toBe("ok");
      guest.bind(socket, ipv4(0));
      guest.socketCall("tcp-socket.start-listen", socket);
      expect(guest.outcome()).toBe("ok");
      guest.settle("tcp-socket.finish-listen", socket);
      guest.socketCall("tcp-socket.set-listen-backlog-size", socket, 8n);
      expect(guest.outcome()).toBe("ok");
      expect(guest.pair(socket)).toHaveLength(2);
    });
  });
});
