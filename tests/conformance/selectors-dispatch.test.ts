/** Handling the result of select, and changes while it waits: each selector class, in each way to wait. */
import { describe, expect, it } from "vitest";
import { EVENT_READ, EVENT_WRITE, type ReadyKey, type Socket, setFdSetSize } from "../../src/index.ts";
import { signalled } from "../later.ts";
import { Bench, BOTH, SUBJECTS, text } from "./selectors-subject.ts";

describe.each(SUBJECTS)("$name:", ({ Selector, options, select, name }) => {
  it("unregistering and closing in the loop over ready keys is safe", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    const sockets = [...bench.pair(), ...bench.pair()];
    for (const socket of sockets) selector.register(socket, EVENT_WRITE, socket);
    let turns = 0;
    const ready = await select(selector);
    for (const [key, mask] of ready) {
      const socket = key.data as Socket;
      expect(mask).toBe(EVENT_WRITE);
      // The first handler ends all objects: some are unregistered, some also closed, before their turn.
      if (turns++ === 0) for (const each of sockets) selector.unregister(each);
      for (const each of sockets.slice(2)) each.close();
      expect(selector.getMap().has(socket)).toBe(false);
    }
    expect(turns).toBe(1);
    expect(ready).toHaveLength(4);
    expect(await select(selector, 0)).toEqual([]);
  });

  it("the loop skips keys that a handler has unregistered or closed, and reports modified ones as they are now", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector<string>(bench.core);
    const sockets = [0, 1, 2].flatMap(() => bench.pair());
    for (const [index, socket] of sockets.entries()) {
      socket.send(text("x"));
      selector.register(socket, BOTH, `${index}`);
    }
    const ready = await select(selector);
    expect(ready).toHaveLength(6);
    const order = ready.map(([key]) => sockets.indexOf(key.fileobj as Socket));
    const [, unregistered, again, closed, narrowed, replaced] = order;
    const seen: unknown[] = [];
    for (const [key, mask] of ready) {
      seen.push([key.data, mask]);
      if (seen.length > 1) continue;
      selector.unregister(sockets[unregistered]);
      selector.unregister(sockets[again]);
      selector.register(sockets[again], BOTH, "registered anew");
      sockets[closed].close();
      selector.modify(sockets[narrowed], EVENT_READ, "modified");
      const { fd } = sockets[replaced];
      sockets[replaced].close();
      const heirs = [...bench.pair(), ...bench.pair()];
      expect(heirs.some((heir) => heir.fd === fd)).toBe(true);
    }
    expect(seen).toEqual([
      [`${order[0]}`, BOTH],
      ["modified", EVENT_READ],
    ]);
  });

  it("an object registered for 0 events is silent, also about a hangup, until it is modified", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    const [socket, peer] = bench.pair();
    const key = selector.register(socket, 0, "kept");
    expect(selector.getMap().get(socket)).toBe(key);
    peer.send(text("x"));
    expect(await select(selector, 0)).toEqual([]);
    expect(await select(selector, 20)).toEqual([]);
    const reading = selector.modify(socket, EVENT_READ, "kept");
    expect(await select(selector)).toEqual([[reading, EVENT_READ]]);
    selector.modify(socket, 0);
    peer.close();
    expect(await select(selector, 0)).toEqual([]);
    expect(await select(selector, 20)).toEqual([]);
    const both = selector.modify(socket, BOTH);
    expect((await select(selector)).map(([key]) => key)).toEqual([both]);
    selector.modify(socket, 0);
    expect(selector.unregister(socket).events).toBe(0);
    expect(selector.getMap().size).toBe(0);
  });

  it("closing the selector in the loop over ready keys is safe", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    for (const socket of bench.pair()) selector.register(socket, EVENT_WRITE);
    const ready = await select(selector);
    let turns = 0;
    for (const [key] of ready) {
      turns++;
      selector.close();
      expect(selector.getMap().has(key.fileobj)).toBe(false);
    }
    expect(turns).toBe(1);
    expect(ready).toHaveLength(2);
  });

  it("a callback that throws leaves the selector usable", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector<() => void>(bench.core);
    const [one, other] = bench.pair();
    selector.register(one, EVENT_WRITE, () => {
      throw new Error("of the callback");
    });
    const dispatch = (ready: ReadyKey<() => void, never>[]) => {
      for (const [key] of ready) key.data();
    };
    const ready = (await select(selector)) as ReadyKey<() => void, never>[];
    expect(() => dispatch(ready)).toThrow("of the callback");
    let called = 0;
    selector.modify(one, EVENT_WRITE, () => called++);
    selector.register(other, EVENT_WRITE, () => called++);
    dispatch((await select(selector)) as ReadyKey<() => void, never>[]);
    expect(called).toBe(2);
  });

  it("brings every message of 12 pairs to its reader", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    const pairs = Array.from({ length: 12 }, () => bench.pair());
    for (const [reader, writer] of pairs) {
      selector.register(reader, EVENT_READ);
      selector.register(writer, EVENT_WRITE);
    }
    const readyFor = async (event: number) =>
      (await select(selector)).filter(([, mask]) => (mask & event) !== 0).map(([key]) => key.fileobj);
    for (const [reader, writer] of pairs) {
      expect(await readyFor(EVENT_WRITE)).toContain(writer);
      writer.send(text("This is a test."));
      expect(await readyFor(EVENT_READ)).toEqual([reader]);
      expect(reader.recv(new Uint8Array(99))).toBe(15);
      selector.unregister(reader);
      selector.unregister(writer);
    }
    expect(await select(selector, 0)).toEqual([]);
  });

  it("serves more descriptors than FD_SETSIZE (select: after raising it)", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    if (name.startsWith("Select")) setFdSetSize(bench.core, 4096);
    const sockets = Array.from({ length: 600 }, () => bench.pair()).flat();
    for (const [index, socket] of sockets.entries())
      selector.register(socket, index % 2 === 0 ? EVENT_READ : EVENT_WRITE);
    expect(await select(selector)).toHaveLength(600);
  });
});

