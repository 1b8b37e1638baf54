/** The guest's ready file cannot be closed: its wakeups continue, whatever the program closes. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { READY_FILE } from "../../assembly/abi/ready-file.ts";
import {
  EPOLL_CTL_ADD as ADD,
  Core,
  Epoll,
  EpollEvents,
  EPOLLET as ET,
  EPOLLIN as IN,
  POLLIN,
  Poll,
  Socket,
} from "../../src/index.ts";
import { bytes } from "./beside-kernel.ts";

describe.each(["posix", "simulated"])("on the %s driver", (driver) => {
  let core: Core;
  let epoll: Epoll;
  let events: EpollEvents;
  let socket: Socket;
  let peer: Socket;

  beforeEach(async () => {
    core = await Core.open({ driver });
    epoll = new Epoll(core);
    events = new EpollEvents(core, 8);
    [socket, peer] = Socket.pair(core);
    epoll.ctl(ADD, socket, IN | ET);
  });
  afterEach(() => core.dispose());

  /** For every call with its number. */
  const tryToClose = () => expect(() => core.close(READY_FILE)).toThrow(expect.objectContaining({ code: "ENOTSUP" }));

  it("close returns ENOTSUP", () => {
    tryToClose();
    expect(core.descriptor(READY_FILE)?.kind).toBe("ready");
  });

  it("edges stay exact, and capabilities() reports it", () => {
    tryToClose();
    for (let round = 0; round < 2; round++) {
      peer.send(bytes(1));
      expect(epoll.waitSync(events, 0)).toBe(1);
      expect(epoll.waitSync(events, 0)).toBe(0);
    }
    expect(core.capabilities).toEqual({ exactEdges: true, hangups: true });
  });

  it("a queued wakeup is delivered", () => {
    peer.send(bytes(1));
    tryToClose();
    expect(epoll.waitSync(events, 0)).toBe(1);
  });

  it("an asynchronous wait continues", async () => {
    const waiting = epoll.wait(events);
    tryToClose();
    peer.send(bytes(1));
    expect(await waiting).toBe(1);
  });

  it("poll continues", () => {
    using polled = new Poll(core);
    polled.register(socket, POLLIN);
    tryToClose();
    peer.send(bytes(1));
    expect(polled.pollSync(0)).toEqual([[socket.fd, POLLIN]]);
  });

  it("the first sockets of a core have the numbers from 3 on", () => {
    expect([socket.fd, peer.fd]).toEqual([3, 4]);
  });

  it("the ready file cannot be watched: EPERM", () => {
    expect(() => epoll.ctl(ADD, READY_FILE, IN)).toThrow(expect.objectContaining({ code: "EPERM" }));
  });
});
