/** The engine's tables in linear memory: their size, and that freed memory is reused. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Core, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLLET, EPOLLIN, Epoll, Socket } from "../../src/index.ts";

let core: Core;
afterEach(() => core.dispose());

const size = () => core.exports.memory.buffer.byteLength;

describe("a million descriptors", () => {
  const DESCRIPTORS = 1_000_000;
  /** The kernel's man page says about 160 for its own, epoll(7). */
  const MOST = 128;
  beforeEach(async () => {
    core = await Core.open({ driver: "simulated", maxDescriptors: DESCRIPTORS + 16 });
  });

  it("take at most 128 bytes of linear memory each, and a second round takes no more", () => {
    const sockets: Socket[] = [];
    while (sockets.length < DESCRIPTORS) sockets.push(...Socket.pair(core));
    const epoll = new Epoll(core);
    const before = size();
    for (const { fd } of sockets) epoll.ctl(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET);
    expect((size() - before) / DESCRIPTORS).toBeGreaterThan(16); // the tables are in this memory
    expect(size() / DESCRIPTORS).toBeLessThanOrEqual(MOST);
    const once = size();
    for (const { fd } of sockets) epoll.ctl(EPOLL_CTL_DEL, fd);
    for (const { fd } of sockets) epoll.ctl(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET);
    expect(size()).toBe(once);
    epoll.close();
    const again = new Epoll(core);
    for (const { fd } of sockets) again.ctl(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET);
    expect(size()).toBe(once);
  }, 120_000);
});

describe("freed memory", () => {
  const PAIRS = 1_000_000;
  beforeEach(async () => {
    core = await Core.open();
  });

  it("is reused: a million pairs of ADD and DEL do not grow it", () => {
    const sockets = Array.from({ length: 50 }, () => Socket.pair(core)).flat();
    const epoll = new Epoll(core);
    const turn = (fd: number) => {
      expect0(core.exports.pollux_epoll_ctl(epoll.fd, EPOLL_CTL_ADD, fd, EPOLLIN, 0n));
      expect0(core.exports.pollux_epoll_ctl(epoll.fd, EPOLL_CTL_DEL, fd, 0, 0n));
    };
    for (const { fd } of sockets) turn(fd);
    const before = size();
    for (let pair = 0; pair < PAIRS; pair++) turn(sockets[pair % sockets.length].fd);
    expect(size()).toBe(before);
  });

  it("is reused by instances that are created and closed with their watches", () => {
    const sockets = Array.from({ length: 50 }, () => Socket.pair(core)).flat();
    const turn = () => {
      using epoll = new Epoll(core);
      for (const socket of sockets) epoll.ctl(EPOLL_CTL_ADD, socket, EPOLLIN);
    };
    turn();
    const before = size();
    for (let turns = 0; turns < 2_000; turns++) turn();
    expect(size()).toBe(before);
  });
});

/** A million calls of `expect` would dominate the measurement. */
function expect0(result: number): void {
  if (result !== 0) expect(result).toBe(0);
}
