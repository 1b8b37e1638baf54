/**
 * Events during a call are not lost: those between a look that finds nothing and the read of the wakeups. The test uses
 * the posix driver over the kernel's sockets, and acts at that moment.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  Core,
  EPOLL_CTL_ADD,
  EPOLL_CTL_MOD,
  EPOLLET,
  EPOLLIN,
  EPOLLOUT,
  EPOLLPRI,
  Epoll,
  EpollEvents,
  EVENT_READ,
  POLLHUP,
  POLLPRI,
  POLLRDHUP,
  Poll,
  Socket,
  select,
} from "../../src/index.ts";
import { PosixDriver } from "../../wasi-host/drivers/posix/index.ts";
import { sendUrgent } from "./kernel-poll.ts";
import { CLASSES, text } from "./selectors-subject.ts";

/** Milliseconds after which nothing will end a sleep. */
const MOST = 5000;

class Interruptible extends PosixDriver {
  #looks = 0;
  #sleeps = false;
  #act: (() => void) | undefined;

  /** Calls `act` after the look with this number, counted from now on. */
  behindLook(number: number, act: () => void): void {
    this.#looks = number;
    this.#sleeps = false;
    this.#act = act;
  }

  /** Calls `act` before the next sleep. */
  beforeSleep(act: () => void): void {
    this.#sleeps = true;
    this.#act = act;
  }

  /** Calls it now, unless it was called. */
  actNow(): void {
    this.#act?.();
    this.#act = undefined;
  }

