/** The keys of a selector: the live map, and the missing ones after a refusal. */
import { openSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  DefaultSelector,
  EpollSelector,
  EVENT_READ,
  EVENT_WRITE,
  type Fileno,
  SelectSelector,
  Socket,
  setFdSetSize,
} from "../../src/index.ts";
import { Bench, CLASSES, text, thrown } from "./selectors-subject.ts";

describe.each(CLASSES)("$name: getMap", ({ Selector }) => {
  it("is live: always the current registrations, in their order", async () => {
    using bench = await Bench.open();
    using selector = new Selector(bench.core);
    const map = selector.getMap();
    const [one, other] = bench.pair();
    expect([map.size, [...map]]).toEqual([0, []]);
    const first = selector.register(one, EVENT_READ, "one");
    const second = selector.register(other, EVENT_READ, "other");
    expect([map.size, [...map]]).toEqual([
      2,
      [
        [one, first],
        [other, second],
      ],
    ]);
    const changed = selector.modify(one, EVENT_WRITE, "changed");
    expect([...map.values()]).toEqual([changed, second]);
    selector.unregister(one);
    expect([...map.keys()]).toEqual([other]);
    expect(selector.getMap()).toBe(map);
  });

  it("finds a key by the object, by its number, and by another object of its number", async () => {
    using bench = await Bench.open();
    using selector = new Selector(bench.core);
    const [socket, other] = bench.pair();
    const map = selector.getMap();
    const key = selector.register(socket, EVENT_READ);
    for (const same of [socket, socket.fd, { fileno: () => socket.fd }]) {
      expect([map.has(same), map.get(same)]).toEqual([true, key]);
    }
    for (const unknown of [other, 999_999, -1, {} as Fileno]) {
      expect([map.has(unknown), map.get(unknown)]).toEqual([false, undefined]);
    }
  });

  it("finds a closed object until it is unregistered", async () => {
    using bench = await Bench.open();
    using selector = new Selector(bench.core);
    const [socket] = bench.pair();
    const key = selector.register(socket, EVENT_READ);
    socket.close();
    expect(selector.getMap().get(socket)).toBe(key);
    selector.unregister(socket);
    expect(selector.getMap().has(socket)).toBe(false);
  });

  it("can be iterated like a Map, and changed meanwhile", async () => {
    using bench = await Bench.open();
    using selector = new Selector(bench.core);
    const sockets = [...bench.pair(), ...bench.pair()];
    for (const socket of sockets) selector.register(socket, EVENT_READ);
    const map = selector.getMap();
    expect([...map.entries()]).toEqual([...map]);
    const visited: unknown[] = [];
    map.forEach((key, fileobj, all) => {
      expect([key.fileobj, all]).toEqual([fileobj, map]);
      visited.push(fileobj);
    });
    expect(visited).toEqual(sockets);
    for (const fileobj of map.keys()) selector.unregister(fileobj);
    expect(map.size).toBe(0);
  });

  it("is read-only", async () => {
    using bench = await Bench.open();
    using selector = new Selector(bench.core);
    const map = selector.getMap();
    expect(["set", "delete", "clear"].filter((method) => method in map)).toEqual([]);
    expect(() => Object.assign(map, { size: 1 })).toThrow(TypeError);
  });

  it("is empty after close, also if obtained before", async () => {
    using bench = await Bench.open();
    const selector = new Selector(bench.core);
    const [socket] = bench.pair();
    selector.register(socket, EVENT_READ);
    const map = selector.getMap();
    selector.close();
    expect([map.size, map.get(socket), [...map]]).toEqual([0, undefined, []]);
    expect(selector.getMap().size).toBe(0);
  });
});

describe("a descriptor that the system refuses is not registered:", () => {
  it("SelectSelector, a descriptor above FD_SETSIZE: EINVAL; the message names the limit and the remedy", async () => {
    using bench = await Bench.open();
    using selector = new SelectSelector(bench.core);
    setFdSetSize(bench.core, 4);
    const [below, above] = bench.pair();
    selector.register(below, EVENT_READ);
    expect(() => selector.register(above, EVENT_READ)).toThrow(
      "descriptor 4: select's sets hold 4 (FD_SETSIZE); raise it with setFdSetSize, or use Poll or Epoll",
    );
    expect([...selector.getMap().keys()]).toEqual([below]);
    setFdSetSize(bench.core, 5);
    selector.register(above, EVENT_READ);
  });

  it("EpollSelector, a closed descriptor: EBADF", async () => {
    using bench = await Bench.open();
    using selector = new EpollSelector(bench.core);
    expect(thrown(() => selector.register(999, EVENT_READ))).toMatchObject({ code: "EBADF", syscall: "epoll_ctl" });
    expect(selector.getMap().size).toBe(0);
  });

  it("EpollSelector, a regular file: EPERM", async () => {
    using bench = await Bench.open();
    using selector = new EpollSelector(bench.core);
    using file = Socket.adopt(bench.core, openSync(import.meta.filename, "r"));
    expect(thrown(() => selector.register(file, EVENT_READ))).toMatchObject({ code: "EPERM", syscall: "epoll_ctl" });
    expect(thrown(() => selector.getKey(file))).toMatchObject({ code: "ENOENT" });
  });

  it("EpollSelector, modify of a closed object: ENOENT", async () => {
    using bench = await Bench.open();
    using selector = new EpollSelector(bench.core);
    const [socket] = bench.pair();
    selector.register(socket, EVENT_READ);
    socket.close();
    expect(thrown(() => selector.modify(socket, EVENT_WRITE))).toMatchObject({ syscall: "epoll_ctl" });
    expect(selector.getMap().size).toBe(0);
  });
});

it("DefaultSelector is the best available: epoll, then poll, then select", () => {
  expect(DefaultSelector).toBe(EpollSelector);
});

it("an EpollSelector has a descriptor that another selector can watch", async () => {
  using bench = await Bench.open();
  using inner = new EpollSelector(bench.core);
  using outer = new EpollSelector(bench.core);
  const [socket, peer] = bench.pair();
  inner.register(socket, EVENT_READ);
  const key = outer.register(inner, EVENT_READ);
  expect(key.fd).toBe(inner.fileno());
  expect(outer.selectSync(0)).toEqual([]);
  peer.send(text("x"));
  expect(outer.selectSync(0)).toEqual([[key, EVENT_READ]]);
});
