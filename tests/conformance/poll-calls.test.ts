/** Poll, call by call: registrations, the end of a wait, and that a sleep is one. */
import { describe, expect, it } from "vitest";
import { EVENT_READ, type Fileno, POLLIN, POLLOUT, POLLPRI, POLLRDHUP, Poll, selectSync } from "../../src/index.ts";
import { PosixDriver } from "../../wasi-host/drivers/posix/index.ts";
import { Bench, CLASSES, text, thrown } from "./selectors-subject.ts";

const STALE = 0xffff;

describe("the array of C's poll, pollux_poll:", () => {
  it("fd < 0 is skipped and its revents cleared; the result counts entries with revents", async () => {
    using bench = await Bench.open();
    const { exports } = bench.core;
    const [socket] = bench.pair();
    const array = exports.pollux_alloc(4 * 8);
    const fds = new DataView(exports.memory.buffer, array, 4 * 8);
    for (const [index, fd] of [-1, socket.fd, -99, socket.fd].entries()) {
      fds.setInt32(index * 8, fd, true);
      fds.setUint16(index * 8 + 4, POLLOUT, true);
      fds.setUint16(index * 8 + 6, STALE, true);
    }
    expect(exports.pollux_poll(array, 4, -1)).toBe(2);
    expect([0, 1, 2, 3].map((index) => fds.getUint16(index * 8 + 6, true))).toEqual([0, POLLOUT, 0, POLLOUT]);
  });
});

describe("Poll", () => {
  it("registers for IN, PRI and OUT by default; registering again and modify change that", async () => {
    using bench = await Bench.open();
    using poll = new Poll(bench.core);
    const [socket, peer] = bench.pair();
    peer.send(text("x"));
    poll.register(socket);
    expect(poll.pollSync()).toEqual([[socket.fd, POLLIN | POLLOUT]]);
    poll.register(socket, POLLIN);
    expect(poll.pollSync()).toEqual([[socket.fd, POLLIN]]);
    poll.modify(socket, POLLOUT);
    expect(poll.pollSync()).toEqual([[socket.fd, POLLOUT]]);
  });

  it("modify and unregister of an unregistered descriptor are ENOENT; register of an invalid one is EBADF", async () => {
    using bench = await Bench.open();
    using poll = new Poll(bench.core);
    const [socket] = bench.pair();
    expect(thrown(() => poll.modify(socket, POLLIN))).toMatchObject({ code: "ENOENT", syscall: "poll" });
    expect(thrown(() => poll.unregister(socket))).toMatchObject({ code: "ENOENT", syscall: "poll" });
    for (const none of [-1, 1.5, Number.NaN, {}, null]) {
      expect(thrown(() => poll.register(none as Fileno))).toMatchObject({ code: "EBADF", syscall: "poll" });
    }
  });

  it("unregistering from the middle leaves the others", async () => {
    using bench = await Bench.open();
    using poll = new Poll(bench.core);
    const sockets = [...bench.pair(), ...bench.pair()];
    for (const socket of sockets) poll.register(socket, POLLOUT);
    poll.unregister(sockets[1]);
    poll.unregister(sockets[3]);
    expect(poll.pollSync().map(([fd]) => fd)).toEqual([sockets[0].fd, sockets[2].fd]);
  });

  it("an AbortSignal ends a wait with its reason", async () => {
    using bench = await Bench.open();
    using poll = new Poll(bench.core);
    poll.register(bench.pair()[0], POLLIN);
    const abort = new AbortController();
    const waiting = poll.poll(-1, { signal: abort.signal });
    await new Promise(setImmediate);
    abort.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect(poll.poll(-1, { signal: abort.signal })).rejects.toThrow("enough");
  });

  it("a descriptor registered during a wait takes part; closing rejects with EBADF, as later use does", async () => {
    using bench = await Bench.open();
    const poll = new Poll(bench.core);
    const [socket, other] = bench.pair();
    poll.register(socket, POLLIN);
    const waiting = poll.poll();
    await new Promise(setImmediate);
    poll.register(other, POLLOUT);
    expect(await waiting).toEqual([[other.fd, POLLOUT]]);
    poll.unregister(other);
    const forever = poll.poll();
    await new Promise(setImmediate);
    poll.close();
    poll.close();
    await expect(forever).rejects.toMatchObject({ code: "EBADF" });
    expect(thrown(() => poll.register(socket))).toMatchObject({ code: "EBADF" });
    expect(thrown(() => poll.pollSync(0))).toMatchObject({ code: "EBADF" });
  });
});

/** For any request: unrequested readiness must neither end a sleep nor keep it from being one. */
describe("a sleep does not spin:", () => {
  class Counting extends PosixDriver {
    polls = 0;

    override poll(...call: Parameters<PosixDriver["poll"]>): number {
      this.polls++;
      return super.poll(...call);
    }

    override edges() {
      const edges = super.edges();
      const park = edges.park.bind(edges);
      edges.park = (timeout) => {
        this.polls++;
        return park(timeout);
      };
      return edges;
    }
  }

  it.each([0, POLLPRI, POLLRDHUP, POLLPRI | POLLRDHUP])(
    "with unrequested data (0x%x), the driver is called a few times",
    async (events) => {
      const driver = new Counting();
      using bench = await Bench.open({ driver });
      using poll = new Poll(bench.core);
      const [socket, peer] = bench.pair();
      peer.send(text("x"));
      poll.register(socket, events);
      expect(poll.pollSync(0)).toEqual([]);
      driver.polls = 0;
      expect(poll.pollSync(50)).toEqual([]);
      expect(driver.polls).toBeLessThan(10);
      driver.polls = 0;
      expect(await poll.poll(50)).toEqual([]);
      expect(driver.polls).toBeLessThan(10);
      bench.core.dispose();
      driver.dispose();
    },
  );

  it.each([0.001, 0.9, 7.5])("with a timeout of %s ms, the driver is called a few times", async (timeout) => {
    const driver = new Counting();
    using bench = await Bench.open({ driver });
    using poll = new Poll(bench.core);
    const [socket] = bench.pair();
    poll.register(socket, POLLIN);
    const waits = [
      () => poll.pollSync(timeout),
      () => selectSync(bench.core, [socket], [], [], timeout).flat(),
      ...CLASSES.map(({ Selector }) => () => {
        using selector = new Selector(bench.core);
        selector.register(socket, EVENT_READ);
        return selector.selectSync(timeout);
      }),
    ];
    for (const wait of waits) {
      driver.polls = 0;
      expect(wait()).toEqual([]);
      expect(driver.polls).toBeGreaterThan(0);
      expect(driver.polls).toBeLessThan(20);
    }
    bench.core.dispose();
    driver.dispose();
  });
});
