/** SEMANTICS' rules of epoll about watches themselves: 1 to 4, 12, 13 (its errors), 16, 17. Each call is made beside the kernel's. */
import { describe, expect, it } from "vitest";
import {
  EPOLL_CTL_ADD as ADD,
  EPOLL_CTL_DEL as DEL,
  Epoll,
  EpollEvents,
  EPOLLERR as ERR,
  EPOLLET as ET,
  EPOLLEXCLUSIVE as EXCLUSIVE,
  EPOLLHUP as HUP,
  EPOLLIN as IN,
  EPOLL_CTL_MOD as MOD,
  EPOLLONESHOT as ONESHOT,
  EPOLLOUT as OUT,
  EPOLLRDHUP as RDHUP,
  Socket,
} from "../../src/index.ts";
import { bytes, codeOf, connection, drain, Pair, withCore } from "./beside-kernel.ts";

describe("rule 1: a watch is (open file, fd)", () => {
  it("adding the same pair twice is EEXIST", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [a] = Socket.pair(core);
      expect(epoll.ctl(ADD, a, IN)).toBe(0);
      expect(epoll.ctl(ADD, a, OUT)).toBe("EEXIST");
    }));

  it("two instances each have their own watch of one descriptor", () =>
    withCore((core) => {
      const [first, second] = [new Pair(core), new Pair(core)];
      const [a, b] = Socket.pair(core);
      first.ctl(ADD, a, IN, 1);
      second.ctl(ADD, a, IN | ET, 2);
      b.send(bytes(1));
      expect(first.wait()).toEqual([[1, IN]]);
      expect(second.wait()).toEqual([[2, IN]]);
    }));
});

describe("rule 2: closing removes the watch by itself", () => {
  it("a reused number gets no old event", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [a, b] = Socket.pair(core);
      epoll.ctl(ADD, a, IN, 1);
      b.send(bytes(1));
      const { fd } = a;
      a.close();
      const [again, peer] = Socket.pair(core);
      expect([again.fd, peer.fd]).toContain(fd);
      expect(epoll.wait()).toEqual([]);
      const reused = again.fd === fd ? again : peer;
      expect(epoll.ctl(MOD, reused, IN)).toBe("ENOENT");
      expect(epoll.ctl(ADD, reused, IN, 2)).toBe(0);
      expect(epoll.wait()).toEqual([]);
    }));
});

describe("rule 3: ADD and MOD look at readiness at once", () => {
  it("an edge-triggered ADD of a ready descriptor fires", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [a, b] = Socket.pair(core);
      b.send(bytes(1));
      epoll.ctl(ADD, a, IN | ET, 1);
      expect(epoll.wait()).toEqual([[1, IN]]);
      expect(epoll.wait()).toEqual([]);
    }));

  it("a MOD fires an edge-triggered watch again", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [a, b] = Socket.pair(core);
      b.send(bytes(1));
      epoll.ctl(ADD, a, IN | ET, 1);
      epoll.wait();
      epoll.ctl(MOD, a, IN | ET, 2);
      expect(epoll.wait()).toEqual([[2, IN]]);
    }));

  it("a MOD revives a one-shot watch", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [a, b] = Socket.pair(core);
      b.send(bytes(1));
      epoll.ctl(ADD, a, IN | ONESHOT, 1);
      expect(epoll.wait()).toEqual([[1, IN]]);
      epoll.ctl(MOD, a, IN | ONESHOT, 2);
      expect(epoll.wait()).toEqual([[2, IN]]);
    }));

  it("ADD and MOD look at an instance too", () =>
    withCore((core) => {
      const [outer, inner] = [new Pair(core), new Pair(core)];
      const [a, b] = Socket.pair(core);
      inner.ctl(ADD, a, IN, 1);
      b.send(bytes(1));
      outer.ctl(ADD, inner, IN | ET, 2);
      expect(outer.wait()).toEqual([[2, IN]]);
      expect(outer.wait()).toEqual([]);
      outer.ctl(MOD, inner, IN | ET, 3);
      expect(outer.wait()).toEqual([[3, IN]]);
    }));
});

describe("rule 4: ERR and HUP are always watched", () => {
  it("a watch with an empty mask gets a hangup", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [a, b] = Socket.pair(core);
      epoll.ctl(ADD, a, 0, 1);
      expect(epoll.wait()).toEqual([]);
      b.close();
      expect(epoll.wait()).toEqual([[1, HUP]]);
    }));

  it("a watch of a pipe's write end gets the reader's close", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [reader, writer] = Socket.pipe(core);
      epoll.ctl(ADD, writer, 0, 1);
      reader.close();
      expect(epoll.wait()).toEqual([[1, ERR]]);
    }));
});

