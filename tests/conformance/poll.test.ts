/**
 * poll for TypeScript, line by line of SEMANTICS: in each way to wait. poll-situations compares its answers with the
 * kernel's.
 */
import { describe, expect, it } from "vitest";
import {
  EPOLLRDHUP,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLPRI,
  POLLRDHUP,
  Poll,
  Socket,
} from "../../src/index.ts";
import { later } from "../later.ts";
import { Bench, text } from "./selectors-subject.ts";

const WAYS = [
  { name: "poll", options: {}, blocks: false, exact: true },
  { name: "pollSync", options: {}, blocks: true, exact: true },
  { name: "pollSync, edges made from levels", options: { edgeSource: false }, blocks: true, exact: false },
  { name: "poll, simulated network", options: { driver: "simulated" }, blocks: false, exact: true },
];

describe.each(WAYS)("$name:", ({ options, blocks, exact }) => {
  const wait = async (poll: Poll, timeout?: number) => (blocks ? poll.pollSync(timeout) : poll.poll(timeout));

  it("returns each ready descriptor with its revents", async () => {
    using bench = await Bench.open(options);
    using poll = new Poll(bench.core);
    const [one, other] = bench.pair();
    other.send(text("x"));
    poll.register(one, POLLIN);
    poll.register(other, POLLIN);
    expect(await wait(poll)).toEqual([[one.fd, POLLIN]]);
    poll.modify(other, POLLIN | POLLOUT);
    expect(new Map(await wait(poll))).toEqual(
      new Map([
        [one.fd, POLLIN],
        [other.fd, POLLOUT],
      ]),
    );
  });

  it("NVAL is reported for a closed descriptor, whatever its events, until it is unregistered", async () => {
    using bench = await Bench.open(options);
    using poll = new Poll(bench.core);
    const [one, other] = bench.pair();
    poll.register(one, 0);
    poll.register(other, POLLIN | POLLOUT);
    for (const socket of [one, other]) socket.close();
    for (let round = 0; round < 2; round++) {
      expect(new Map(await wait(poll))).toEqual(
        new Map([
          [one.fd, POLLNVAL],
          [other.fd, POLLNVAL],
        ]),
      );
    }
    for (const fd of [one.fd, other.fd]) poll.unregister(fd);
    expect(await wait(poll, 0)).toEqual([]);
  });

  it("HUP and OUT never come together", async () => {
    using bench = await Bench.open(options);
    using poll = new Poll(bench.core);
    const [socket, peer] = bench.pair();
    poll.register(socket, POLLIN | POLLOUT | EPOLLRDHUP);
    peer.close();
    const [[, revents]] = await wait(poll);
    expect(revents & POLLIN).toBe(POLLIN);
    expect(revents & (POLLHUP | POLLOUT)).toBe(exact ? POLLHUP : POLLOUT);
  });

  it("there is no limit to the number of entries", async () => {
    using bench = await Bench.open(options);
    using poll = new Poll(bench.core);
    const sockets = Array.from({ length: 600 }, () => bench.pair()).flat();
    for (const [index, socket] of sockets.entries()) poll.register(socket, index % 2 === 0 ? POLLIN : POLLOUT);
    const ready = await wait(poll);
    expect(ready).toHaveLength(600);
    expect(ready.at(-1)).toEqual([sockets.at(-1)!.fd, POLLOUT]);
  });

  it.each([0, -0])("a timeout of %s does not sleep", async (timeout) => {
    using bench = await Bench.open(options);
    using poll = new Poll(bench.core);
    poll.register(bench.pair()[0], POLLIN);
    expect(await wait(poll, timeout)).toEqual([]);
  });

  it.each([undefined, -1, -0.5, -Infinity, Infinity, 1e300])("a timeout of %s waits for ever", async (timeout) => {
    using bench = await Bench.open(options);
    using poll = new Poll(bench.core);
    const [socket, peer] = bench.pair();
    poll.register(socket, POLLIN);
    const happened = blocks ? later("echo", peer.osDescriptor) : Promise.resolve().then(() => peer.send(text("x")));
    expect(await wait(poll, timeout)).toEqual([[socket.fd, POLLIN]]);
    await happened;
  });

  it.each([0.001, 1, 3.2])("a timeout of %s ms is rounded up and never ends early", async (timeout) => {
    using bench = await Bench.open(options);
    using poll = new Poll(bench.core);
    poll.register(bench.pair()[0], POLLIN);
    const now = () => Number(bench.core.driver.now()) / 1e6;
    const before = now();
    expect(await wait(poll, timeout)).toEqual([]);
    expect(now() - before).toBeGreaterThanOrEqual(Math.ceil(timeout));
  });

  it("a timeout of NaN is EINVAL", async () => {
    using bench = await Bench.open(options);
    using poll = new Poll(bench.core);
    await expect(wait(poll, Number.NaN)).rejects.toMatchObject({ code: "EINVAL", syscall: "poll" });
  });
});

describe.each(WAYS.filter(({ exact }) => exact))("$name, with exact readiness:", ({ options, blocks }) => {
  it.each([0, POLLIN, POLLOUT, POLLPRI, POLLRDHUP])("a hangup is reported unasked (0x%x)", async (events) => {
    using bench = await Bench.open(options);
    using poll = new Poll(bench.core);
    const [socket, peer] = bench.pair();
    poll.register(socket, events);
    peer.close();
    const [[fd, revents]] = blocks ? poll.pollSync() : await poll.poll();
    expect([fd, revents & POLLHUP]).toEqual([socket.fd, POLLHUP]);
  });

  it.each([0, POLLIN, POLLOUT, POLLPRI])("an error is reported unasked (0x%x)", async (events) => {
    using bench = await Bench.open(options);
    using poll = new Poll(bench.core);
    const [listener] = await bench.connection();
    const address = listener.localAddress!;
    listener.close();
    const refused = Socket.connect(bench.core, address);
    poll.register(refused, events);
    const [[fd, revents]] = blocks ? poll.pollSync() : await poll.poll();
    expect([fd, revents & POLLERR]).toEqual([refused.fd, POLLERR]);
  });
});
