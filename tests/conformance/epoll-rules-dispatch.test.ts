/** SEMANTICS' rules of epoll about waits: 6 (a wait that goes on), 11, 13 (who sleeps), 15, 18. */
import { describe, expect, it } from "vitest";
import {
  EPOLL_CTL_ADD as ADD,
  Core,
  EPOLL_CTL_DEL as DEL,
  Epoll,
  EpollEvents,
  EPOLLEXCLUSIVE as EXCLUSIVE,
  EPOLLIN as IN,
  EPOLL_CTL_MOD as MOD,
  EPOLLOUT as OUT,
  Socket,
} from "../../src/index.ts";
import { SimulatedDriver } from "../../wasi-host/drivers/simulated/index.ts";
import { bytes, withCore } from "./beside-kernel.ts";

/** Pairs whose first ends `epoll` watches and can read a byte from; and the batch of a wait for them. */
function batch(core: Core, epoll: Epoll, size: number): { ends: Socket[]; events: EpollEvents } {
  const ends = Array.from({ length: size }, (_, index) => {
    const [end, peer] = Socket.pair(core);
    epoll.ctl(ADD, end, IN, BigInt(index));
    peer.send(bytes(1));
    return end;
  });
  const events = new EpollEvents(core, size);
  expect(epoll.waitSync(events, 0)).toBe(size);
  return { ends, events };
}

describe("rule 6: queued, but no longer ready", () => {
  it("is dropped, and the wait continues if time is left", () =>
    onSimulated(async (core, driver) => {
      using epoll = new Epoll(core);
      const [client, server] = await connected(core);
      epoll.ctl(ADD, server, IN);
      const events = new EpollEvents(core, 1);
      client.send(bytes(1));
      expect(epoll.waitSync(events)).toBe(1);
      driver.recv(core.descriptor(server.fd)!.handle, bytes(1), 0, 1, 0); // past the engine, which keeps it queued
      client.send(bytes(1));
      expect(epoll.waitSync(events, 2 * LATENCY)).toBe(1);
      expect(server.recv(bytes(8))).toBe(1);
    }));
});

