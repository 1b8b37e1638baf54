/**
 * Epoll instances in poll, select and selectors, as on Linux: readable exactly while one of their descriptors is ready.
 * Over the ready file and over levels, with the thread asleep and awaited.
 */
import { describe, expect, it } from "vitest";
import {
  EPOLL_CTL_ADD as ADD,
  Core,
  EPOLL_CTL_DEL as DEL,
  Epoll,
  EpollEvents,
  EpollSelector,
  EPOLLET as ET,
  EVENT_READ,
  EVENT_WRITE,
  EPOLLIN as IN,
  EPOLLOUT as OUT,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLRDNORM,
  Poll,
  Socket,
  select,
  selectSync,
} from "../../src/index.ts";
import { later } from "../later.ts";
import { bytes, drain } from "./beside-kernel.ts";
import { CLASSES } from "./selectors-subject.ts";

const CORES = [
  { driver: "posix", edgeSource: true },
  { driver: "posix", edgeSource: false },
  { driver: "simulated", edgeSource: true },
  { driver: "simulated", edgeSource: false },
  { driver: "net", edgeSource: true },
];

async function withCore(options: (typeof CORES)[number], body: (core: Core) => Promise<void> | void): Promise<void> {
  using core = await Core.open(options);
  await body(core);
}

/** The number of the driver's calls during a wait. */
async function asked(core: Core, wait: () => Promise<unknown>): Promise<number> {
  let calls = 0;
  const { poll } = core.driver;
  core.driver.poll = (...args) => {
    calls++;
    return poll.apply(core.driver, args);
  };
  try {
    await wait();
    return calls;
  } finally {
    core.driver.poll = poll;
  }
}

