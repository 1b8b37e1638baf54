/** SEMANTICS' rules of epoll about waits: 6 (one that goes on), 11, 13 (who sleeps), 15, 18. */
import { describe, expect, it } from "vitest";
import {
  EPOLL_CTL_ADD as ADD,
  Core,
  EPOLL_CTL_DEL as DEL,
  Epoll,
  EpollEvents,
  EPOLLET as ET,
  EPOLLEXCLUSIVE as EXCLUSIVE,
  EPOLLIN as IN,
  EPOLL_CTL_MOD as MOD,
  EPOLLOUT as OUT,
  Socket,
} from "../../src/index.ts";
import { SimulatedDriver } from "../../wasi-host/drivers/simulated/index.ts";
import { bytes, withCore } from "./beside-kernel.ts";

/** Pairs whose first ends are watched by `epoll` and have a byte to be read; and the batch that a wait gives of them. */
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
  it("is dropped, and with time left the wait goes on", () =>
    onSimulated(async (core, driver) => {
      using epoll = new Epoll(core);
      const [client, server] = await connected(core);
      epoll.ctl(ADD, server, IN);
      const events = new EpollEvents(core, 1);
      client.send(bytes(1));
      expect(epoll.waitSync(events)).toBe(1);
      driver.recv(core.descriptor(server.fd)!.handle, bytes(1), 0, 1, 0); // past the engine, which has it queued
      client.send(bytes(1));
      expect(epoll.waitSync(events, 2 * LATENCY)).toBe(1);
      expect(server.recv(bytes(8))).toBe(1);
    }));
});

describe("rule 11: while a batch is dispatched", () => {
  it.each([
    ["DEL", (epoll: Epoll, end: Socket) => epoll.ctl(DEL, end)],
    ["MOD", (epoll: Epoll, end: Socket) => epoll.ctl(MOD, end, OUT)],
    ["closing", (_epoll: Epoll, end: Socket) => end.close()],
  ])("%s takes effect at once: its event is struck out, and no other", (_, change) =>
    withCore((core) => {
      const epoll = new Epoll(core);
      const { ends, events } = batch(core, epoll, 4);
      change(epoll, ends[2]);
      expect([0, 1, 2, 3].map((index) => events.events(index))).toEqual([IN, IN, 0, IN]);
    }),
  );

  it("a number that is closed and used again gets no event of the old one", () =>
    withCore((core) => {
      const epoll = new Epoll(core);
      const { ends, events } = batch(core, epoll, 3);
      const { fd } = ends[1];
      ends[1].close();
      const reused = Socket.pair(core).find((end) => end.fd === fd)!;
      epoll.ctl(ADD, reused, IN, 7n);
      expect([0, 1, 2].map((index) => events.events(index))).toEqual([IN, 0, IN]);
      expect(epoll.waitSync(events, 0)).toBe(2);
      expect([0, 1].map((index) => events.data(index))).toEqual([0n, 2n]);
    }));
});

describe("rule 11: an event's place in a batch", () => {
  it("is somebody else's after the next wait: DEL of who had it strikes nothing out", () =>
    withCore((core) => {
      const epoll = new Epoll(core);
      const events = new EpollEvents(core, 2);
      const pairs = [0, 1].map(() => Socket.pair(core));
      for (const [end] of pairs) epoll.ctl(ADD, end, IN | ET);
      for (const [end, peer] of pairs) {
        peer.send(bytes(1));
        expect(epoll.waitSync(events, 0)).toBe(1);
        expect(events.fd(0)).toBe(end.fd);
      }
      epoll.ctl(DEL, pairs[0][0]);
      expect(events.events(0)).toBe(IN);
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

  it("and are asleep: one is woken", () => withCore(async (core) => expect(await sleepers(core, EXCLUSIVE)).toBe(1)));

  it("without EXCLUSIVE all are", () => withCore(async (core) => expect(await sleepers(core, 0)).toBe(3)));

  it("and do not sleep: all queue it", () =>
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
  it("a positive one never returns early with nothing", () =>
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

  it("0 never sleeps: not a nanosecond of virtual time passes but for the look", () =>
    onSimulated(async (core) => {
      using epoll = new Epoll(core);
      epoll.ctl(ADD, Socket.pair(core)[0], IN);
      const before = core.driver.now!();
      expect(epoll.waitSync(new EpollEvents(core, 1), 0)).toBe(0);
      expect(core.driver.now!() - before).toBeLessThanOrEqual(1_000_000n);
    }));

  it("a negative one waits for ever: here for what comes after ten seconds of virtual time", () =>
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
  /** Looks of the driver, and the descriptors that they are at, in one wait that delivers two events. */
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
      expect(epoll.waitSync(all, 0)).toBe(0); // they have all been active, and are no more
      const events = new EpollEvents(core, 8);
      pairs[3][1].send(bytes(1));
      pairs[registered - 1][1].send(bytes(1));
      expect(epoll.waitSync(events, 0)).toBe(2); // by level: both are looked at again by the next
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

  it("two of 16 and two of 400 take the same looks", async () => {
    const few = await cost(16);
    expect(few).toBe(1 + 2 + 1); // a call, the two, and the wakeups that may wait
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
