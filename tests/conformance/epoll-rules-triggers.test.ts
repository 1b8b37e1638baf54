/** SEMANTICS' rules of epoll about triggers: 5 to 10, 14. Each call is made beside the kernel's. */
import { describe, expect, it } from "vitest";
import {
  EPOLL_CTL_ADD as ADD,
  type Core,
  EPOLLET as ET,
  EPOLLHUP as HUP,
  EPOLLIN as IN,
  EPOLL_CTL_MOD as MOD,
  EPOLLONESHOT as ONESHOT,
  EPOLLOUT as OUT,
  Socket,
} from "../../src/index.ts";
import { bytes, drain, fill, Pair, withCore } from "./beside-kernel.ts";

describe("rule 5: what is delivered", () => {
  it("is the full readiness under the mask, not only what changed", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [a, b] = Socket.pair(core);
      epoll.ctl(ADD, a, IN | OUT | ET, 1);
      expect(epoll.wait()).toEqual([[1, OUT]]);
      b.send(bytes(1));
      expect(epoll.wait()).toEqual([[1, IN | OUT]]);
    }));
});

describe("rule 6: queued, but no longer ready", () => {
  it("is dropped silently", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [a, b] = Socket.pair(core);
      epoll.ctl(ADD, a, IN | ET, 1);
      b.send(bytes(1));
      drain(a);
      expect(epoll.wait()).toEqual([]);
      b.send(bytes(1));
      expect(epoll.wait()).toEqual([[1, IN]]);
    }));

  it("is dropped also if other code read the bytes", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [a, b] = Socket.pair(core);
      epoll.ctl(ADD, a, IN, 1);
      b.send(bytes(1));
      expect(epoll.wait()).toEqual([[1, IN]]);
      core.driver.recv(core.descriptor(a.fd)!.handle, bytes(8), 0, 8, 0);
      expect(epoll.wait()).toEqual([]);
    }));
});

describe("rule 7: level-triggered", () => {
  it("unread data is reported at every wait", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [a, b] = Socket.pair(core);
      epoll.ctl(ADD, a, IN, 1);
      b.send(bytes(10));
      for (let waits = 0; waits < 5; waits++) expect(epoll.wait()).toEqual([[1, IN]]);
      a.recv(bytes(4));
      expect(epoll.wait()).toEqual([[1, IN]]);
      a.recv(bytes(6));
      expect(epoll.wait()).toEqual([]);
    }));

  it("a delivered watch goes back to the tail", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      for (const data of [1, 2]) {
        const [a, b] = Socket.pair(core);
        epoll.ctl(ADD, a, IN, data);
        b.send(bytes(1));
      }
      expect([1, 2, 3].map(() => epoll.wait(1))).toEqual([[[1, IN]], [[2, IN]], [[1, IN]]]);
    }));

  it("an end of stream behind the data is reported after a short read", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [a, b] = Socket.pair(core);
      epoll.ctl(ADD, a, IN, 1);
      b.send(bytes(3));
      b.shutdown("write");
      expect(epoll.wait()).toEqual([[1, IN]]);
      expect(a.recv(bytes(10))).toBe(3);
      expect(epoll.wait()).toEqual([[1, IN]]);
      expect(a.recv(bytes(10))).toBe(0);
    }));
});

