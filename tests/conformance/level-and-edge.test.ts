/**
 * What the seed says of epoll, sentence by sentence, in our translation: the 100 connections of which one or two have data,
 * level-triggered and edge-triggered, and the 60,000. Each call is made beside the kernel's, on the same TCP connections;
 * but for the last one, whose connections are simulated, because there are more than a machine grants.
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
  Socket,
} from "../../src/index.ts";
import { bytes, Pair } from "./beside-kernel.ts";

const CONNECTIONS = 100;
/** The two that are active, by their numbers, which are also the user data of their watches. */
const ACTIVE = [17, 64];

let core: Core;
/** What "the user" serves, and who sends. */
let users: Socket[];
let senders: Socket[];

beforeEach(async () => {
  core = await Core.open();
  const listener = Socket.listen(core, "127.0.0.1:0");
  [users, senders] = [[], []];
  while (users.length < CONNECTIONS) {
    senders.push(Socket.connect(core, listener.localAddress!));
    let accepted: Socket | undefined;
    while ((accepted = listener.accept()) === undefined);
    users.push(accepted);
  }
});
afterEach(() => core.dispose());

/** An epoll instance, ours and the kernel's, that watches all connections. */
function watchAll(trigger: number): Pair {
  const epoll = new Pair(core);
  for (const [index, user] of users.entries()) epoll.ctl(ADD, user, IN | trigger, index);
  return epoll;
}

const send = (indices: readonly number[], length: number) => {
  for (const index of indices) expect(senders[index].send(bytes(length))).toBe(length);
};
const told = (indices: readonly number[]) => indices.map((index) => [index, IN]);

it("if 100 sockets are given to the kernel to watch, and one of the 100 becomes active, it tells the user which one has data, and the user goes straight to that one", () => {
  const epoll = watchAll(0);
  expect(epoll.wait()).toEqual([]);
  for (const index of [99, 0, 42]) {
    send([index], 5);
    const [[which]] = epoll.wait();
    expect(which).toBe(index);
    expect(users[which].recv(bytes(8))).toBe(5);
    expect(epoll.wait()).toEqual([]);
  }
});

describe("level-triggered means: two of 100 connections have data and are active, the kernel returns that to the user's program, but the user is busy with something else, and does not get round to fetching it", () => {
  it("then the data is still in the kernel, and the next time this connection is watched and reported again", () => {
    const epoll = watchAll(0);
    send(ACTIVE, 8);
    for (let waits = 0; waits < 10; waits++) expect(epoll.wait()).toEqual(told(ACTIVE));
  });

  it("unless the user fetches it by himself: only then it is copied to him", () => {
    const epoll = watchAll(0);
    send(ACTIVE, 8);
    const [first, second] = ACTIVE;
    expect(users[first].recv(bytes(5))).toBe(5);
    expect(epoll.wait()).toEqual(told(ACTIVE)); // some is left
    expect(users[first].recv(bytes(64))).toBe(3);
    expect(epoll.wait()).toEqual(told([second]));
    expect(users[second].recv(bytes(64))).toBe(8);
    expect(epoll.wait()).toEqual([]);
  });
});

describe("edge-triggered means: if data has come, the user is told that it is ready and can be fetched", () => {
  it("if he does not fetch it, it stays stored in the kernel, but the next time he is not told again", () => {
    const epoll = watchAll(ET);
    send(ACTIVE, 8);
    expect(epoll.wait()).toEqual(told(ACTIVE));
    for (let waits = 0; waits < 10; waits++) expect(epoll.wait()).toEqual([]);
  });

  it("he is told again when more arrives, though nothing was read", () => {
    const epoll = watchAll(ET);
    send(ACTIVE, 8);
    expect(epoll.wait()).toEqual(told(ACTIVE));
    const [first, second] = ACTIVE;
    for (const again of [first, second, first]) {
      send([again], 1);
      expect(epoll.wait()).toEqual(told([again]));
      expect(epoll.wait()).toEqual([]);
    }
  });

  it("'so for the user the data is gone': for who waits to be told; who reads has all of it", () => {
    const epoll = watchAll(ET);
    const [first] = ACTIVE;
    send([first], 8);
    expect(epoll.wait()).toEqual(told([first]));
    expect(epoll.wait()).toEqual([]);
    expect(users[first].recv(bytes(64))).toBe(8);
    expect(users[first].recv(bytes(64))).toBe(AGAIN);
    expect(epoll.wait()).toEqual([]);
  });
});

it("if two of 60,000 connections are active, only those two need be gone through", async () => {
  const MANY = 60_000;
  using many = await Core.open({ driver: "simulated", maxDescriptors: 2 * MANY + 16 });
  const pairs = Array.from({ length: MANY }, () => Socket.pair(many));
  using epoll = new Epoll(many);
  const events = new EpollEvents(many, MANY);
  for (const [user] of pairs) epoll.ctl(ADD, user, IN);
  for (const active of [[3, MANY - 1], [30_000, 30_001], [3]]) {
    for (const index of active) pairs[index][1].send(bytes(8));
    const count = epoll.waitSync(events, 0);
    const found = Array.from({ length: count }, (_, index) => events.fd(index));
    expect(found).toEqual(active.map((index) => pairs[index][0].fd));
    for (const index of active) expect(pairs[index][0].recv(bytes(64))).toBe(8);
  }
  expect(epoll.waitSync(events, 0)).toBe(0);
});
