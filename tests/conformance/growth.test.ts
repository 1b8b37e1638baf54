/**
 * Wakeups while a table or the memory grows: data for an earlier watch arrives after every look of an ADD, and after
 * ADD itself. Growing detaches all of the host's views of memory.
 */
import { afterEach, describe, expect, it } from "vitest";
import {
  EPOLL_CTL_ADD as ADD,
  Core,
  Epoll,
  EpollEvents,
  EPOLLET as ET,
  EPOLLIN as IN,
  Socket,
} from "../../src/index.ts";
import { bytes } from "./beside-kernel.ts";

let core: Core;
afterEach(() => core.dispose());

/** One of the first `count` numbers, a different one for each count. */
const spread = (count: number) => Math.floor(((count * 0.618_034) % 1) * count);

/** The descriptors that a wait reported, and those that got data. */
async function grow(driver: string, watched: number, edgeSource: boolean, flags: number) {
  core = await Core.open({ driver, edgeSource });
  const pairs = Array.from({ length: watched }, () => Socket.pair(core));
  const epoll = new Epoll(core);
  const events = new EpollEvents(core, watched);
  const pages = () => core.exports.memory.buffer.byteLength / 65_536;
  const before = pages();
  const sent = new Set<number>();
  let added = 0;
  const send = () => {
    const [end, peer] = pairs[spread(added)];
    if (added === 0 || sent.has(end.fd)) return;
    sent.add(end.fd);
    peer.send(bytes(1));
  };
  const { poll } = core.driver;
  core.driver.poll = (fds, count, timeout, edges) => {
    const ready = poll.call(core.driver, fds, count, timeout, edges);
    send();
    return ready;
  };
  for (; added < watched; added++) {
    epoll.ctl(ADD, pairs[added][0], IN | flags);
    send(); // over levels ADD makes no look
  }
  core.driver.poll = poll;
  expect(pages()).toBeGreaterThan(before);
  const count = epoll.waitSync(events, 0);
  const reported = Array.from({ length: count }, (_, index) => events.fd(index));
  return { reported, sent };
}

describe.each([
  ["posix", 450],
  ["simulated", 20_000],
])("on the %s driver, with %i watched,", (driver, watched) => {
  it.each([
    ["over the ready file", true, "level", 0],
    ["over the ready file", true, "edge", ET],
    ["over levels", false, "level", 0],
    ["over levels", false, "edge", ET],
  ])("%s (%s): a %s-triggered watch reports once what came meanwhile", async (_, edgeSource, __, flags) => {
    const { reported, sent } = await grow(driver, watched, edgeSource, flags);
    expect(sent.size).toBeGreaterThan(watched / 10);
    expect(new Set(reported)).toEqual(sent);
    expect(reported).toHaveLength(sent.size);
  });
});