describe("rule 11: while a batch is dispatched", () => {
  const current = (events: EpollEvents, count: number) =>
    Array.from({ length: count }, (_, index) => events.isCurrent(index));
  const image = (core: Core, events: EpollEvents, count: number) =>
    new Uint8Array(core.exports.memory.buffer.slice(events.address, events.address + 16 * count));

  it("an event of the last of 2^32 deliveries stays current", () =>
    withCore((core) => {
      // Simulates as many deliveries; the next one overflows the lower half of the number.
      core.view.setUint32(core.deliveries, 0xffff_fffe, true);
      using epoll = new Epoll(core);
      using other = new Epoll(core);
      const { ends, events } = batch(core, epoll, 2);
      batch(core, other, 1);
      expect(core.view.getUint32(core.deliveries + 4, true)).toBe(1);
      epoll.ctl(MOD, ends[1], IN);
      expect([0, 1].map((index) => events.isCurrent(index))).toEqual([true, false]);
    }));

  it.each([
    ["DEL", (epoll: Epoll, end: Socket) => epoll.ctl(DEL, end)],
    ["DEL and ADD", (epoll: Epoll, end: Socket) => [epoll.ctl(DEL, end), epoll.ctl(ADD, end, IN)]],
    ["MOD", (epoll: Epoll, end: Socket) => epoll.ctl(MOD, end, OUT)],
    ["MOD that changes nothing", (epoll: Epoll, end: Socket) => epoll.ctl(MOD, end, IN)],
    ["closing", (_epoll: Epoll, end: Socket) => end.close()],
  ])("%s ends only that event: it is no longer current", (_, change) =>
    withCore((core) => {
      const epoll = new Epoll(core);
      const { ends, events } = batch(core, epoll, 4);
      expect(current(events, 4)).toEqual([true, true, true, true]);
      change(epoll, ends[2]);
      expect(current(events, 4)).toEqual([true, true, false, true]);
    }),
  );

  it("closing the instance ends all its events; a new instance with its number has none", () =>
    withCore((core) => {
      const epoll = new Epoll(core);
      const { ends, events } = batch(core, epoll, 2);
      epoll.close();
      expect(current(events, 2)).toEqual([false, false]);
      using heir = new Epoll(core);
      expect(heir.fd).toBe(epoll.fd);
      heir.ctl(ADD, ends[0], IN);
      expect(current(events, 2)).toEqual([false, false]);
    }));

  it("a refused MOD keeps the event current and the watch unchanged", () =>
    withCore((core) => {
      const epoll = new Epoll(core);
      const { ends, events } = batch(core, epoll, 2);
      expect(() => epoll.ctl(MOD, ends[0], IN | EXCLUSIVE)).toThrow(expect.objectContaining({ code: "EINVAL" }));
      expect(current(events, 2)).toEqual([true, true]);
      expect(epoll.waitSync(events, 0)).toBe(2);
    }));

  it("the array is the caller's: DEL, MOD and close write nothing to it, nor to memory in its place", () =>
    withCore((core) => {
      const epoll = new Epoll(core);
      const { ends, events } = batch(core, epoll, 4);
      const delivered = image(core, events, 4);
      epoll.ctl(MOD, ends[0], OUT);
      epoll.ctl(DEL, ends[1]);
      ends[2].close();
      expect(image(core, events, 4)).toEqual(delivered);
      // The caller's own record, whose bytes beside its number equal the descriptor.
      const { view } = core;
      view.setUint32(events.address + 48, 1234, true);
      view.setInt32(events.address + 52, ends[3].fd, true);
      epoll.ctl(MOD, ends[3], OUT);
      ends[3].close();
      expect(view.getUint32(events.address + 48, true)).toBe(1234);
    }));

  it("an array of an earlier wait is checked against its own delivery", () =>
    withCore((core) => {
      const epoll = new Epoll(core);
      const { ends, events } = batch(core, epoll, 2);
      epoll.ctl(MOD, ends[0], IN);
      const later = new EpollEvents(core, 2);
      expect(epoll.waitSync(later, 0)).toBe(2);
      expect(current(events, 2)).toEqual([false, true]);
      expect(current(later, 2)).toEqual([true, true]);
    }));

  it("a reused number gets no event of the old descriptor", () =>
    withCore((core) => {
      const epoll = new Epoll(core);
      const { ends, events } = batch(core, epoll, 3);
      const { fd } = ends[1];
      ends[1].close();
      const reused = Socket.pair(core).find((end) => end.fd === fd)!;
      epoll.ctl(ADD, reused, IN, 7n);
      expect(current(events, 3)).toEqual([true, false, true]);
      expect(epoll.waitSync(events, 0)).toBe(2);
      expect([0, 1].map((index) => events.data(index))).toEqual([0n, 2n]);
    }));
});

describe("rule 13: several instances that watch one descriptor exclusively", () => {
  const sleepers = async (core: Core, flags: number) => {
    const [end, peer] = Socket.pair(core);
    const woken: number[] = [];
    const stop = new AbortController();
    const waits = [0, 1, 2].map(async (index) => {
      const epoll = new Epoll(core);
      epoll.ctl(ADD, end, IN | flags);
      if ((await epoll.wait(new EpollEvents(core, 1), -1, stop)) > 0) woken.push(index);
    });
    peer.send(bytes(1));
    await Promise.race(waits);
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    stop.abort();
    await Promise.allSettled(waits);
    return woken.length;
  };

  it("wake one of several sleeping instances", () =>
    withCore(async (core) => expect(await sleepers(core, EXCLUSIVE)).toBe(1)));

  it("without EXCLUSIVE wake all", () => withCore(async (core) => expect(await sleepers(core, 0)).toBe(3)));

  it("queue it in all if none sleeps", () =>
    withCore((core) => {
      const [end, peer] = Socket.pair(core);
      const instances = [0, 1, 2].map(() => new Epoll(core));
      for (const epoll of instances) epoll.ctl(ADD, end, IN | EXCLUSIVE);
      peer.send(bytes(1));
      const events = new EpollEvents(core, 1);
      expect(instances.map((epoll) => epoll.waitSync(events, 0))).toEqual([1, 1, 1]);
    }));
});

