/**
 * A guest that closes its ready file: from then on its wakeups are made of levels. Whatever was on its way, or queued, is
 * reported all the same, and what comes later too.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  EPOLL_CTL_ADD as ADD,
  AGAIN,
  Core,
  Epoll,
  EpollEvents,
  EPOLLET as ET,
  EPOLLIN as IN,
  EPOLL_CTL_MOD as MOD,
  EPOLLONESHOT as ONESHOT,
  EPOLLOUT as OUT,
  POLLIN,
  Poll,
  Socket,
} from "../../src/index.ts";
import { bytes, drain } from "./beside-kernel.ts";

/** Does the engine learn of it, or does the file go behind its back, as by a WASI call of the program's own? */
const WAYS = ["by the core's close", "past the engine"] as const;

describe.each(["posix", "simulated"])("on the %s driver", (driver) => {
  let core: Core;
  let epoll: Epoll;
  let events: EpollEvents;
  let socket: Socket;
  let peer: Socket;

  beforeEach(async () => {
    core = await Core.open({ driver });
    expect(core.capabilities.exactEdges).toBe(true);
    epoll = new Epoll(core);
    events = new EpollEvents(core, 8);
    [socket, peer] = Socket.pair(core);
  });
  afterEach(() => core.dispose());

  function readyFile(): number {
    for (let fd = 0; ; fd++) if (core.descriptor(fd)?.kind === "ready") return fd;
  }

  function closeReadyFile(way: (typeof WAYS)[number]): void {
    if (way === "by the core's close") core.close(readyFile());
    else {
      const file = core.descriptor(readyFile())!;
      file.write = file.read = () => -8; // EBADF, as from a number that is free
      file.close();
    }
  }

  const wait = () => {
    const count = epoll.waitSync(events, 0);
    return Array.from({ length: count }, (_, index) => [events.fd(index), events.events(index) & (IN | OUT)]);
  };
  const reported = (...sockets: Socket[]) => sockets.map(({ fd }) => [fd, IN]);

  describe.each(WAYS)("%s:", (way) => {
    it("what comes afterwards is reported, by level and by edge", () => {
      const [other, otherPeer] = Socket.pair(core);
      epoll.ctl(ADD, socket, IN);
      epoll.ctl(ADD, other, IN | ET);
      closeReadyFile(way);
      expect(wait()).toEqual([]);
      peer.send(bytes(1));
      expect(wait()).toEqual(reported(socket));
      expect(wait()).toEqual(reported(socket));
      drain(socket);
      otherPeer.send(bytes(1));
      expect(wait()).toEqual(reported(other));
      expect(wait()).toEqual([]);
      drain(other);
      otherPeer.send(bytes(1));
      expect(wait()).toEqual(reported(other));
    });

    it.each([0, ET, ONESHOT])("a wakeup that is queued in the file is not lost (flags %i)", (flags) => {
      epoll.ctl(ADD, socket, IN | flags);
      peer.send(bytes(1));
      closeReadyFile(way);
      expect(wait()).toEqual(reported(socket));
    });

    it("nor one that the engine has queued: what is left unread stays reported", () => {
      epoll.ctl(ADD, socket, IN);
      peer.send(bytes(1));
      expect(wait()).toEqual(reported(socket));
      closeReadyFile(way);
      expect(wait()).toEqual(reported(socket));
      expect(wait()).toEqual(reported(socket));
    });

    it("a one-shot watch that was delivered stays silent until MOD", () => {
      epoll.ctl(ADD, socket, IN | ONESHOT);
      peer.send(bytes(1));
      expect(wait()).toEqual(reported(socket));
      closeReadyFile(way);
      expect(wait()).toEqual([]);
      epoll.ctl(MOD, socket, IN | ONESHOT);
      expect(wait()).toEqual(reported(socket));
    });

    it("ADD and MOD right behind it are taken, and look", () => {
      const [other, otherPeer] = Socket.pair(core);
      epoll.ctl(ADD, socket, OUT);
      peer.send(bytes(1));
      otherPeer.send(bytes(1));
      closeReadyFile(way);
      epoll.ctl(MOD, socket, IN);
      epoll.ctl(ADD, other, IN);
      expect(wait().sort()).toEqual(reported(socket, other).sort());
      expect(() => epoll.ctl(ADD, 999_999, IN)).toThrow(expect.objectContaining({ code: "EBADF" }));
    });

    it("an instance within another one goes on", () => {
      using outer = new Epoll(core);
      epoll.ctl(ADD, socket, IN);
      outer.ctl(ADD, epoll, IN);
      closeReadyFile(way);
      peer.send(bytes(1));
      expect(outer.waitSync(events, 0)).toBe(1);
      expect(events.fd(0)).toBe(epoll.fd);
      expect(wait()).toEqual(reported(socket));
    });

    it("poll goes on", () => {
      using polled = new Poll(core);
      polled.register(socket, POLLIN);
      closeReadyFile(way);
      expect(polled.pollSync(0)).toEqual([]);
      peer.send(bytes(1));
      expect(polled.pollSync(0)).toEqual([[socket.fd, POLLIN]]);
    });

    it("the capabilities say so from then on", () => {
      closeReadyFile(way);
      wait();
      expect(core.capabilities).toEqual({ exactEdges: false, hangups: false });
    });

    it("who awaits is told so, and not left asleep", async () => {
      epoll.ctl(ADD, socket, IN);
      const waiting = epoll.wait(events);
      closeReadyFile(way);
      core.sleepers.disturb();
      await expect(waiting).rejects.toMatchObject({ code: "ENOTSUP" });
    });
  });

  it("whoever gets its number is not written to", () => {
    epoll.ctl(ADD, socket, IN);
    const number = readyFile();
    core.close(number);
    const pair = Socket.pair(core);
    const heir = pair.find(({ fd }) => fd === number)!;
    const heirsPeer = pair.find(({ fd }) => fd !== number)!;
    epoll.ctl(ADD, heir, IN);
    expect(wait()).toEqual([]);
    expect(heirsPeer.recv(bytes(64))).toBe(AGAIN);
    heirsPeer.send(bytes(1));
    expect(wait()).toEqual(reported(heir));
  });
});
