/** The events that a selector reports, and how long it waits: each class, in each way to wait. */
import { describe, expect, it } from "vitest";
import { EVENT_READ, EVENT_WRITE, Socket } from "../../src/index.ts";
import { later } from "../later.ts";
import { Bench, BOTH, SUBJECTS, shown, text } from "./selectors-subject.ts";

describe.each(SUBJECTS)("$name:", ({ Selector, options, select, blocks, name }) => {
  it("returns the ready keys, each with its events", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    const [reader, writer] = bench.pair();
    selector.register(reader, EVENT_READ);
    const key = selector.register(writer, EVENT_WRITE, "data");
    expect(await select(selector)).toEqual([[key, EVENT_WRITE]]);
  });

  it("reports reading and writing in one pair", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    const [socket, peer] = bench.pair();
    peer.send(text("x"));
    const key = selector.register(socket, BOTH);
    expect(await select(selector)).toEqual([[key, BOTH]]);
  });

  it("reports only watched events", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    const [socket, peer] = bench.pair();
    peer.send(text("x"));
    for (const events of [EVENT_READ, EVENT_WRITE]) {
      const key = selector.register(socket, events);
      expect(await select(selector)).toEqual([[key, events]]);
      selector.unregister(socket);
    }
  });

  it("is level-triggered: reports unread data again", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    const [socket, peer] = bench.pair();
    selector.register(socket, EVENT_READ);
    peer.send(text("two"));
    expect(await select(selector)).toHaveLength(1);
    socket.recv(new Uint8Array(1));
    expect(await select(selector)).toHaveLength(1);
    socket.recv(new Uint8Array(2));
    expect(await select(selector, 0)).toEqual([]);
  });

  it.each([EVENT_READ, EVENT_WRITE, BOTH])("a hangup is reported as every event asked for (%i)", async (events) => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    const [socket, peer] = bench.pair();
    const key = selector.register(socket, events);
    peer.close();
    expect(await select(selector)).toEqual([[key, events]]);
  });

  it.each([EVENT_READ, EVENT_WRITE, BOTH])("an error is reported as every event asked for (%i)", async (events) => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    const [listener, client] = await bench.connection();
    const address = listener.localAddress!;
    listener.close();
    client.close();
    const refused = Socket.connect(bench.core, address);
    const key = selector.register(refused, events);
    expect(await select(selector)).toEqual([[key, events]]);
    expect(refused.takeError()?.code).toBe("ECONNREFUSED");
  });

  it("a listener is readable when a connection waits", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    const [listener] = await bench.connection();
    const key = selector.register(listener, EVENT_READ);
    expect(await select(selector, 0)).toEqual([]);
    Socket.connect(bench.core, listener.localAddress!);
    expect(await select(selector)).toEqual([[key, EVENT_READ]]);
  });

  it.each([undefined, Infinity])("with a timeout of %s waits for ever, until something happens", async (timeout) => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    const [socket, peer] = bench.pair();
    const key = selector.register(socket, EVENT_READ);
    const happened = blocks ? later("echo", peer.osDescriptor) : Promise.resolve().then(() => peer.send(text("x")));
    expect(await select(selector, timeout)).toEqual([[key, EVENT_READ]]);
    await happened;
  });

  it.each([0, -0, -1, -0.5, -1e9, -Infinity])("with a timeout of %s polls", async (timeout) => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    const [reader, writer] = bench.pair();
    selector.register(reader, EVENT_READ);
    expect(await select(selector, timeout)).toEqual([]);
    const key = selector.register(writer, EVENT_WRITE);
    expect(await select(selector, timeout)).toEqual([[key, EVENT_WRITE]]);
  });

  it.each([0.001, 1, 3.2, 20])("with a timeout of %s ms returns [] at its end, not before", async (timeout) => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    selector.register(bench.pair()[0], EVENT_READ);
    const now = () => Number(bench.core.driver.now()) / 1e6;
    const before = now();
    expect(await select(selector, timeout)).toEqual([]);
    expect(now() - before).toBeGreaterThanOrEqual(Math.ceil(timeout));
  });

  it.each([Number.NaN, "1", null])("with a timeout of %s is a RangeError", async (timeout) => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    await expect(select(selector, timeout as number)).rejects.toThrow(RangeError);
    await expect(select(selector, timeout as number)).rejects.toThrow(`timeout ${timeout}: expected milliseconds`);
  });

  it("with nothing registered returns [] at its timeout", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    expect(await select(selector, 0)).toEqual([]);
    expect(await select(selector, 1)).toEqual([]);
  });

  it("a descriptor that is closed but registered is reported as Python's class reports it", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    const [closed, other] = bench.pair();
    const [still] = bench.pair();
    const keys = [closed, still].map((socket) => selector.register(socket, EVENT_WRITE));
    closed.close();
    other.close();
    if (name.startsWith("Select")) await expect(select(selector)).rejects.toMatchObject({ code: "EBADF" });
    else
      expect(shown(await select(selector))).toEqual(
        (name.startsWith("Poll") ? keys : keys.slice(1)).map(({ fd }) => [fd, 2]),
      );
    selector.unregister(closed);
    expect(await select(selector)).toEqual([[keys[1], EVENT_WRITE]]);
  });

  it("a reused number gets no event of its former file", async () => {
    using bench = await Bench.open(options);
    using selector = new Selector(bench.core);
    const [former, peer] = bench.pair();
    selector.register(former, BOTH, "former");
    peer.send(text("x"));
    expect(await select(selector)).toHaveLength(1);
    selector.unregister(former);
    former.close();
    const [successor] = bench.pair();
    expect(successor.fd).toBe(former.fd);
    const key = selector.register(successor, BOTH, "successor");
    expect(await select(selector)).toEqual([[key, EVENT_WRITE]]);
  });
});