  override poll(...[fds, count, timeout, edges]: Parameters<PosixDriver["poll"]>): number {
    if (timeout !== 0 && this.#sleeps) this.actNow();
    const ready = super.poll(fds, count, timeout, edges);
    if (timeout === 0 && --this.#looks === 0) this.actNow();
    return ready;
  }
}

let driver: Interruptible;
let core: Core;
let socket: Socket;
let peer: Socket;

beforeEach(async () => {
  driver = new Interruptible();
  core = await Core.open({ driver });
  [socket, peer] = Socket.pair(core);
});
afterEach(() => {
  core.dispose();
  driver.dispose();
});

/** Takes the wakeups, past the core. */
const take = ({ osDescriptor }: Socket) => driver.recv(osDescriptor, new Uint8Array(new ArrayBuffer(8)), 0, 8, 0);

/** Time for a wait to begin its sleep. */
const turn = () => new Promise(setImmediate);
/** A wait looks once or twice before it sleeps, and again when it is woken: data after a later look comes in time. */
const LOOKS = [1, 2, 3];

describe.each(CLASSES)("$name", ({ Selector }) => {
  it.each(LOOKS)("select gets a wakeup behind its own look %i", async (look) => {
    using selector = new Selector(core);
    const [other, otherPeer] = Socket.pair(core);
    const key = selector.register(socket, EVENT_READ);
    selector.register(other, EVENT_READ);
    // The next wait must look at a readiness that has ended without the core's knowledge.
    otherPeer.send(text("x"));
    expect(await selector.select()).toHaveLength(1);
    take(other);
    driver.behindLook(look, () => peer.send(text("y")));
    const waiting = selector.select();
    await turn();
    driver.actNow();
    expect(await waiting).toEqual([[key, EVENT_READ]]);
  });

  it.each(LOOKS)("select gets a wakeup that arrives during another caller's look (%i)", async (look) => {
    using selector = new Selector(core);
    using others = new Selector(core);
    const key = selector.register(socket, EVENT_READ);
    const [other, otherPeer] = Socket.pair(core);
    const otherKey = others.register(other, EVENT_READ);
    const waits = [selector.select(), others.select()];
    await turn();
    driver.behindLook(look, () => peer.send(text("x")));
    const [third] = Socket.pair(core);
    others.register(third, EVENT_READ);
    await turn();
    driver.actNow();
    expect(await waits[0]).toEqual([[key, EVENT_READ]]);
    otherPeer.send(text("y"));
    expect(await waits[1]).toEqual([[otherKey, EVENT_READ]]);
  });

  it("select gets a wakeup that a call without a wait has read", async () => {
    using selector = new Selector(core);
    using others = new Selector(core);
    const key = selector.register(socket, EVENT_READ);
    for (let round = 0; round < 20; round++) {
      const waiting = selector.select();
      await turn();
      peer.send(text("x"));
      others.selectSync(0);
      expect(await waiting).toEqual([[key, EVENT_READ]]);
      socket.recv(new Uint8Array(8));
    }
  });
});

describe("an epoll instance gets a wakeup that arrives behind the looks of", () => {
  /** All events that it delivers. */
  function delivered(epoll: Epoll): number[] {
    const events = new EpollEvents(core);
    const all: number[] = [];
    while (all.length < 10 && epoll.waitSync(events, 0) > 0) all.push(events.events(0));
    return all;
  }

  it.each(LOOKS)("ADD (%i)", (look) => {
    using epoll = new Epoll(core);
    driver.behindLook(look, () => peer.send(text("x")));
    epoll.ctl(EPOLL_CTL_ADD, socket, EPOLLIN | EPOLLET);
    driver.actNow();
    expect(delivered(epoll)).toEqual([EPOLLIN]);
  });

  it.each(LOOKS)("ADD of a writable descriptor (%i)", (look) => {
    using epoll = new Epoll(core);
    driver.behindLook(look, () => peer.send(text("x")));
    epoll.ctl(EPOLL_CTL_ADD, socket, EPOLLIN | EPOLLOUT | EPOLLET);
    driver.actNow();
    expect(delivered(epoll).at(-1)).toBe(EPOLLIN | EPOLLOUT);
  });

  it.each(LOOKS)("ADD beside another instance with the same mask (%i)", (look) => {
    using epoll = new Epoll(core);
    using other = new Epoll(core);
    other.ctl(EPOLL_CTL_ADD, socket, EPOLLIN | EPOLLET);
    driver.behindLook(look, () => peer.send(text("x")));
    epoll.ctl(EPOLL_CTL_ADD, socket, EPOLLIN | EPOLLET);
    driver.actNow();
    expect([delivered(epoll), delivered(other)]).toEqual([[EPOLLIN], [EPOLLIN]]);
  });

  it.each(LOOKS)("MOD to an earlier mask (%i)", (look) => {
    using epoll = new Epoll(core);
    epoll.ctl(EPOLL_CTL_ADD, socket, EPOLLIN | EPOLLET);
    epoll.ctl(EPOLL_CTL_MOD, socket, EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLET);
    expect(delivered(epoll)).toEqual([EPOLLOUT]);
    driver.behindLook(look, () => peer.send(text("x")));
    epoll.ctl(EPOLL_CTL_MOD, socket, EPOLLIN | EPOLLET);
    driver.actNow();
    expect(delivered(epoll)).toEqual([EPOLLIN]);
  });
});

it.each(LOOKS)("select(2) gets a wakeup behind its look %i", async (look) => {
  await select(core, [socket], [], [], 0);
  driver.behindLook(look, () => peer.send(text("x")));
  const waiting = select(core, [socket], [], []);
  await turn();
  driver.actNow();
  expect(await waiting).toEqual([[socket], [], []]);
});

it("a wakeup behind the look of a wait without sleep is the next wait's", () => {
  using epoll = new Epoll(core);
  const events = new EpollEvents(core);
  const [other, otherPeer] = Socket.pair(core);
  for (const each of [socket, other]) epoll.ctl(EPOLL_CTL_ADD, each, EPOLLIN);
  otherPeer.send(text("x"));
  expect(epoll.waitSync(events, 0)).toBe(1);
  take(other);
  driver.behindLook(1, () => peer.send(text("y")));
  expect(epoll.waitSync(events, 0)).toBe(0);
  expect(epoll.waitSync(events, 0)).toBe(1);
  expect(events.fd(0)).toBe(socket.fd);
});

describe.each([
  ["over its array", false],
  ["over an array with an instance", true],
])("poll, with the thread blocked %s, gets what happens just before it sleeps:", (_, nested) => {
  function pollBehindLook(target: Socket, events: number, act: () => void): [fd: number, revents: number][] {
    using polled = new Poll(core);
    using epoll = new Epoll(core);
    polled.register(target, events);
    if (nested) polled.register(epoll, EPOLLIN);
    expect(polled.pollSync(0)).toEqual([]);
    // Without an instance the sleep is the only look. With one, two looks find out that it must wait for the ready file too, and the
    // third is the last one before it sleeps.
    if (nested) driver.behindLook(3, act);
    else driver.beforeSleep(act);
    return polled.pollSync(MOST);
  }

  it("the end of a stream", () => {
    const ready = pollBehindLook(socket, POLLRDHUP, () => peer.shutdown("write"));
    expect(ready).toEqual([[socket.fd, POLLRDHUP]]);
  });

  it("a hangup, unasked", () => {
    expect(pollBehindLook(socket, 0, () => peer.close())).toEqual([[socket.fd, POLLHUP]]);
  });

  it("urgent data", () => {
    const listener = Socket.listen(core, "127.0.0.1:0");
    const client = Socket.connect(core, listener.localAddress!);
    let server: Socket | undefined;
    while ((server = listener.accept()) === undefined);
    const ready = pollBehindLook(server, POLLPRI, () => sendUrgent(client.osDescriptor));
    expect(ready).toEqual([[server.fd, POLLPRI]]);
  });
});
