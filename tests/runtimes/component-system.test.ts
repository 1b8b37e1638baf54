/** The guest's system for WASI 0.2, on a host that allows nothing that the component model forbids. */
import asc from "assemblyscript/asc";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Connection, StrictHost } from "./strict-host.ts";

const FD_READ = 1;
const FD_WRITE = 2;
/** Of a subscription and an event in preview1. */
const [SUBSCRIPTION, EVENT] = [48, 32];
const EAGAIN = -6;
const ECONNRESET = -15;

type Calls = Record<string, (...args: (number | bigint)[]) => number>;

let module: WebAssembly.Module;
let host: StrictHost;
let guest: Calls;
let listener: number;
let buffer: number;

beforeAll(async () => {
  let binary: Uint8Array | undefined;
  const sources = ["assembly/sys/wasip2/index.ts", "assembly/component.ts"];
  const options = ["--outFile", "system.wasm", "--runtime", "minimal", "--use", "POLLUX_WASIP2=1"];
  const { error, stderr } = await asc.main([...sources, ...options], {
    writeFile: (name, content) => void (name.endsWith(".wasm") && (binary = content as Uint8Array)),
  });
  if (error !== null) throw new Error(stderr.toString());
  module = await WebAssembly.compile(binary! as BufferSource);
}, 120_000);

beforeEach(() => {
  host = new StrictHost();
  const { exports } = new WebAssembly.Instance(module, host.imports());
  guest = exports as unknown as Calls;
  host.memory = exports.memory as WebAssembly.Memory;
  host.realloc = guest.cabi_realloc;
  buffer = guest.cabi_realloc(0, 0, 8, 65_536);
  listener = guest.listen(0x0100007f, 0);
  guest.setNonblocking(listener);
});

/** Polls these, for at most `timeout` nanoseconds; the `[fd, tag]` of each event, `[-1, 0]` for the clock's. */
function poll(watched: readonly (readonly [fd: number, tag: number])[], timeout?: bigint): [number, number][] {
  const clocks = timeout === undefined ? 0 : 1;
  const count = watched.length + clocks;
  const memory = guest.cabi_realloc(0, 0, 8, count * (SUBSCRIPTION + EVENT));
  const view = new DataView(host.memory.buffer, memory);
  for (let at = 0; at < count * SUBSCRIPTION; at++) view.setUint8(at, 0);
  if (timeout !== undefined) {
    view.setBigInt64(0, -1n, true);
    view.setBigInt64(24, timeout, true);
  }
  for (const [index, [fd, tag]] of watched.entries()) {
    const at = (index + clocks) * SUBSCRIPTION;
    view.setBigInt64(at, BigInt(fd), true);
    view.setUint8(at + 8, tag);
    view.setInt32(at + 16, fd, true);
  }
  const found = guest.poll(memory, memory + count * SUBSCRIPTION, count);
  const events = new DataView(host.memory.buffer, memory + count * SUBSCRIPTION);
  return Array.from({ length: found }, (_, index) => [
    Number(events.getBigInt64(index * EVENT, true)),
    events.getUint8(index * EVENT + 10),
  ]);
}

function accept(): number {
  guest.__setArgumentsLength(1); // of a function with optional ones
  return guest.accept(listener, 0);
}

function accepted(): [number, Connection] {
  const connection = new Connection();
  host.listener.waiting.push(connection);
  return [accept(), connection];
}

function echo(fd: number): void {
  const received = guest.recv(fd, buffer, 65_536);
  expect(guest.send(fd, buffer, received)).toBe(received);
}