describe("rule 8: edge-triggered", () => {
  it("reports an edge again when new data arrives behind unread data", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [a, b] = Socket.pair(core);
      epoll.ctl(ADD, a, IN | ET, 1);
      b.send(bytes(10));
      expect(epoll.wait()).toEqual([[1, IN]]);
      expect(epoll.wait()).toEqual([]);
      expect(epoll.wait()).toEqual([]);
      b.send(bytes(1));
      expect(epoll.wait()).toEqual([[1, IN]]);
      expect(epoll.wait()).toEqual([]);
    }));

  it.each([
    ["", () => {}],
    [", though each was taken note of", (core: Core) => core.exports.pollux_take()],
  ])("several wakeups before one wait are one event%s", (_, after) =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [a, b] = Socket.pair(core);
      epoll.ctl(ADD, a, IN | ET, 1);
      for (let times = 0; times < 5; times++) {
        b.send(bytes(1));
        after(core);
      }
      expect(epoll.wait()).toEqual([[1, IN]]);
      expect(epoll.wait()).toEqual([]);
    }),
  );

  it("fires for room to write after a full stream is read", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [a, b] = Socket.pair(core);
      epoll.ctl(ADD, a, OUT | ET, 1);
      epoll.wait();
      fill(a);
      expect(epoll.wait()).toEqual([]);
      drain(b);
      expect(epoll.wait()).toEqual([[1, OUT]]);
    }));
});

describe("rule 9: one-shot", () => {
  it("is silent after delivery, also about hangups, but stays registered", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [a, b] = Socket.pair(core);
      epoll.ctl(ADD, a, IN | ONESHOT, 1);
      b.send(bytes(1));
      expect(epoll.wait()).toEqual([[1, IN]]);
      b.send(bytes(1));
      b.close();
      expect(epoll.wait()).toEqual([]);
      expect(epoll.ctl(ADD, a, IN)).toBe("EEXIST");
      epoll.ctl(MOD, a, IN | ONESHOT, 2);
      expect(epoll.wait()).toEqual([[2, IN | HUP]]);
    }));
});

describe("rule 10: more ready than maxevents", () => {
  it("the rest comes first in the next wait, so every watch is served", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      for (let data = 1; data <= 5; data++) {
        const [a, b] = Socket.pair(core);
        epoll.ctl(ADD, a, IN, data);
        b.send(bytes(1));
      }
      const waits = [1, 2, 3, 4, 5].map(() => epoll.wait(2).map(([data]) => data));
      expect(waits).toEqual([
        [1, 2],
        [3, 4],
        [5, 1],
        [2, 3],
        [4, 5],
      ]);
    }));
});

describe("rule 14: nested", () => {
  it("an instance is readable exactly while one of its watches is ready", () =>
    withCore((core) => {
      const [outer, inner] = [new Pair(core), new Pair(core)];
      const [a, b] = Socket.pair(core);
      inner.ctl(ADD, a, IN, 1);
      outer.ctl(ADD, inner, IN, 9);
      expect(outer.wait()).toEqual([]);
      b.send(bytes(1));
      expect(outer.wait()).toEqual([[9, IN]]);
      expect(outer.wait()).toEqual([[9, IN]]);
      drain(a);
      expect(outer.wait()).toEqual([]);
    }));

  it("polling an instance does not consume its inner edge", () =>
    withCore((core) => {
      const [outer, inner] = [new Pair(core), new Pair(core)];
      const [a, b] = Socket.pair(core);
      inner.ctl(ADD, a, IN | ET, 1);
      outer.ctl(ADD, inner, IN, 9);
      b.send(bytes(1));
      expect(outer.wait()).toEqual([[9, IN]]);
      expect(outer.wait()).toEqual([[9, IN]]);
      expect(inner.wait()).toEqual([[1, IN]]);
      expect(outer.wait()).toEqual([]);
    }));

  it("an edge goes up through three instances", () =>
    withCore((core) => {
      const chain = [new Pair(core), new Pair(core), new Pair(core)];
      const [a, b] = Socket.pair(core);
      chain[0].ctl(ADD, chain[1], IN | ET, 1);
      chain[1].ctl(ADD, chain[2], IN | ET, 2);
      chain[2].ctl(ADD, a, IN | ET, 3);
      b.send(bytes(1));
      expect(chain[0].wait()).toEqual([[1, IN]]);
      expect(chain[0].wait()).toEqual([]);
      b.send(bytes(1));
      expect(chain[0].wait()).toEqual([[1, IN]]);
      expect(chain[2].wait()).toEqual([[3, IN]]);
    }));
});