describe.each(SUBJECTS.filter(({ blocks }) => !blocks))("$name, with the event loop free:", ({ Selector, options }) => {
  it("register, modify and unregister take effect during a wait", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    const [socket, peer] = bench.pair();
    const waiting = selector.select();
    selector.register(peer, EVENT_READ);
    selector.register(socket, EVENT_READ);
    await new Promise(setImmediate);
    selector.unregister(peer);
    socket.send(text("x")); // the peer would be ready now
    await new Promise(setImmediate);
    const key = selector.modify(socket, EVENT_WRITE);
    expect(await waiting).toEqual([[key, EVENT_WRITE]]);
  });

  it("closing the selector while it waits rejects with EBADF", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    selector.register(bench.pair()[0], EVENT_READ);
    const waiting = selector.select();
    await new Promise(setImmediate);
    selector.close();
    await expect(waiting).rejects.toMatchObject({ code: "EBADF" });
  });

  it("an AbortSignal ends the wait with its reason, and the selector stays usable", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    const [socket, peer] = bench.pair();
    const key = selector.register(socket, EVENT_READ);
    const abort = new AbortController();
    const waiting = selector.select(undefined, { signal: abort.signal });
    await new Promise(setImmediate);
    abort.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect(selector.select(undefined, { signal: abort.signal })).rejects.toThrow("enough");
    peer.send(text("x"));
    expect(await selector.select()).toEqual([[key, EVENT_READ]]);
  });

  it("two concurrent waits both get the event", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    const [socket, peer] = bench.pair();
    const key = selector.register(socket, EVENT_READ);
    const waits = [selector.select(), selector.select()];
    await new Promise(setImmediate);
    peer.send(text("x"));
    expect(await Promise.all(waits)).toEqual([[[key, EVENT_READ]], [[key, EVENT_READ]]]);
  });

  it("other work continues meanwhile", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    const [socket, peer] = bench.pair();
    selector.register(socket, EVENT_READ);
    const order: string[] = [];
    const waiting = selector.select().then(() => order.push("ready"));
    await new Promise((resolve) => setTimeout(resolve, 1));
    order.push("timer");
    peer.send(text("x"));
    await waiting;
    expect(order).toEqual(["timer", "ready"]);
  });
});

describe.each(SUBJECTS.filter(({ blocks }) => blocks))("$name, with the thread blocked:", ({ Selector, options }) => {
  it("a signal does not end a wait: it returns [] at its timeout", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    selector.register(bench.pair()[0], EVENT_READ);
    const signals = signalled();
    const began = performance.now();
    expect(selector.selectSync(500)).toEqual([]);
    expect(performance.now() - began).toBeGreaterThanOrEqual(500);
    await signals;
  });
});