describe("pollables", () => {
  it("are made once per descriptor and direction, however often that is waited for", () => {
    const [fd, connection] = accepted();
    const reads = [listener, fd].map((number) => [number, FD_READ] as const);
    for (let round = 0; round < 100; round++) {
      connection.permit = round % 2 === 0 ? 65_536 : 0;
      connection.incoming.push(Buffer.from("hello"));
      // While it can be written to, it need not be read before the 16th wait.
      const found = Array.from({ length: 16 }, () => poll([...reads, [fd, FD_WRITE]], 1_000_000n)).flat();
      expect(found).toContainEqual([fd, FD_READ]);
      connection.permit = 65_536;
      echo(fd);
      poll(reads, 1_000_000n);
    }
    expect(host.count("[method]input-stream.subscribe")).toBe(1);
    expect(host.count("[method]output-stream.subscribe")).toBe(1);
    expect(host.count("[method]tcp-socket.subscribe")).toBe(1);
  });

  it("are polled once for a sleep, and the clock of a sleep is dropped after it", () => {
    const [fd] = accepted();
    poll([[fd, FD_READ]], 0n);
    const { pollable } = host.alive;
    const before = host.polled.length;
    expect(poll([[fd, FD_READ]], 5_000_000n)).toEqual([[-1, 0]]);
    expect(host.polled.length - before).toBe(1);
    expect(host.now).toBe(5_000_000n);
    expect(host.alive.pollable).toBe(pollable);
  });

  it("of a listener do not end a wait to write to it", () => {
    host.listener.waiting.push(new Connection());
    expect(poll([[listener, FD_WRITE]], 5_000_000n)).toEqual([[-1, 0]]);
    expect(host.polled).toEqual([1]);
  });

  it("of a connection that is made while its other direction is in the list are still there", () => {
    const [fd, connection] = accepted();
    const made = guest.connect(0x0100007f, 80);
    for (let round = 0; round < 40; round++) {
      // The first look, for reading, finds it undecided; the second, for writing, finds it made.
      if (round === 15) host.outbound.decisions = [8, 0];
      connection.incoming.push(Buffer.from("x"));
      poll(
        round < 15
          ? [[fd, FD_READ]]
          : [
              [fd, FD_READ],
              [made, FD_READ],
              [made, FD_WRITE],
            ],
      );
      guest.recv(fd, buffer, 65_536);
    }
    expect(poll([[made, FD_WRITE]])).toEqual([[made, FD_WRITE]]);
    guest.close(made);
  });
});

describe("what the guest holds of the host", () => {
  it("is as before when a thousand connections have come and gone, in every way, each child dropped before its parent", () => {
    accept();
    poll([[listener, FD_READ]], 0n);
    const before = host.alive;
    for (let round = 0; round < 1_000; round++) {
      const [fd, connection] = accepted();
      connection.incoming.push(Buffer.alloc(1 + (round % 70) * 1_000, "x"));
      poll([
        [listener, FD_READ],
        [fd, FD_READ],
        [fd, FD_WRITE],
      ]);
      if (round % 5 !== 0) guest.recv(fd, buffer, 65_536);
      if (round % 3 === 0) connection.end = round % 2 === 0 ? "closed" : "reset";
      guest.recv(fd, buffer, 65_536);
      guest.send(fd, buffer, 1_000);
      // With nothing permitted the host still has bytes: the stream is kept until they have gone.
      if (round % 4 === 0) connection.permit = 0;
      poll(
        [
          [listener, FD_READ],
          [fd, FD_READ],
          [fd, FD_WRITE],
        ],
        0n,
      );
      expect(guest.close(fd)).toBe(0);
      connection.permit = 65_536;
      poll([[listener, FD_READ]], 0n);
    }
    expect(host.alive).toEqual(before);
  });

  it("is a stream as long as bytes of a closed descriptor have not gone", () => {
    const [fd, connection] = accepted();
    guest.send(fd, buffer, 65_536);
    expect(connection.permit).toBe(0);
    guest.close(fd);
    expect(host.alive["output-stream"]).toBe(1);
    connection.permit = 65_536;
    poll([[listener, FD_READ]], 0n);
    expect(host.alive["output-stream"]).toBe(undefined);
  });
});