describe("rule 12: errors", () => {
  it("DEL and MOD of an unregistered descriptor are ENOENT", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [a] = Socket.pair(core);
      expect(epoll.ctl(DEL, a)).toBe("ENOENT");
      expect(epoll.ctl(MOD, a, IN)).toBe("ENOENT");
      epoll.ctl(ADD, a, IN);
      expect(epoll.ctl(DEL, a)).toBe(0);
      expect(epoll.ctl(DEL, a)).toBe("ENOENT");
    }));

  it("a bad descriptor is EBADF, for every operation", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      for (const op of [ADD, MOD, DEL]) expect(epoll.ctl(op, 999_999, IN)).toBe("EBADF");
      expect(codeOf(() => epoll.ours.ctl(ADD, -1, IN))).toBe("EBADF");
    }));

  it("maxevents of zero or less is EINVAL", () =>
    withCore((core) => {
      const epoll = new Epoll(core);
      const { exports } = core;
      const events = exports.pollux_alloc(64);
      for (const most of [0, -1, -2_147_483_648])
        expect(exports.pollux_epoll_wait(epoll.fd, events, most, 0)).toBe(-28);
      expect(() => new EpollEvents(core, 0)).toThrow("room for 0 events");
    }));

  it("a descriptor that cannot be polled is EPERM", async () => {
    const { openSync } = await import("node:fs");
    await withCore((core) => {
      const epoll = new Pair(core);
      const file = Socket.adopt(core, openSync("package.json", "r"));
      expect(epoll.ctl(ADD, file, IN)).toBe("EPERM");
    });
  });

  it("an instance in itself is EINVAL", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      expect(epoll.ctl(ADD, epoll, IN)).toBe("EINVAL");
    }));

  it.each([2, 3])("a cycle of %i instances is ELOOP", (size) =>
    withCore((core) => {
      const chain = Array.from({ length: size }, () => new Pair(core));
      for (let at = 1; at < size; at++) expect(chain[at - 1].ctl(ADD, chain[at], IN)).toBe(0);
      expect(chain[size - 1].ctl(ADD, chain[0], IN)).toBe("ELOOP");
    }),
  );

  it("a chain of more than four instances is ELOOP, from either end", () =>
    withCore((core) => {
      for (const downwards of [true, false]) {
        const chain = Array.from({ length: 7 }, () => new Pair(core));
        const answers = [];
        for (let step = 0; step < 6; step++) {
          const at = downwards ? step : 5 - step;
          answers.push(chain[at].ctl(ADD, chain[at + 1], IN));
        }
        expect(answers).toContain("ELOOP");
        expect(answers.slice(0, 4)).toEqual([0, 0, 0, 0]);
      }
    }));
});

describe("rule 13: EXCLUSIVE", () => {
  it("is allowed only in ADD, with few other flags", () =>
    withCore((core) => {
      const [epoll, inner] = [new Pair(core), new Pair(core)];
      const [a] = Socket.pair(core);
      for (const beside of [RDHUP, ONESHOT, ONESHOT | ET]) {
        expect(epoll.ctl(ADD, a, IN | EXCLUSIVE | beside)).toBe("EINVAL");
      }
      expect(epoll.ctl(ADD, inner, IN | EXCLUSIVE)).toBe("EINVAL");
      expect(epoll.ctl(ADD, a, IN | OUT | ERR | HUP | ET | EXCLUSIVE)).toBe(0);
      expect(epoll.ctl(MOD, a, IN)).toBe("EINVAL");
      expect(epoll.ctl(MOD, a, IN | EXCLUSIVE)).toBe("EINVAL");
      const [b] = Socket.pair(core);
      epoll.ctl(ADD, b, IN);
      expect(epoll.ctl(MOD, b, IN | EXCLUSIVE)).toBe("EINVAL");
    }));
});

describe("rule 16: user data", () => {
  it("consists of 64 opaque bits, replaced by MOD", () =>
    withCore((core) => {
      const epoll = new Epoll(core);
      const events = new EpollEvents(core, 4);
      const [a] = Socket.pair(core);
      for (const data of [0xffff_ffff_ffff_ffffn, 0x8000_0000_0000_0001n, 0n]) {
        epoll.ctl(data === 0xffff_ffff_ffff_ffffn ? ADD : MOD, a, OUT, data);
        expect(epoll.waitSync(events, 0)).toBe(1);
        expect(events.data(0)).toBe(data);
      }
    }));
});

describe("rule 17: what each state is", () => {
  it("RDHUP when the peer shuts down its write side, HUP when both are down", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [client, server] = connection(core);
      epoll.ctl(ADD, server, IN | RDHUP, 1);
      client.shutdown("write");
      expect(epoll.wait()).toEqual([[1, IN | RDHUP]]);
      server.shutdown("write");
      expect(epoll.wait()).toEqual([[1, IN | RDHUP | HUP]]);
    }));

  it("ERR on a reset", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const [client, server] = connection(core);
      epoll.ctl(ADD, client, IN, 1);
      client.send(bytes(1));
      server.close(); // with unread data: a reset
      const [[, events]] = epoll.wait();
      expect(events & (ERR | HUP)).toBe(ERR | HUP);
      expect(client.takeError()?.code).toBe("ECONNRESET");
    }));

  it("a failed connect is OUT, ERR and HUP", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const listener = Socket.listen(core, "127.0.0.1:0");
      const address = listener.localAddress!;
      listener.close();
      const client = Socket.connect(core, address);
      epoll.ctl(ADD, client, OUT, 1);
      expect(epoll.wait()).toEqual([[1, OUT | ERR | HUP]]);
      expect(client.takeError()?.code).toBe("ECONNREFUSED");
    }));

  it("a listener is IN when a connection waits", () =>
    withCore((core) => {
      const epoll = new Pair(core);
      const listener = Socket.listen(core, "127.0.0.1:0");
      epoll.ctl(ADD, listener, IN, 1);
      expect(epoll.wait()).toEqual([]);
      Socket.connect(core, listener.localAddress!);
      expect(epoll.wait()).toEqual([[1, IN]]);
      listener.accept();
      expect(epoll.wait()).toEqual([]);
      drain(Socket.pair(core)[0]);
    }));
});
