/**
 * select for TypeScript, line by line of SEMANTICS, in each way to wait. poll-situations compares its answers with the
 * kernel's.
 */
import { describe, expect, it } from "vitest";
import { type Fileno, Socket, select, selectSync, setFdSetSize } from "../../src/index.ts";
import { PosixDriver } from "../../wasi-host/drivers/posix/index.ts";
import { later } from "../later.ts";
import { sendUrgent } from "./kernel-poll.ts";
import { Bench, text, thrown } from "./selectors-subject.ts";

const WAYS = [
  { name: "select", options: {}, blocks: false },
  { name: "selectSync", options: {}, blocks: true },
  { name: "selectSync, edges made from levels", options: { edgeSource: false }, blocks: true },
  { name: "select, simulated network", options: { driver: "simulated" }, blocks: false },
];

describe.each(WAYS)("$name:", ({ options, blocks }) => {
  const wait = async (bench: Bench, r: Iterable<Fileno>, w: Iterable<Fileno>, x: Iterable<Fileno>, timeout?: number) =>
    blocks ? selectSync(bench.core, r, w, x, timeout) : select(bench.core, r, w, x, timeout);

  it("returns the ready members of three sets, in their order, as the same objects", async () => {
    using bench = await Bench.open(options);
    const [one, other] = bench.pair();
    const file = { fileno: () => one.fd };
    other.send(text("x"));
    expect(await wait(bench, [other, file, one.fd, one], [other, one], [one])).toEqual([
      [file, one.fd, one],
      [other, one],
      [],
    ]);
    expect(await wait(bench, new Set([one]), new Set(), [])).toEqual([[one], [], []]);
    expect(await wait(bench, [other], [], [other], 0)).toEqual([[], [], []]);
  });

  it("descriptors at the ends of the sets' words are found", async () => {
    using bench = await Bench.open(options);
    const sockets = Array.from({ length: 65 }, () => bench.pair()).flat();
    const [, ready] = await wait(bench, sockets, sockets, []);
    expect(ready).toEqual(sockets);
  });

  it("a descriptor at or above FD_SETSIZE is EINVAL; the message names the limit and the remedy", async () => {
    using bench = await Bench.open(options);
    const sockets = Array.from({ length: 520 }, () => bench.pair()).flat();
    const [at, above] = sockets.filter(({ fd }) => fd >= 1024);
    expect([at.fd, above.fd]).toEqual([1024, 1025]);
    const below = sockets.filter(({ fd }) => fd < 1024);
    for (const [r, w, x] of [
      [[at], [], []],
      [[], [at], []],
      [[], below, [at]],
    ] as const) {
      await expect(wait(bench, r, w, x, 0)).rejects.toMatchObject({ code: "EINVAL", syscall: "select" });
      await expect(wait(bench, r, w, x, 0)).rejects.toThrow(
        "descriptor 1024: select's sets hold 1024 (FD_SETSIZE); raise it with setFdSetSize, or use Poll or Epoll",
      );
    }
    expect((await wait(bench, [], below, []))[1]).toEqual(below);
    setFdSetSize(bench.core, 1026);
    expect((await wait(bench, [], sockets.slice(0, 1026 - sockets[0].fd), []))[1]).toContain(above);
  });

  it("EBADF is the error of the wait that meets a closed descriptor, not of the next one", async () => {
    using bench = await Bench.open(options);
    const [open] = bench.pair();
    const [closed] = bench.pair();
    const { fd } = closed;
    closed.close();
    await expect(wait(bench, [open, fd], [], [], 0)).rejects.toMatchObject({ code: "EBADF" });
    expect(await wait(bench, [open], [], [], 0)).toEqual([[], [], []]);
    expect(await wait(bench, [], [], [], 0)).toEqual([[], [], []]);
  });

  it("a closed descriptor is EBADF; the message names it", async () => {
    using bench = await Bench.open(options);
    const [closed, open] = bench.pair();
    closed.close();
    await expect(wait(bench, [open], [open, closed.fd], [])).rejects.toMatchObject({ code: "EBADF" });
    await expect(wait(bench, [open, closed.fd], [], [])).rejects.toThrow(`descriptor ${closed.fd}, which is not open`);
    expect(await wait(bench, [], [open], [])).toEqual([[], [open], []]);
  });

  it("a hangup without data is readable", async () => {
    using bench = await Bench.open(options);
    const [reader, writer] = Socket.pipe(bench.core);
    writer.close();
    expect(await wait(bench, [reader], [], [])).toEqual([[reader], [], []]);
  });

  it("a hangup and an error are readable and writable", async () => {
    using bench = await Bench.open(options);
    const [socket, peer] = bench.pair();
    peer.close();
    expect(await wait(bench, [socket], [socket], [])).toEqual([[socket], [socket], []]);
    const [listener] = await bench.connection();
    const address = listener.localAddress!;
    listener.close();
    const refused = Socket.connect(bench.core, address);
    expect((await wait(bench, [refused], [], []))[0]).toEqual([refused]);
    expect((await wait(bench, [], [refused], []))[1]).toEqual([refused]);
  });

  it("a timeout of 0 does not sleep; a fractional one is rounded up and never ends early", async () => {
    using bench = await Bench.open(options);
    const [socket] = bench.pair();
    const now = () => Number(bench.core.driver.now()) / 1e6;
    for (const timeout of [0, 0.001, 1, 3.2]) {
      const before = now();
      expect(await wait(bench, [socket], [], [], timeout)).toEqual([[], [], []]);
      expect(now() - before).toBeGreaterThanOrEqual(Math.ceil(timeout));
    }
    expect(await wait(bench, [], [], [], 1)).toEqual([[], [], []]);
  });

  it.each([undefined, -1, -0.5, -Infinity, Infinity])("a timeout of %s waits for ever", async (timeout) => {
    using bench = await Bench.open(options);
    const [socket, peer] = bench.pair();
    const happened = blocks ? later("echo", peer.osDescriptor) : Promise.resolve().then(() => peer.send(text("x")));
    expect(await wait(bench, [socket], [], [], timeout)).toEqual([[socket], [], []]);
    await happened;
  });

  it("a timeout of NaN is EINVAL, an invalid descriptor EBADF", async () => {
    using bench = await Bench.open(options);
    const [socket] = bench.pair();
    await expect(wait(bench, [socket], [], [], Number.NaN)).rejects.toMatchObject({ code: "EINVAL" });
    for (const none of [-1, 1.5, Number.NaN, {}, null, "7"]) {
      await expect(wait(bench, [none as Fileno], [], [])).rejects.toMatchObject({ code: "EBADF", syscall: "select" });
    }
  });
});