describe("rule 15: the timeout", () => {
  it("a positive timeout never returns early with nothing", () =>
    withCore(async (core) => {
      using epoll = new Epoll(core);
      epoll.ctl(ADD, Socket.pair(core)[0], IN);
      const events = new EpollEvents(core, 1);
      for (const timeout of [1, 2.5, 10]) {
        for (const wait of [() => epoll.waitSync(events, timeout), () => epoll.wait(events, timeout)]) {
          const began = performance.now();
          expect(await wait()).toBe(0);
          expect(performance.now() - began).toBeGreaterThanOrEqual(timeout);
        }
      }
    }));

  it("a timeout of 0 never sleeps: no virtual time passes but for the look", () =>
    onSimulated(async (core) => {
      using epoll = new Epoll(core);
      epoll.ctl(ADD, Socket.pair(core)[0], IN);
      const before = core.driver.now();
      expect(epoll.waitSync(new EpollEvents(core, 1), 0)).toBe(0);
      expect(core.driver.now() - before).toBeLessThanOrEqual(1_000_000n);
    }));

  it("a negative timeout waits for ever: here for data after ten seconds of virtual time", () =>
    onSimulated(async (core, driver) => {
      using epoll = new Epoll(core);
      const events = new EpollEvents(core, 1);
      const [client, server] = await connected(core);
      epoll.ctl(ADD, server, IN);
      for (const wait of [() => epoll.waitSync(events, -1), () => epoll.wait(events, -1)]) {
        const began = driver.now();
        client.send(bytes(1));
        expect(await wait()).toBe(1);
        expect(driver.now() - began).toBeGreaterThanOrEqual(BigInt(LATENCY) * 1_000_000n);
        server.recv(bytes(8));
      }
    }));
});

describe("rule 18: a wait costs what is ready, not what is registered", () => {
  /** Looks of the driver, and their descriptors, in one wait that delivers two events. */
  const cost = async (registered: number) => {
    let calls = 0;
    let result: unknown;
    await withCore((core) => {
      using epoll = new Epoll(core);
      const pairs = Array.from({ length: registered }, () => Socket.pair(core));
      for (const [end] of pairs) epoll.ctl(ADD, end, IN);
      const all = new EpollEvents(core, registered);
      for (const [, peer] of pairs) peer.send(bytes(1));
      expect(epoll.waitSync(all, 0)).toBe(registered);
      for (const [end] of pairs) core.driver.recv(core.descriptor(end.fd)!.handle, bytes(1), 0, 1, 0);
      expect(epoll.waitSync(all, 0)).toBe(0); // all were ready, and are no longer
      const events = new EpollEvents(core, 8);
      pairs[3][1].send(bytes(1));
      pairs[registered - 1][1].send(bytes(1));
      expect(epoll.waitSync(events, 0)).toBe(2); // level-triggered: the next wait looks at both again
      const { poll } = core.driver;
      core.driver.poll = (fds, count, timeout, edges) => {
        calls += 1 + count;
        return poll.call(core.driver, fds, count, timeout, edges);
      };
      result = epoll.waitSync(events, 0);
    });
    expect(result).toBe(2);
    return calls;
  };

  it("two ready of 16 and two of 400 cost the same looks", async () => {
    const few = await cost(16);
    expect(few).toBe(1 + 2 + 1); // one call, the two watches, and possible wakeups
    expect(await cost(400)).toBe(few);
  });
});

/** Milliseconds one way, on a simulated network: virtual ones. */
const LATENCY = 10_000;

async function onSimulated(body: (core: Core, driver: SimulatedDriver) => Promise<void>): Promise<void> {
  const driver = new SimulatedDriver({ latency: LATENCY * 1e6 });
  const core = await Core.open({ driver });
  try {
    await body(core, driver);
  } finally {
    core.dispose();
    driver.dispose();
  }
}

/** A simulated TCP connection: [client, server]. */
async function connected(core: Core): Promise<[client: Socket, server: Socket]> {
  const listener = Socket.listen(core, "127.0.0.1:0");
  const client = Socket.connect(core, listener.localAddress!);
  using epoll = new Epoll(core);
  epoll.ctl(ADD, listener, IN);
  await epoll.wait(new EpollEvents(core, 1));
  return [client, listener.accept()!];
}
