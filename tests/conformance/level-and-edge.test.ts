/**
 * Level- and edge-triggered epoll with 100 connections, one or two of them with data, and with 60,000. Each call is
 * compared with the kernel's on the same TCP connections. The 60,000 are simulated, because a machine does not allow
 * that many.
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
/** The two active ones, by their numbers, which are also the user data of their watches. */
const ACTIVE = [17, 64];

let core: Core;
/** The watched sockets and their peers. */
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

it("if one of 100 watched sockets becomes active, the wait reports that one", () => {
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

describe("level-triggered: two of 100 connections have data that the program does not read", () => {
  it("the data stays in the kernel, and the next wait reports the connections again", () => {
    const epoll = watchAll(0);
    send(ACTIVE, 8);
    for (let waits = 0; waits < 10; waits++) expect(epoll.wait()).toEqual(told(ACTIVE));
  });

  it("until the program reads the data", () => {
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

describe("edge-triggered: arriving data is reported once", () => {
  it("unread data stays in the kernel, but the next wait does not report it", () => {
    const epoll = watchAll(ET);
    send(ACTIVE, 8);
    expect(epoll.wait()).toEqual(told(ACTIVE));
    for (let waits = 0; waits < 10; waits++) expect(epoll.wait()).toEqual([]);
  });

  it("new data behind unread data is reported", () => {
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

  it("a program that reads gets all data, reported or not", () => {
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

it("if two of 60,000 connections are active, the wait handles only those two", async () => {
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