describe.each(CORES)("on the $driver driver, ready file: $edgeSource,", (options) => {
  it("poll reports IN for an instance while one of its watches is ready, and consumes no edge", () =>
    withCore(options, (core) => {
      using epoll = new Epoll(core);
      using polled = new Poll(core);
      const [socket, peer] = Socket.pair(core);
      epoll.ctl(ADD, socket, IN | ET);
      polled.register(epoll, POLLIN | POLLOUT);
      expect(polled.pollSync(0)).toEqual([]);
      peer.send(bytes(1));
      expect(polled.pollSync(0)).toEqual([[epoll.fd, POLLIN]]);
      expect(polled.pollSync()).toEqual([[epoll.fd, POLLIN]]);
      const events = new EpollEvents(core, 4);
      expect(epoll.waitSync(events, 0)).toBe(1);
      expect(polled.pollSync(0)).toEqual([]);
      drain(socket);
      peer.send(bytes(1));
      expect(polled.pollSync(0)).toEqual([[epoll.fd, POLLIN]]);
      drain(socket);
      expect(polled.pollSync(0)).toEqual([]);
      polled.modify(epoll, POLLRDNORM);
      peer.send(bytes(1));
      expect(polled.pollSync(0)).toEqual([[epoll.fd, POLLRDNORM]]);
      polled.modify(epoll, 0);
      expect(polled.pollSync(0)).toEqual([]);
    }));

  it("poll reports NVAL for a closed instance and for a number that never was one", () =>
    withCore(options, async (core) => {
      const epoll = new Epoll(core);
      using polled = new Poll(core);
      polled.register(epoll, POLLIN);
      expect(polled.pollSync(0)).toEqual([]);
      epoll.close();
      expect(polled.pollSync()).toEqual([[epoll.fd, POLLNVAL]]);
      expect(await polled.poll()).toEqual([[epoll.fd, POLLNVAL]]);
      polled.unregister(epoll);
      polled.register(0x4000_0000 + 999, POLLIN);
      expect(polled.pollSync(0)).toEqual([[0x4000_0000 + 999, POLLNVAL]]);
    }));

  it("poll sleeps on instances, sockets and pipes until a nested descriptor is ready", () =>
    withCore(options, async (core) => {
      using inner = new Epoll(core);
      using outer = new Epoll(core);
      using polled = new Poll(core);
      const [socket, peer] = Socket.pair(core);
      const [reader] = Socket.pipe(core);
      inner.ctl(ADD, socket, IN);
      outer.ctl(ADD, inner, IN | ET);
      polled.register(outer, POLLIN);
      polled.register(reader, POLLIN);
      expect(polled.pollSync(20)).toEqual([]);
      expect(await polled.poll(20)).toEqual([]);
      const waiting = polled.poll();
      await new Promise(setImmediate);
      peer.send(bytes(1));
      expect(await waiting).toEqual([[outer.fd, POLLIN]]);
    }));

  it("a sleep on an idle instance does not spin", () =>
    withCore(options, async (core) => {
      using epoll = new Epoll(core);
      using polled = new Poll(core);
      const [socket, peer] = Socket.pair(core);
      const [other, otherPeer] = Socket.pair(core);
      epoll.ctl(ADD, socket, IN | ET);
      polled.register(epoll, POLLIN);
      polled.register(other, POLLIN);
      peer.send(bytes(1));
      expect(epoll.waitSync(new EpollEvents(core, 1), 0)).toBe(1); // it stays unread, and was delivered
      // An instance outside this wait that is always ready.
      using unrelated = new Epoll(core);
      unrelated.ctl(ADD, other, OUT);
      expect(await asked(core, async () => expect(polled.pollSync(60)).toEqual([]))).toBeLessThan(40);
      expect(await asked(core, async () => expect(await polled.poll(60)).toEqual([]))).toBeLessThan(40);
      expect(await asked(core, async () => expect(epoll.waitSync(new EpollEvents(core, 1), 60)).toBe(0))).toBeLessThan(
        40,
      );
      expect(
        await asked(core, async () => expect(await epoll.wait(new EpollEvents(core, 1), 60)).toBe(0)),
      ).toBeLessThan(40);
      otherPeer.send(bytes(1));
      expect(polled.pollSync()).toEqual([[other.fd, POLLIN]]);
    }));

  it("select accepts instances in its lists: readable, never writable or exceptional", () =>
    withCore(options, async (core) => {
      using epoll = new Epoll(core);
      using idle = new Epoll(core);
      const [socket, peer] = Socket.pair(core);
      epoll.ctl(ADD, socket, IN);
      const all = [idle, epoll, socket];
      expect(selectSync(core, all, [epoll], [epoll], 0)).toEqual([[], [], []]);
      expect(await select(core, all, [epoll], [epoll], 20)).toEqual([[], [], []]);
      peer.send(bytes(1));
      expect(selectSync(core, all, [epoll, socket], [epoll])).toEqual([[epoll, socket], [socket], []]);
      expect(await select(core, [epoll, epoll], [], [])).toEqual([[epoll, epoll], [], []]);
      drain(socket);
      const waiting = select(core, [idle, epoll], [], []);
      await new Promise(setImmediate);
      peer.send(bytes(1));
      expect(await waiting).toEqual([[epoll], [], []]);
      expect(selectSync(core, [epoll.fd], [], [], 0)).toEqual([[epoll.fd], [], []]);
      idle.close();
      expect(() => selectSync(core, [socket, idle], [], [], 0)).toThrow(
        expect.objectContaining({ code: "EBADF", message: expect.stringContaining(`descriptor ${idle.fd}`) }),
      );
    }));

  it("in C's sets, an instance is above FD_SETSIZE: EINVAL", () =>
    withCore(options, (core) => {
      using epoll = new Epoll(core);
      expect(core.exports.pollux_select(epoll.fd + 1, 0, 0, 0, 0)).toBe(-28);
    }));

  describe.each(CLASSES)("a $name", ({ Selector }) => {
    it("sleeps on an EpollSelector until that is readable", () =>
      withCore(options, async (core) => {
        using inner = new EpollSelector(core);
        using outer = new Selector(core);
        const [socket, peer] = Socket.pair(core);
        const [other, otherPeer] = Socket.pair(core);
        inner.register(socket, EVENT_READ);
        const key = outer.register(inner, EVENT_READ | EVENT_WRITE);
        const beside = outer.register(other, EVENT_READ);
        expect(await asked(core, async () => expect(outer.selectSync(40)).toEqual([]))).toBeLessThan(40);
        expect(await asked(core, async () => expect(await outer.select(40)).toEqual([]))).toBeLessThan(40);
        const waiting = outer.select();
        await new Promise(setImmediate);
        peer.send(bytes(1));
        expect(await waiting).toEqual([[key, EVENT_READ]]);
        expect(outer.selectSync()).toEqual([[key, EVENT_READ]]);
        drain(socket);
        expect(outer.selectSync(0)).toEqual([]);
        otherPeer.send(bytes(1));
        expect(outer.selectSync()).toEqual([[beside, EVENT_READ]]);
        drain(other);
        outer.unregister(inner);
        peer.send(bytes(1));
        expect(outer.selectSync(0)).toEqual([]);
      }));
  });
});

describe("with the thread asleep", () => {
  it.each([true, false])("poll on an instance is woken by data from elsewhere (ready file: %s)", async (edgeSource) => {
    using core = await Core.open({ driver: "posix", edgeSource });
    using epoll = new Epoll(core);
    using polled = new Poll(core);
    const [socket, peer] = Socket.pair(core);
    epoll.ctl(ADD, socket, IN);
    polled.register(epoll, POLLIN);
    const written = later("echo", peer.osDescriptor);
    expect(polled.pollSync(20_000)).toEqual([[epoll.fd, POLLIN]]);
    await written;
    drain(socket);
    const again = later("echo", peer.osDescriptor);
    expect(selectSync(core, [epoll], [], [], 20_000)).toEqual([[epoll], [], []]);
    await again;
    epoll.ctl(DEL, socket);
    expect(polled.pollSync(0)).toEqual([]);
  });
});
