/**
 * A hundred thousand random ctl and close calls from inside dispatch: between the events of a batch, and in the
 * callbacks of a selector. Each run has another seed, and prints it; `POLLUX_SEED=n` repeats a run.
 *
 * A model that only knows the registrations says which events may still come: SEMANTICS' rule 11.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  EPOLL_CTL_ADD as ADD,
  Core,
  EPOLL_CTL_DEL as DEL,
  DefaultSelector,
  Epoll,
  EpollEvents,
  EPOLLET as ET,
  EVENT_READ,
  EVENT_WRITE,
  EPOLLIN as IN,
  EPOLL_CTL_MOD as MOD,
  EPOLLONESHOT as ONESHOT,
  EPOLLOUT as OUT,
  type ReadyKey,
  Socket,
} from "../../src/index.ts";
import { bytes, drain } from "./beside-kernel.ts";

const CALLS = 100_000;
const PAIRS = 24;
const seed = Number(process.env.POLLUX_SEED ?? Date.now() % 0x7fff_ffff);
let state = 0;

/** Numerical Recipes' generator: a number below `end`. */
function random(end: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * end);
}

let core: Core;
let sockets: Socket[];

/** Sometimes closes one with its peer, and opens a new pair: numbers are reused. */
function replace(index: number): void {
  for (const end of [index & ~1, index | 1]) sockets[end].close();
  [sockets[index & ~1], sockets[index | 1]] = Socket.pair(core);
}

function move(): void {
  const socket = sockets[random(sockets.length)];
  if (random(3) === 0) drain(socket);
  else socket.send(bytes(1 + random(100)));
}

beforeEach(() => {
  state = seed;
});
afterEach(() => core.dispose());

describe.each([
  { driver: "posix", edgeSource: true },
  { driver: "posix", edgeSource: false },
  { driver: "simulated", edgeSource: true },
])("on the $driver driver, ready file: $edgeSource,", (options) => {
  beforeEach(async () => {
    core = await Core.open(options);
    sockets = Array.from({ length: PAIRS }, () => Socket.pair(core)).flat();
    console.log(`dispatch storm: POLLUX_SEED=${seed}`);
  });

  it(`${CALLS} random calls between the events of batches end what they change, and nothing else`, () => {
    const epoll = new Epoll(core);
    const events = new EpollEvents(core, 16);
    /** By number: the data of its watch. */
    const watches = new Map<number, bigint>();
    let serial = 0n;
    let calls = 0;
    let delivered = 0;
    const change = () => {
      const index = random(sockets.length);
      const { fd } = sockets[index];
      const watched = watches.has(fd);
      const mask = ([IN, OUT, IN | OUT, 0][random(4)] | [0, ET, ONESHOT, ET | ONESHOT][random(4)]) >>> 0;
      const what = random(8);
      calls++;
      if (what === 0) {
        for (const end of [index & ~1, index | 1]) watches.delete(sockets[end].fd);
        replace(index);
      } else if (what < 3 && watched) {
        epoll.ctl(DEL, fd);
        watches.delete(fd);
      } else {
        epoll.ctl(watched ? MOD : ADD, fd, mask, ++serial);
        watches.set(fd, serial);
      }
    };
    while (calls < CALLS) {
      for (let moves = random(6); moves > 0; moves--) move();
      const count = epoll.waitSync(events, 0);
      const batch = Array.from({ length: count }, (_, index) => ({ fd: events.fd(index), data: events.data(index) }));
      for (const { fd, data } of batch) if (watches.get(fd) !== data) expect(data).toBe(watches.get(fd));
      for (const [index, { fd, data }] of batch.entries()) {
        for (let changes = random(4); changes > 0; changes--) change();
        const stands = events.isCurrent(index);
        if (stands !== (watches.get(fd) === data)) expect({ index, stands }).toEqual({ index, stands: !stands });
        if (stands) delivered++;
      }
      if (count === 0) change();
    }
    expect(delivered).toBeGreaterThan(CALLS / 100);
    // Every ready level-triggered watch is reported, and no other.
    const ready = new Set<number>();
    for (const [index, socket] of sockets.entries()) {
      drain(socket);
      if (watches.has(socket.fd)) epoll.ctl(MOD, socket, IN);
      else if (index % 2 === 0) epoll.ctl(ADD, socket, IN);
    }
    for (const socket of sockets) drain(socket);
    for (const [index, socket] of sockets.entries()) {
      if (random(2) === 0) continue;
      socket.send(bytes(1));
      const peer = sockets[index ^ 1];
      if (watches.has(peer.fd) || (index ^ 1) % 2 === 0) ready.add(peer.fd);
    }
    const all = new EpollEvents(core, sockets.length);
    const count = epoll.waitSync(all, 0);
    expect(new Set(Array.from({ length: count }, (_, index) => all.fd(index)))).toEqual(ready);
  });

  it(`${CALLS} random calls in the callbacks of a selector leave what is registered, and nothing else`, () => {
    using selector = new DefaultSelector<() => void>(core);
    let calls = 0;
    let called = 0;
    const change = () => {
      const index = random(sockets.length);
      const socket = sockets[index];
      const registered = selector.getMap().has(socket);
      const interest = [EVENT_READ, EVENT_WRITE, EVENT_READ | EVENT_WRITE][random(3)];
      const what = random(8);
      calls++;
      if (what === 0) {
        const ends = [sockets[index & ~1], sockets[index | 1]].filter((end) => selector.getMap().has(end));
        const closesFirst = random(2) === 0;
        if (closesFirst) for (const end of ends) end.close();
        for (const end of ends) selector.unregister(end);
        replace(index);
      } else if (what < 3 && registered) selector.unregister(socket);
      else if (registered) selector.modify(socket, interest, callback);
      else selector.register(socket, interest, callback);
    };
    const callback = () => {
      called++;
      for (let changes = random(3); changes > 0; changes--) change();
    };
    while (calls < CALLS) {
      for (let moves = random(6); moves > 0; moves--) move();
      const ready = selector.selectSync(0) as ReadyKey<() => void, Socket>[];
      for (const [key, mask] of ready) {
        if ((mask & key.events) !== mask || mask === 0) expect(mask & key.events).toBe(mask);
        if (selector.getMap().get(key.fileobj) !== key) expect(selector.getMap().get(key.fileobj)).toBe(key);
        if (!key.fileobj.isOpen) expect(key.fileobj.isOpen).toBe(true);
        key.data();
      }
      if (ready.length === 0) change();
    }
    expect(called).toBeGreaterThan(CALLS / 100);
    const registered = sockets.filter((socket) => selector.getMap().has(socket));
    expect([...selector.getMap().keys()].length).toBe(registered.length);
    for (const socket of registered) selector.modify(socket, EVENT_WRITE, callback);
    for (const socket of sockets) drain(socket);
    const writable = selector.selectSync(0).map(([key]) => key.fileobj);
    expect(new Set(writable)).toEqual(new Set(registered));
  });
});