describe("the exceptional set", () => {
  it("is urgent data", async () => {
    using bench = await Bench.open();
    const [, client, server] = await bench.connection();
    client.send(text("x"));
    expect(selectSync(bench.core, [], [], [server], 1)).toEqual([[], [], []]);
    sendUrgent(client.osDescriptor);
    expect(selectSync(bench.core, [], [], [server])).toEqual([[], [], [server]]);
    expect(await select(bench.core, [server], [], [server])).toEqual([[server], [], [server]]);
  });

  it("is not a hangup: the wait keeps sleeping", async () => {
    let polls = 0;
    const driver = new (class extends PosixDriver {
      override poll(...call: Parameters<PosixDriver["poll"]>): number {
        polls++;
        return super.poll(...call);
      }
    })();
    using bench = await Bench.open({ driver });
    const [socket, peer] = bench.pair();
    peer.close();
    selectSync(bench.core, [], [], [socket], 0);
    polls = 0;
    expect(selectSync(bench.core, [], [], [socket], 50)).toEqual([[], [], []]);
    expect(await select(bench.core, [], [], [socket], 50)).toEqual([[], [], []]);
    expect(polls).toBeLessThan(20);
    bench.core.dispose();
    driver.dispose();
  });
});

describe("select", () => {
  it("returns the total of bits, over the sets of C's select: pollux_select", async () => {
    using bench = await Bench.open();
    const { exports } = bench.core;
    const [one, other] = bench.pair();
    other.send(text("x"));
    const address = exports.pollux_alloc(12);
    const sets = new Uint32Array(exports.memory.buffer, address, 3);
    const bits = [(1 << one.fd) | (1 << other.fd), (1 << one.fd) | (1 << other.fd), 1 << one.fd];
    sets.set(bits);
    expect(exports.pollux_select(other.fd + 1, address, address + 4, address + 8, -1)).toBe(3);
    expect([...sets]).toEqual([1 << one.fd, bits[1], 0]);
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 31])("refuses an FD_SETSIZE of %d", async (size) => {
    using bench = await Bench.open();
    expect(thrown(() => setFdSetSize(bench.core, size))).toMatchObject({ code: "EINVAL", syscall: "select" });
  });

  it("ends with an AbortSignal's reason", async () => {
    using bench = await Bench.open();
    const [socket] = bench.pair();
    const abort = new AbortController();
    const waiting = select(bench.core, [socket], [], [], -1, { signal: abort.signal });
    await new Promise(setImmediate);
    abort.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect(select(bench.core, [socket], [], [], 0, { signal: abort.signal })).rejects.toThrow("enough");
  });

  it("serves two callers at once, each with its own sets", async () => {
    using bench = await Bench.open();
    const [one, other] = bench.pair();
    const waits = [select(bench.core, [one], [], []), select(bench.core, [other], [], [])];
    await new Promise(setImmediate);
    one.send(text("x"));
    expect(await waits[1]).toEqual([[other], [], []]);
    other.send(text("y"));
    expect(await waits[0]).toEqual([[one], [], []]);
  });

  it("rejects if a descriptor is closed during the wait", async () => {
    using bench = await Bench.open();
    const [socket] = bench.pair();
    const waiting = select(bench.core, [socket], [], []);
    await new Promise(setImmediate);
    socket.close();
    await expect(waiting).rejects.toMatchObject({ code: "EBADF" });
  });
});
