/** More masks than the driver separates: nothing is lost, and nothing is refused that the kernel would accept. */
import { describe, expect, it } from "vitest";
import {
  EPOLL_CTL_ADD as ADD,
  Core,
  Epoll,
  EpollEvents,
  EPOLLET as ET,
  EPOLLIN as IN,
  EPOLL_CTL_MOD as MOD,
  EPOLLONESHOT as ONESHOT,
  Poll,
  Socket,
} from "../../src/index.ts";
import { bytes, drain } from "./beside-kernel.ts";

/** Readiness bits that a pipe never has, to distinguish masks. */
const BITS = [0x002, 0x080, 0x400, 0x2000, 0x100, 0x200, 0x040];
const maskOf = (index: number) => BITS.reduce((mask, bit, place) => mask | (((index >> place) & 1) * bit), IN);
/** They exclude all bits of a pipe's reader. */
const WITHOUT_DATA = (index: number) => maskOf(index) & ~(IN | 0x040);

describe.each(["posix", "net", "simulated"])("on the %s driver", (driver) => {
  it.each([66, 120])("with %i pipes polled under as many masks, the wakeup of each ends the wait", async (count) => {
    using core = await Core.open({ driver });
    using polled = new Poll(core);
    const pipes = Array.from({ length: count }, () => Socket.pipe(core));
    for (const [index, [reader]] of pipes.entries()) polled.register(reader, maskOf(index));
    for (const index of new Set([0, 63, 64, 65, count - 1])) {
      const [reader, writer] = pipes[index];
      const waiting = polled.poll();
      await new Promise(setImmediate);
      writer.send(bytes(1));
      expect((await waiting).map(([fd]) => fd)).toEqual([reader.fd]);
      drain(reader);
      // Every mask reports a hangup.
      const ended = polled.poll();
      await new Promise(setImmediate);
      writer.close();
      expect((await ended).map(([fd]) => fd)).toEqual([reader.fd]);
      polled.unregister(reader);
    }
  });

  it("with 66 pipes polled for hangups only, and the thread blocked, a hangup ends the wait", async () => {
    using core = await Core.open({ driver });
    using polled = new Poll(core);
    const pipes = Array.from({ length: 66 }, () => Socket.pipe(core));
    for (const [index, [reader]] of pipes.entries()) polled.register(reader, WITHOUT_DATA(index));
    expect(polled.pollSync(20)).toEqual([]);
    pipes[65][1].close();
    expect(polled.pollSync(20_000)).toHaveLength(1);
  });

  it.each([0, ET, ONESHOT, ET | ONESHOT])("one instance can have 200 masks (flags 0x%x)", async (flags) => {
    using core = await Core.open({ driver });
    using epoll = new Epoll(core);
    const pipes = Array.from({ length: 100 }, () => Socket.pipe(core));
    for (const [index, [reader]] of pipes.entries()) epoll.ctl(ADD, reader, (maskOf(index) | flags) >>> 0);
    // Set the same number of other masks by MOD, while the first ones may still be armed.
    for (const [index, [reader]] of pipes.entries()) epoll.ctl(MOD, reader, (maskOf(index ^ 0x18) | flags) >>> 0);
    const events = new EpollEvents(core, 200);
    expect(epoll.waitSync(events, 0)).toBe(0);
    for (const [index, [reader, writer]] of pipes.entries()) {
      const waiting = epoll.wait(events);
      writer.send(bytes(1));
      expect(await waiting, `pipe ${index}`).toBe(1);
      expect(events.fd(0)).toBe(reader.fd);
      drain(reader);
      expect(epoll.waitSync(events, 0)).toBe(0);
    }
    for (const [, writer] of pipes) writer.send(bytes(1));
    const expected = (flags & ONESHOT) !== 0 ? 0 : 100;
    const got = new Set<number>();
    for (let count = epoll.waitSync(events, 0); count > 0 && got.size < 100; count = epoll.waitSync(events, 0)) {
      for (let index = 0; index < count; index++) got.add(events.fd(index));
      if ((flags & ET) === 0) break;
    }
    expect(got.size).toBe(expected);
  });

  it("after 200 masks for one descriptor by MOD, the last one holds", async () => {
    using core = await Core.open({ driver });
    using epoll = new Epoll(core);
    const [reader, writer] = Socket.pipe(core);
    const events = new EpollEvents(core, 2);
    epoll.ctl(ADD, reader, maskOf(0));
    for (let index = 1; index < 200; index++) epoll.ctl(MOD, reader, (maskOf(index) | ET) >>> 0);
    for (let turn = 0; turn < 3; turn++) {
      const waiting = epoll.wait(events);
      writer.send(bytes(1));
      expect(await waiting).toBe(1);
      drain(reader);
      expect(await epoll.wait(events, 5)).toBe(0);
    }
  });
});
