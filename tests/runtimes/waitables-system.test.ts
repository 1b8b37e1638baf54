/** The guest's system for WASI 0.3, on a host that allows nothing that the component model makes a trap. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compiled } from "../assembly.ts";
import { Connection, StrictWaitables } from "./strict-waitables.ts";

const [EAGAIN, ECONNREFUSED, ECONNRESET, EPIPE] = [-6, -14, -15, -64];
const ROOM = 65_536;
const WRITE_SIDE = 2;

let module: WebAssembly.Module;
let host: StrictWaitables;
let guest: Record<string, (...args: (number | bigint)[]) => number>;
let buffer: number;
let listener: number;

beforeAll(async () => {
  const sources = ["assembly/sys/wasip3/index.ts", "assembly/component.ts"];
  module = await WebAssembly.compile(await compiled(...sources, "--runtime", "minimal", "--use", "POLLUX_WASIP3=1"));
}, 120_000);

beforeEach(() => {
  host = new StrictWaitables();
  const { exports } = new WebAssembly.Instance(module, host.imports());
  guest = exports as typeof guest;
  host.memory = exports.memory as WebAssembly.Memory;
  buffer = guest.cabi_realloc(0, 0, 8, ROOM);
  new Uint8Array(host.memory.buffer, buffer, 32).fill(0); // an IPv4 address, all zeros
  listener = guest.listen(buffer);
  guest.setNonblocking(listener);
});

function accepted(): [number, Connection] {
  const connection = new Connection();
  host.listener.waiting.push(connection);
  guest.take();
  guest.__setArgumentsLength(1); // of a function with optional ones
  return [guest.accept(listener, 0), connection];
}

const recv = (fd: number, most = ROOM) => guest.recv(fd, buffer, most);
const send = (fd: number, count: number) => guest.send(fd, buffer, count);

describe("handles", () => {
  it("are all dropped, in the order that the component model wants, wherever a connection is closed", () => {
    const before = host.alive;
    for (let round = 0; round < 2_000; round++) {
      const [fd, connection] = accepted();
      expect(fd).toBeGreaterThan(2);
      connection.incoming = Buffer.alloc([0, 10, 256, 257, 5_000][round % 5]);
      if (round % 2 === 0) guest.take();
      if (round % 3 === 0) recv(fd, 1 + (round % 700));
      if (round % 7 === 0) connection.permit = round % 300;
      if (round % 4 < 2) send(fd, 1_000);
      if (round % 11 === 0) connection.permit = 65_536;
      if (round % 5 === 1) connection.end = round % 10 === 1 ? "reset" : "closed";
      if (round % 13 < 6) guest.take();
      connection.settled = round % 17 < 9;
      if (round % 6 === 0) guest.shutdown(fd, 1 + (round % 3));
      if (round % 13 < 3) guest.take();
      expect(guest.close(fd)).toBe(0);
    }
    expect(host.alive).toEqual({ ...before, set: 1 });
  });

  it("of a connect are dropped before it returns, when it has returned and nobody knows, and after it was refused", () => {
    const before = host.alive;
    for (let round = 0; round < 400; round++) {
      const fd = guest.connect(buffer);
      const connection = host.outbound.at(-1)!;
      if (round % 4 > 0) connection.decision = round % 4 === 1 ? "refused" : "made";
      if (round % 4 !== 3) guest.take();
      if (round % 4 === 1) expect(guest.takeError(fd)).toBe(ECONNREFUSED);
      if (round % 4 === 2) expect(send(fd, 10)).toBe(10);
      guest.close(fd);
    }
    expect(host.alive).toEqual({ ...before, set: 1 });
  });

  it("of a listener are dropped with the connections that were not accepted", () => {
    for (let round = 0; round < 5; round++) host.listener.waiting.push(new Connection());
    guest.take();
    guest.__setArgumentsLength(1);
    const fd = guest.accept(listener, 0);
    guest.close(listener);
    guest.close(fd);
    expect(host.alive).toEqual({ set: 1 });
  });
});

describe("a stream", () => {
  it("gives all bytes in order, whatever their reads are, then the end", () => {
    const [fd, connection] = accepted();
    const sent = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
    connection.incoming = sent;
    const received: Buffer[] = [];
    for (let length = 0, turn = 0; length < sent.length; turn++) {
      if (turn % 3 === 0) guest.take();
      const count = recv(fd, 1 + ((turn * 977) % 5_000));
      if (count === EAGAIN) continue;
      received.push(Buffer.from(new Uint8Array(host.memory.buffer, buffer, count)));
      length += count;
    }
    expect(Buffer.concat(received).equals(sent)).toBe(true);
    connection.end = "closed";
    connection.settled = true;
    expect(recv(fd)).toBe(0);
    expect(recv(fd)).toBe(0);
  });

  it("takes what the host takes, and tells when it takes more", () => {
    const [fd, connection] = accepted();
    connection.permit = 100;
    expect([send(fd, 1_000), send(fd, 1_000)]).toEqual([100, EAGAIN]);
    connection.permit = 1_000;
    expect(send(fd, 1_000)).toBe(EAGAIN); // the host has not run
    guest.take();
    expect([send(fd, 1_000), connection.sent]).toEqual([1_000, 1_100]);
  });

  it("says a reset once, to the call that comes first, and a broken pipe then", () => {
    const [fd, connection] = accepted();
    connection.end = "reset";
    connection.settled = true;
    guest.take();
    expect([recv(fd), recv(fd), send(fd, 10)]).toEqual([ECONNRESET, 0, EPIPE]);
  });

  it("sleeps in a blocking call until there is something", () => {
    const connection = new Connection();
    host.listener.waiting.push(connection);
    guest.take();
    guest.__setArgumentsLength(2);
    const fd = guest.accept(listener, 1);
    host.whileAsleep = () => (connection.incoming = Buffer.from("hello"));
    expect(recv(fd)).toBe(5);
  });

  it("sends nothing after its write side was shut down, and still receives", () => {
    const [fd, connection] = accepted();
    guest.shutdown(fd, WRITE_SIDE);
    connection.incoming = Buffer.from("x");
    guest.take();
    expect([send(fd, 1), recv(fd)]).toEqual([EPIPE, 1]);
  });
});
