/**
 * Linear memory that cannot grow: ENOMEM, as in the kernel, and not a trap; existing watches continue. Waiting and
 * dispatching need no memory: ADD has reserved it.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  EPOLL_CTL_ADD as ADD,
  Core,
  EPOLL_CTL_DEL as DEL,
  Epoll,
  EpollEvents,
  EPOLLET as ET,
  EPOLLIN as IN,
  EPOLL_CTL_MOD as MOD,
  EPOLLOUT as OUT,
  Poll,
  Socket,
  selectSync,
  setFdSetSize,
} from "../../src/index.ts";
import { bytes, drain } from "./beside-kernel.ts";

const ENOMEM = -48;
const MEMORY_SECTION = 5;

/** core.wasm with at most this many pages of memory. */
function limited(pages: number): WebAssembly.Module {
  const module = readFileSync("dist/core.wasm");
  for (let at = 8; at < module.length; ) {
    const id = module[at];
    const [size, body] = unsigned(module, at + 1);
    if (id === MEMORY_SECTION) {
      const section = [1, 1, module[body + 2], pages];
      expect(module[body + 2]).toBeLessThan(pages);
      return new WebAssembly.Module(
        Buffer.concat([
          module.subarray(0, at),
          Buffer.from([id, section.length, ...section]),
          module.subarray(body + size),
        ]),
      );
    }
    at = body + size;
  }
  throw new Error("no memory");
}

function unsigned(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [value, at];
  }
}

/** Adds sockets until one is refused. Returns the added ones. */
function addAll(core: Core, epoll: Epoll, sockets: Socket[], events: number): Socket[] {
  for (const [index, { fd }] of sockets.entries()) {
    const result = core.exports.pollux_epoll_ctl(epoll.fd, ADD, fd, events, BigInt(fd));
    if (result === 0) continue;
    expect(result).toBe(ENOMEM);
    return sockets.slice(0, index);
  }
  throw new Error("there was memory for all");
}

describe.each([
  { edgeSource: true, flags: 0 },
  { edgeSource: true, flags: ET },
  { edgeSource: false, flags: 0 },
  { edgeSource: false, flags: ET },
])("ready file: $edgeSource, flags $flags:", ({ edgeSource, flags }) => {
  it("ADD is ENOMEM when memory is exhausted, and earlier watches keep working", async () => {
    using core = await Core.open({ driver: "simulated", edgeSource, module: limited(8) });
    const sockets = Array.from({ length: 6000 }, () => Socket.pair(core)).flat();
    const epoll = new Epoll(core);
    const events = new EpollEvents(core, 64);
    const added = addAll(core, epoll, sockets, (IN | OUT | flags) >>> 0);
    expect(added.length).toBeGreaterThan(300);
    const pages = core.exports.memory.buffer.byteLength;
    expect(core.exports.pollux_epoll_ctl(epoll.fd, ADD, sockets[added.length].fd, (IN | OUT | flags) >>> 0, 0n)).toBe(
      ENOMEM,
    );
    for (const socket of added) epoll.ctl(MOD, socket, (IN | flags) >>> 0);
    // EAGAIN and rearm arm delivered edges again.
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < added.length - 1; index += 2) {
        added[index + 1].send(bytes(1));
        expect(epoll.waitSync(events, 0)).toBe(1);
        expect(events.fd(0)).toBe(added[index].fd);
        if (round % 2 === 0) drain(added[index]);
        else {
          added[index].recv(bytes(1));
          core.exports.pollux_rearm(added[index].fd);
        }
        expect(epoll.waitSync(events, 0)).toBe(0);
      }
    }
    for (const socket of added) epoll.ctl(MOD, socket, (IN | OUT | flags) >>> 0);
    expect(epoll.waitSync(events, 0)).toBe(64);
    for (const socket of added) epoll.ctl(DEL, socket);
    expect(epoll.waitSync(events, 0)).toBe(0);
    for (const socket of added) epoll.ctl(ADD, socket, IN);
    expect(core.exports.memory.buffer.byteLength).toBe(pages);
  });
});

describe("other calls, when memory is exhausted,", () => {
  async function full(): Promise<{ core: Core; sockets: Socket[] }> {
    const core = await Core.open({ driver: "simulated", edgeSource: false, module: limited(8) });
    const sockets = Array.from({ length: 8000 }, () => Socket.pair(core)).flat();
    addAll(core, new Epoll(core), sockets, IN);
    return { core, sockets };
  }

  it("poll and select are ENOMEM for many descriptors, and work for a few", async () => {
    const { core, sockets } = await full();
    using core_ = core;
    using few = new Poll(core);
    few.register(sockets[1], OUT);
    expect(few.pollSync(0)).toEqual([[sockets[1].fd, OUT]]);
    const attempt = () => {
      const polled = new Poll(core_);
      for (const socket of sockets) polled.register(socket, IN);
      polled.pollSync(0);
    };
    expect(attempt).toThrow(expect.objectContaining({ code: "ENOMEM" }));
    setFdSetSize(core, 20_000);
    expect(() => selectSync(core, sockets, [], [], 0)).toThrow(expect.objectContaining({ code: "ENOMEM" }));
    expect(selectSync(core, [], [sockets[1]], [], 0)).toEqual([[], [sockets[1]], []]);
  });

  it("create is ENOMEM, and allocating events too", async () => {
    const { core } = await full();
    const made: number[] = [];
    for (let result = 0; result >= 0; made.push(result)) result = core.exports.pollux_epoll_create();
    expect(made.at(-1)).toBe(ENOMEM);
    expect(() => new EpollEvents(core, 100_000)).toThrow(expect.objectContaining({ code: "ENOMEM" }));
    core.exports.pollux_close(made[0]);
    expect(core.exports.pollux_epoll_create()).toBe(made[0]);
    core.dispose();
  });
});
