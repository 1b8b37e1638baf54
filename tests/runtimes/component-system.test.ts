/** The guest's system for WASI 0.2, on a host that allows nothing that the component model forbids. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compiledSystem, FD_READ, FD_WRITE, StrictGuest } from "./strict-guest.ts";
import { Connection, type StrictHost } from "./strict-host.ts";

const EAGAIN = -6;
const ECONNRESET = -15;

let module: WebAssembly.Module;
let guest: StrictGuest;
let host: StrictHost;

beforeAll(async () => {
  module = await compiledSystem();
}, 120_000);

beforeEach(() => {
  guest = new StrictGuest(module);
  host = guest.host;
});

describe("pollables", () => {
  it("are made once for each descriptor and direction", () => {
    const [fd, connection] = guest.accepted();
    const reads = [guest.listener, fd].map((number) => [number, FD_READ] as const);
    for (let round = 0; round < 100; round++) {
      connection.permit = round % 2 === 0 ? 65_536 : 0;
      connection.incoming.push(Buffer.from("hello"));
      // While it is writable, it need not be read before the 16th wait.
      const found = Array.from({ length: 16 }, () => guest.poll([...reads, [fd, FD_WRITE]], 1_000_000n)).flat();
      expect(found).toContainEqual([fd, FD_READ]);
      connection.permit = 65_536;
      guest.echo(fd);
      guest.poll(reads, 1_000_000n);
    }
    expect(host.count("[method]input-stream.subscribe")).toBe(1);
    expect(host.count("[method]output-stream.subscribe")).toBe(1);
    expect(host.count("[method]tcp-socket.subscribe")).toBe(1);
  });

  it("are polled once for each sleep, whose clock is dropped afterwards", () => {
    const [fd] = guest.accepted();
    guest.poll([[fd, FD_READ]], 0n);
    const { pollable } = host.alive;
    const before = host.polled.length;
    expect(guest.poll([[fd, FD_READ]], 5_000_000n)).toEqual([[-1, 0]]);
    expect(host.polled.length - before).toBe(1);
    expect(host.now).toBe(5_000_000n);
    expect(host.alive.pollable).toBe(pollable);
  });

  it("of a listener do not end a wait for writing", () => {
    host.listener.waiting.push(new Connection());
    expect(guest.poll([[guest.listener, FD_WRITE]], 5_000_000n)).toEqual([[-1, 0]]);
    expect(host.polled).toEqual([1]);
  });

  it("of a connection stay valid if it connects while its other direction is in the list", () => {
    const [fd, connection] = guest.accepted();
    const made = guest.calls.connect(guest.address(80));
    for (let round = 0; round < 40; round++) {
      // The first look, for reading, finds it undecided; the second, for writing, finds it connected.
      if (round === 15) host.outbound.decisions = [8, 0];
      connection.incoming.push(Buffer.from("x"));
      guest.poll(
        round < 15
          ? [[fd, FD_READ]]
          : [
              [fd, FD_READ],
              [made, FD_READ],
              [made, FD_WRITE],
            ],
      );
      guest.recv(fd);
    }
    expect(guest.poll([[made, FD_WRITE]])).toEqual([[made, FD_WRITE]]);
    guest.calls.close(made);
  });
});

describe("the guest's host resources", () => {
  it("are all freed after a thousand connections, each child before its parent", () => {
    guest.accept();
    guest.poll([[guest.listener, FD_READ]], 0n);
    const before = host.alive;
    for (let round = 0; round < 1_000; round++) {
      const [fd, connection] = guest.accepted();
      connection.incoming.push(Buffer.alloc(1 + (round % 70) * 1_000, "x"));
      guest.poll([
        [guest.listener, FD_READ],
        [fd, FD_READ],
        [fd, FD_WRITE],
      ]);
      if (round % 5 !== 0) guest.recv(fd);
      if (round % 3 === 0) connection.end = round % 2 === 0 ? "closed" : "reset";
      guest.recv(fd);
      guest.send(fd, 1_000);
      // Without a permit the host still has bytes: the stream is kept until they are sent.
      if (round % 4 === 0) connection.permit = 0;
      guest.poll(
        [
          [guest.listener, FD_READ],
          [fd, FD_READ],
          [fd, FD_WRITE],
        ],
        0n,
      );
      expect(guest.calls.close(fd)).toBe(0);
      connection.permit = 65_536;
      guest.poll([[guest.listener, FD_READ]], 0n);
    }
    expect(host.alive).toEqual(before);
  });

  it("include the stream of a closed descriptor until its bytes are sent", () => {
    const [fd, connection] = guest.accepted();
    guest.send(fd, 65_536);
    expect(connection.permit).toBe(0);
    guest.calls.close(fd);
    expect(host.alive["output-stream"]).toBe(1);
    connection.permit = 65_536;
    guest.poll([[guest.listener, FD_READ]], 0n);
    expect(host.alive["output-stream"]).toBe(undefined);
  });
});

describe("a thousand idle connections", () => {
  it("are looked at only every 16th time while others are active, on a host with a fast poll", () => {
    const idle = Array.from({ length: 1_000 }, () => guest.accepted()[0]);
    const [fd, connection] = guest.accepted();
    const all = [guest.listener, ...idle, fd].map((number) => [number, FD_READ] as const);
    guest.poll(all, 0n);
    guest.accept();
    guest.poll(all, 0n);
    const reads = host.count("[method]input-stream.read");
    host.polled.length = 0;
    for (let round = 0; round < 160; round++) {
      connection.incoming.push(Buffer.from("x"));
      expect(guest.poll(all)).toEqual([[fd, FD_READ]]);
      guest.echo(fd);
    }
    expect(host.polled.length).toBeLessThanOrEqual(11);
    expect(host.count("[method]input-stream.read") - reads).toBeLessThanOrEqual(161);
  });

  it("are polled at most a 17th of the time, on a host with a slow poll", () => {
    const idle = Array.from({ length: 1_000 }, () => guest.accepted()[0]);
    const [fd, connection] = guest.accepted();
    const all = [...idle, fd].map((number) => [number, FD_READ] as const);
    guest.poll(all, 0n);
    host.pollCost = 1_500n; // all of them: 1.5 ms
    const pollsWithin = (rounds: number) => {
      host.polled.length = 0;
      for (let round = 0; round < rounds; round++) {
        connection.incoming.push(Buffer.from("x"));
        expect(guest.poll(all)).toEqual([[fd, FD_READ]]);
        guest.recv(fd);
        host.now += 100_000n;
      }
      return host.polled.length;
    };
    pollsWithin(100);
    // 24 ms and the duration of a poll, in rounds of 0.1 ms.
    expect(pollsWithin(240 * 5)).toBe(5);
    host.pollCost = 400_000n; // 400 ms: no socket is overlooked for more than 25 ms
    pollsWithin(250);
    expect(pollsWithin(250 * 5)).toBe(5);
  });

  it("are served beside one that is always busy, on a host that reports nothing before it suspends the guest", () => {
    const [quiet, message] = guest.accepted();
    const [busy, connection] = guest.accepted();
    const all = [quiet, busy].map((number) => [number, FD_READ] as const);
    guest.poll(all, 0n);
    host.budget = 4;
    let most = 0;
    for (let turn = 0; turn < 5; turn++) {
      message.incoming.push(Buffer.from("x"));
      let rounds = 0;
      for (let heard = false; !heard && rounds < 1_000; rounds++) {
        connection.incoming.push(Buffer.from("x"));
        heard = guest.poll(all).some(([fd]) => fd === quiet);
        guest.recv(busy);
        host.now += 100_000n;
      }
      guest.recv(quiet);
      guest.recv(quiet);
      most = Math.max(most, rounds);
    }
    // Rounds of 0.1 ms: 10 ms.
    expect(most).toBeLessThan(100);
  });

  it("are served in the second wait beside one that reads a mebibyte in each", () => {
    const [quiet, message] = guest.accepted();
    const [busy, connection] = guest.accepted();
    const all = [quiet, busy].map((number) => [number, FD_READ] as const);
    guest.poll(all, 0n);
    for (let turn = 0; turn < 5; turn++) {
      message.incoming.push(Buffer.from("x"));
      const heard = Array.from({ length: 2 }, () => {
        connection.incoming.push(Buffer.alloc(2 ** 20), Buffer.alloc(2 ** 20));
        const found = guest.poll(all);
        for (let left = 2 ** 20; left > 0; ) left -= guest.recv(busy);
        host.now += 1_000_000n;
        return found.some(([fd]) => fd === quiet);
      });
      expect(heard).toContain(true);
      guest.recv(quiet);
      guest.recv(quiet);
    }
  });

  it("take no time from one that is always busy", () => {
    const idle = guest.accepted()[0];
    const [busy, connection] = guest.accepted();
    const all = [idle, busy].map((number) => [number, FD_READ] as const);
    guest.poll(all, 0n);
    const start = host.now;
    host.budget = 4;
    for (let round = 0; round < 1_000; round++) {
      connection.incoming.push(Buffer.from("x"));
      guest.poll(all);
      guest.recv(busy);
      host.now += 100_000n;
    }
    expect(host.now - start).toBe(100_000_000n);
  });

  it("are not polled when the active ones pause briefly", () => {
    const idle = Array.from({ length: 1_000 }, () => guest.accepted()[0]);
    const [fd, connection] = guest.accepted();
    const all = [...idle, fd].map((number) => [number, FD_READ] as const);
    guest.poll(all, 0n);
    connection.incoming.push(Buffer.from("x"));
    guest.poll(all);
    guest.recv(fd);
    guest.poll(all, 0n); // it has no data, and is quiet now
    host.polled.length = 0;
    connection.incoming.push(Buffer.from("x"));
    expect(guest.poll(all)).toEqual([[fd, FD_READ]]);
    expect(host.polled).toEqual([2]);
    // After a longer time without data, it waits for all of them.
    guest.recv(fd);
    expect(guest.poll(all, 50_000_000n)).toEqual([[-1, 0]]);
    expect(host.polled.at(-1)).toBe(1_002);
    expect(host.now).toBe(50_000_000n);
  });

  it("are served within 16 waits while others are active", () => {
    const idle = Array.from({ length: 100 }, () => guest.accepted());
    const [fd, connection] = guest.accepted();
    const all = [...idle.map(([number]) => number), fd].map((number) => [number, FD_READ] as const);
    guest.poll(all, 0n);
    idle[50][1].incoming.push(Buffer.from("x"));
    const heard = Array.from({ length: 17 }, () => {
      connection.incoming.push(Buffer.from("x"));
      const found = guest.poll(all);
      guest.recv(fd);
      return found;
    });
    expect(heard.flat()).toContainEqual([idle[50][0], FD_READ]);
  });
});

describe("a connection whose next message comes after the poll has begun", () => {
  it("is polled without a read before, once such reads have found nothing; not if one finds something", () => {
    const [fd, connection] = guest.accepted();
    const arrive = () => connection.incoming.push(Buffer.from("x"));
    const turns = (count: number, before: () => void) => {
      host.asked.length = host.polled.length = 0;
      for (let turn = 0; turn < count; turn++) {
        before();
        expect(guest.poll([[fd, FD_READ]])).toEqual([[fd, FD_READ]]);
        expect(guest.recv(fd)).toBe(1);
      }
    };
    const nothing = () => {};
    host.onPoll = arrive;
    turns(20, nothing);
    turns(128, nothing);
    expect([host.asked.length, host.polled.length]).toEqual([130, 128]);
    host.onPoll = nothing;
    turns(64, arrive);
    turns(160, arrive);
    expect(host.asked.length).toBe(160);
    expect(host.polled.length).toBeLessThanOrEqual(11);
  });
});

describe("large messages", () => {
  it("are read into the program's buffer, not through a chunk", () => {
    const [fd, connection] = guest.accepted();
    const message = Buffer.from(Array.from({ length: 20_000 }, (_, index) => index % 251));
    host.onPoll = () => connection.incoming.push(message);
    for (let turn = 0; turn < 40; turn++) {
      expect(guest.poll([[fd, FD_READ]])).toEqual([[fd, FD_READ]]);
      expect(guest.received(guest.recv(fd)).equals(message)).toBe(true);
    }
    expect(host.asked.slice(-5)).toEqual(new Array(5).fill(65_536));
  });

  it("are read before they are reported once the host has reported one that was not there", () => {
    const [fd, connection] = guest.accepted();
    const message = Buffer.alloc(8_000, "x");
    const turn = () => {
      connection.incoming.push(message);
      guest.poll([[fd, FD_READ]]);
      expect(guest.recv(fd)).toBe(message.length);
      expect(guest.recv(fd)).toBe(EAGAIN);
    };
    turn();
    connection.lies = 1;
    expect([guest.poll([[fd, FD_READ]], 1_000_000n), guest.recv(fd)]).toEqual([[[fd, FD_READ]], EAGAIN]);
    turn();
    connection.lies = 1;
    expect(guest.poll([[fd, FD_READ]], 1_000_000n)).toEqual([[-1, 0]]);
  });
});

describe("recv", () => {
  it("returns all data in order, read ahead or not, then the end repeatedly", () => {
    const [fd, connection] = guest.accepted();
    const sent = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
    connection.incoming.push(sent);
    const received: Buffer[] = [];
    for (let length = 0; length < sent.length; ) {
      if (received.length % 3 !== 2) expect(guest.poll([[fd, FD_READ]])).toEqual([[fd, FD_READ]]);
      const count = guest.recv(fd, 1 + received.length * 977);
      received.push(guest.received(count));
      length += count;
    }
    expect(Buffer.concat(received).equals(sent)).toBe(true);
    expect(guest.recv(fd, 10)).toBe(EAGAIN);
    connection.end = "closed";
    expect([guest.poll([[fd, FD_READ]]), guest.recv(fd, 10), guest.recv(fd, 10)]).toEqual([[[fd, FD_READ]], 0, 0]);
  });

  it("reports a reset once, then the end", () => {
    const [fd, connection] = guest.accepted();
    connection.end = "reset";
    expect(guest.poll([[fd, FD_READ]])).toEqual([[fd, FD_READ]]);
    expect([guest.recv(fd, 10), guest.recv(fd, 10)]).toEqual([ECONNRESET, 0]);
    expect(host.alive.error).toBe(undefined);
  });
});
