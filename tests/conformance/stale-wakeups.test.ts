/**
 * A wakeup says that something has happened, not that it still holds. Arming a descriptor makes the host collect queued
 * wakeups; data that is read before they are taken must not be reported.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  Core,
  EPOLL_CTL_ADD,
  EPOLLET,
  EPOLLIN,
  Epoll,
  EpollEvents,
  POLLIN,
  Poll,
  Socket,
  select,
} from "../../src/index.ts";
import { text } from "./selectors-subject.ts";

const armings: [string, (core: Core, socket: Socket) => Promise<unknown>][] = [
  ["poll", (core, socket) => pollOf(core, socket).poll(50)],
  ["select", (core, socket) => select(core, [socket], [], [], 50)],
];

function pollOf(core: Core, socket: Socket): Poll {
  const poll = new Poll(core);
  poll.register(socket, POLLIN);
  return poll;
}

describe.each(["posix", "net"])("driver %s", (driver) => {
  let core: Core;
  let epoll: Epoll;
  let events: EpollEvents;

  beforeEach(async () => {
    core = await Core.open({ driver });
    epoll = new Epoll(core);
    events = new EpollEvents(core, 4);
  });
  afterEach(() => core.dispose());

  /** Waits until data has arrived, which no driver promises within the call that sent it. */
  async function sent(from: Socket, to: Socket): Promise<void> {
    from.send(text("x"));
    await pollOf(core, to).poll();
  }

  describe.each(armings)("%s arms another descriptor with data unread", (_name, arm) => {
    it.each([
      ["level", EPOLLIN],
      ["edge", EPOLLIN | EPOLLET],
    ])(
      "an epoll wait (%s) reports nothing after the data is read, and new data after that",
      async (_trigger, interest) => {
        const [reader, writer] = Socket.pair(core);
        const [idle] = Socket.pair(core);
        epoll.ctl(EPOLL_CTL_ADD, reader, interest);
        await sent(writer, reader);
        const armed = arm(core, idle);
        expect(reader.recv(new Uint8Array(8))).toBe(1);
        expect(epoll.waitSync(events, 0)).toBe(0);
        await sent(writer, reader);
        expect(epoll.waitSync(events, 0)).toBe(1);
        await armed;
      },
    );
  });
});
