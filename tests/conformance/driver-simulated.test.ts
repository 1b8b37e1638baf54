/** The simulated driver beyond the contract: virtual time, latencies, a seed, and faults. */
import { describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { HUP, IN, OUT } from "../../wasi-host/abi/readiness.ts";
import { pollfds } from "../../wasi-host/drivers/contract/pollfd.ts";
import { SimulatedDriver, type SimulatedDriverOptions } from "../../wasi-host/drivers/simulated/index.ts";
import { Guest } from "../hosts/hand-driven-guest.ts";
import { outcome, Rig } from "./driver-rig.ts";

const MILLISECOND = 1e6;
const never = new AbortController().signal;
/** Nanoseconds on the clock, which starts at one second. */
const BEGINNING = "2000-01-01T00:00:01.000Z";

function open(options?: SimulatedDriverOptions) {
  const driver = new SimulatedDriver(options);
  const rig = new Rig(driver);
  const start = driver.now();
  return { driver, rig, elapsed: () => Number(driver.now() - start) / MILLISECOND };
}

it("the time of day on the simulated driver begins at 2000-01-01, so that runs are repeatable", async () => {
  const driver = new SimulatedDriver();
  using guest = await Guest.open({ driver });
  expect(guest.calls.clock_time_get(0, 0n, 1024)).toBe(0);
  const milliseconds = Number(guest.bytes(1024, 8).readBigUInt64LE() / 1_000_000n);
  expect(new Date(milliseconds).toISOString()).toBe(BEGINNING);
});

describe("random numbers on the simulated driver", () => {
  /** A guest's random numbers, and the duration of a connection after them. */
  async function run(seed: number, length: number): Promise<[bytes: string, latency: number]> {
    const driver = new SimulatedDriver({ seed, latency: [0, 1000 * MILLISECOND] });
    using guest = await Guest.open({ driver });
    expect(guest.calls.random_get(1024, length)).toBe(0);
    const address = driver.localAddress(driver.listen({ host: "127.0.0.1", port: 0 }))!;
    const fds = pollfds(2);
    fds.set([driver.connect(address), OUT]);
    const start = driver.now();
    driver.poll(fds, 1, Infinity);
    return [guest.bytes(1024, length).toString("hex"), Number(driver.now() - start)];
  }

  it("follow from its seed", async () => {
    const [bytes] = await run(7, 64);
    expect([(await run(7, 64))[0], (await run(8, 64))[0] === bytes]).toEqual([bytes, false]);
  });

  it("are drawn apart from the network's latencies", async () => {
    expect((await run(7, 64))[1]).toBe((await run(7, 4))[1]);
  });
});

describe("time on the simulated driver", () => {
  it("passes only in sleeps, all at once", () => {
    const { driver, rig, elapsed } = open();
    const [one, other] = driver.socketPair();
    rig.send(one, "x");
    rig.recv(other);
    expect(elapsed()).toBe(0);
    expect(rig.poll(one, IN, 3600e9)).toBe(0);
    expect(elapsed()).toBe(3_600_000);
    expect(driver.edges().park(MILLISECOND)).toBe(0);
    expect(elapsed()).toBe(3_600_001);
    driver.advance(MILLISECOND);
    expect(elapsed()).toBe(3_600_002);
  });

  it("passes for a program that polls without sleeping", () => {
    const { driver, rig } = open({ latency: MILLISECOND });
    const [listener, address] = rig.listen();
    driver.connect(address);
    let asked = 0;
    while (driver.accept(listener) < 0) asked++;
    expect(asked).toBeGreaterThan(100);
    const edges = driver.edges();
    const client = driver.connect(address);
    edges.arm(client, OUT, client);
    while (rig.take(edges).length === 0 && edges.park(0) === 0) asked++;
    expect(rig.ready(client, OUT)).toBe(OUT);
  });

  it("does not pass in an endless sleep: it is an error", () => {
    const { driver, rig } = open();
    const [one] = driver.socketPair();
    expect(() => rig.poll(one, IN, Infinity)).toThrow(/^deadlock: /);
    expect(() => driver.edges().park(Infinity)).toThrow(/^deadlock: /);
  });

  it("is also the time of both guest clocks", async () => {
    const { driver } = open();
    const guest = await Guest.open({ driver });
    const clocks = () =>
      [0, 1].map((clock) => {
        guest.calls.clock_time_get(clock, 0n, guest.result);
        return guest.u64();
      });
    const before = clocks();
    const subscription = guest.room(48);
    guest.view.setUint32(subscription + 16, 1, true);
    guest.view.setBigUint64(subscription + 24, 86_400_000_000_000n, true);
    expect(guest.calls.poll_oneoff(subscription, guest.room(32), 1, guest.result)).toBe(0);
    expect(guest.u32()).toBe(1);
    expect(clocks().map((now, index) => now - before[index])).toEqual([86_400_000_000_000n, 86_400_000_000_000n]);
  });

  it("passes for asynchronous sleepers in order of their deadlines", async () => {
    const { driver, elapsed } = open();
    const woken: [string, number][] = [];
    const sleep = async (name: string, milliseconds: number) => {
      await driver.pollAsync(pollfds(1), 0, milliseconds * MILLISECOND, undefined, never);
      woken.push([name, elapsed()]);
    };
    await Promise.all([sleep("long", 10_000), sleep("short", 1), sleep("middle", 50)]);
    expect(woken).toEqual([
      ["short", 1],
      ["middle", 50],
      ["long", 10_000],
    ]);
  });
});

describe("the simulated network", () => {
  it("delays each part of the handshake, bytes and the end by its latency", () => {
    const { driver, rig, elapsed } = open({ latency: 10 * MILLISECOND });
    const [listener, address] = rig.listen();
    const client = driver.connect(address);
    expect(rig.ready(client)).toBe(0);
    rig.until(client, OUT);
    expect(elapsed()).toBe(20);
    rig.until(listener, IN);
    expect(elapsed()).toBe(30);
    const server = driver.accept(listener);
    rig.send(client, "request");
    rig.until(server, IN);
    expect(elapsed()).toBe(40);
    driver.close(client);
    rig.until(server, 0x2000);
    expect(elapsed()).toBe(50);
    expect(rig.recv(server)).toBe("request");
  });

  it("refuses a connection without a listener after one round trip", () => {
    const { driver, rig, elapsed } = open({ latency: 10 * MILLISECOND });
    const client = driver.connect({ host: "10.0.0.1", port: 80 });
    expect(rig.send(client, "too early")).toBe("EAGAIN");
    expect(rig.until(client, HUP) & 0x18).toBe(0x18);
    expect(Math.round(elapsed())).toBe(20);
  });

  /** Ten messages over one connection, and when each arrived. */
  function journey(seed: number): string {
    const { driver, rig, elapsed } = open({ seed, latency: [1, 9 * MILLISECOND] });
    const [client, server] = rig.tcp();
    const log: string[] = [];
    for (let number = 0; number < 10; number++) {
      rig.send(client, String(number));
      driver.advance(MILLISECOND);
    }
    driver.close(client);
    for (;;) {
      rig.until(server, IN);
      const text = rig.recv(server);
      if (text === "") return log.join(" ");
      log.push(`${text}@${elapsed()}`);
    }
  }

  it("draws latencies from its seed, and keeps data in order", () => {
    const once = journey(7);
    expect(once.replace(/@\S+| /g, "")).toBe("0123456789");
    expect(journey(7)).toBe(once);
    expect(new Set([1, 2, 3, 4, 5].map(journey)).size).toBeGreaterThan(1);
  });

  it("holds as much as a send buffer and a receive buffer", () => {
    for (const bufferSize of [1, 64, 10_000]) {
      const { rig } = open({ bufferSize });
      const [client, server] = rig.tcp();
      expect(rig.fill(client)).toBe(2 * bufferSize);
      expect(rig.drain(server)).toBe(2 * bufferSize);
      const [reader, writer] = rig.driver.pipe();
      expect(rig.fill(writer)).toBe(Math.max(1, Math.floor(bufferSize / 16)) * 16);
      expect(rig.drain(reader)).toBeGreaterThan(0);
      const [one, other] = rig.driver.socketPair();
      const filled = rig.fill(one);
      expect(filled).toBeGreaterThanOrEqual(bufferSize);
      expect(rig.drain(other)).toBe(filled);
    }
  });

  it("resets a connection on request, and fails an end with bytes in transit", () => {
    const { driver, rig } = open({ latency: MILLISECOND });
    const [client, server] = rig.tcp();
    rig.send(client, "on the way");
    expect(driver.reset(client)).toBe(0);
    rig.until(server, HUP);
    expect(rig.recv(server)).toBe("on the way");
    expect(rig.recv(server)).toBe("ECONNRESET");
    expect(outcome(driver.reset(client))).toBe("EBADF");
    const [one, other] = driver.socketPair();
    driver.reset(one);
    expect(rig.recv(other)).toBe("ECONNRESET");
  });

  it("delivers bytes in transit of an end that is shut down, and answers later bytes with a reset", () => {
    const { driver, rig } = open({ latency: MILLISECOND });
    const [client, server] = rig.tcp();
    rig.send(server, "refused");
    rig.send(client, "on the way");
    driver.shutdown(client, 3);
    rig.until(server, IN);
    expect(rig.recv(server)).toBe("on the way");
    rig.until(server, HUP);
    expect(driver.takeError(server)).toBe(Errno.PIPE);
    expect(rig.recv(server)).toBe("");
  });

  it("delays a connection to a full backlog until another is accepted", () => {
    const { driver, rig } = open();
    const [listener, address] = rig.listen("127.0.0.1", 1);
    const clients = [1, 2, 3, 4].map(() => driver.connect(address));
    expect(clients.map((client) => rig.ready(client, OUT))).toEqual([OUT, OUT, 0, 0]);
    for (const client of clients)
      expect(driver.peerAddress(driver.accept(listener))).toEqual(driver.localAddress(client));
    expect(clients.map((client) => rig.ready(client, OUT))).toEqual([OUT, OUT, OUT, OUT]);
  });

  it("continues after the reader shut down its read side and the sender probes for room", () => {
    const { driver, rig, elapsed } = open();
    const [client, server] = rig.tcp();
    const filled = rig.fill(client);
    driver.shutdown(server, 1);
    const bytes = new Uint8Array(1 << 20);
    const first = driver.recv(server, bytes, 0, bytes.length, 0);
    expect(first).toBeLessThan(filled);
    const before = elapsed();
    rig.until(client, OUT);
    expect(Math.round(elapsed() - before)).toBe(200);
    expect(first + rig.drain(server)).toBe(filled);
  });

  it("refuses handles beyond maxHandles with EMFILE; a connection that cannot be accepted waits", () => {
    const { driver, rig } = open({ maxHandles: 3 });
    const [listener, address] = rig.listen();
    const [client, second] = [driver.connect(address), driver.connect(address)];
    expect(outcome(driver.accept(listener))).toBe("EMFILE");
    const full = expect.objectContaining({ code: "EMFILE" });
    for (const make of [
      () => rig.listen(),
      () => driver.connect(address),
      () => driver.pipe(),
      () => driver.socketPair(),
    ]) {
      expect(make).toThrow(full);
    }
    driver.close(second);
    const server = driver.accept(listener);
    expect(driver.peerAddress(server)).toEqual(driver.localAddress(client));
  });
});