describe("a thousand idle connections", () => {
  it("are not looked at while somebody is active, but for every 16th time", () => {
    const idle = Array.from({ length: 1_000 }, () => accepted()[0]);
    const [fd, connection] = accepted();
    const all = [listener, ...idle, fd].map((number) => [number, FD_READ] as const);
    poll(all, 0n);
    accept();
    poll(all, 0n);
    const reads = host.count("[method]input-stream.read");
    host.polled.length = 0;
    for (let round = 0; round < 160; round++) {
      connection.incoming.push(Buffer.from("x"));
      expect(poll(all)).toEqual([[fd, FD_READ]]);
      echo(fd);
    }
    expect(host.polled.length).toBeLessThanOrEqual(11);
    expect(host.count("[method]input-stream.read") - reads).toBeLessThanOrEqual(161);
  });

  it("are not polled when the active ones have run dry for a moment", () => {
    const idle = Array.from({ length: 1_000 }, () => accepted()[0]);
    const [fd, connection] = accepted();
    const all = [...idle, fd].map((number) => [number, FD_READ] as const);
    poll(all, 0n);
    connection.incoming.push(Buffer.from("x"));
    poll(all);
    guest.recv(fd, buffer, 65_536);
    poll(all, 0n); // it has nothing, and is quiet now
    host.polled.length = 0;
    connection.incoming.push(Buffer.from("x"));
    expect(poll(all)).toEqual([[fd, FD_READ]]);
    expect(host.polled).toEqual([2]);
    // With nothing coming for longer, all of them are waited for.
    guest.recv(fd, buffer, 65_536);
    expect(poll(all, 50_000_000n)).toEqual([[-1, 0]]);
    expect(host.polled.at(-1)).toBe(1_002);
    expect(host.now).toBe(50_000_000n);
  });

  it("are heard all the same: within 16 waits, whoever else is active", () => {
    const idle = Array.from({ length: 100 }, () => accepted());
    const [fd, connection] = accepted();
    const all = [...idle.map(([number]) => number), fd].map((number) => [number, FD_READ] as const);
    poll(all, 0n);
    idle[50][1].incoming.push(Buffer.from("x"));
    const heard = Array.from({ length: 17 }, () => {
      connection.incoming.push(Buffer.from("x"));
      const found = poll(all);
      guest.recv(fd, buffer, 65_536);
      return found;
    });
    expect(heard.flat()).toContainEqual([idle[50][0], FD_READ]);
  });
});

describe("recv", () => {
  it("gives what came, in order and whole, read ahead or not; then the end, again and again", () => {
    const [fd, connection] = accepted();
    const sent = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
    connection.incoming.push(sent);
    const received: Buffer[] = [];
    for (let length = 0; length < sent.length; ) {
      if (received.length % 3 !== 2) expect(poll([[fd, FD_READ]])).toEqual([[fd, FD_READ]]);
      const count = guest.recv(fd, buffer, 1 + received.length * 977);
      received.push(Buffer.from(new Uint8Array(host.memory.buffer, buffer, count)));
      length += count;
    }
    expect(Buffer.concat(received).equals(sent)).toBe(true);
    expect(guest.recv(fd, buffer, 10)).toBe(EAGAIN);
    connection.end = "closed";
    expect([poll([[fd, FD_READ]]), guest.recv(fd, buffer, 10), guest.recv(fd, buffer, 10)]).toEqual([
      [[fd, FD_READ]],
      0,
      0,
    ]);
  });

  it("says once that the connection was reset, and then that it has ended", () => {
    const [fd, connection] = accepted();
    connection.end = "reset";
    expect(poll([[fd, FD_READ]])).toEqual([[fd, FD_READ]]);
    expect([guest.recv(fd, buffer, 10), guest.recv(fd, buffer, 10)]).toEqual([ECONNRESET, 0]);
    expect(host.alive.error).toBe(undefined);
  });
});
