/** What the page's waits report, compared with the kernel's epoll on the same calls. `POLLUX_SEED=n` repeats a run. */
import { env } from "node:process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { INSTANCE_FD_BASE } from "../../assembly/abi/epoll.ts";
import { LESSONS } from "../../site/lessons/index.ts";
import type { Action } from "../../site/session/actions.ts";
import { Session } from "../../site/session/session.ts";
import { EPOLLET, EPOLLIN, EPOLLONESHOT } from "../../src/index.ts";
import { core } from "./core-module.ts";
import { HAS_KERNEL, isComparable, replayOnKernel } from "./kernel-replay.ts";
import { actions } from "./random-actions.ts";

const [LEVEL, EDGE] = [INSTANCE_FD_BASE, INSTANCE_FD_BASE + 1];

/** Buffers in which all sends of a session fit, as they fit in the kernel's. */
async function sessionOf(list: readonly Action[]): Promise<Session> {
  const session = await Session.open(core, { bufferSize: 65_536 });
  for (const action of list) session.act(action);
  return session;
}

describe.runIf(HAS_KERNEL)("beside the kernel", () => {
  it("level and edge on the same input are reported as the kernel reports them", async () => {
    const waits: Action[] = [LEVEL, EDGE].map((ep) => ({ call: "epoll_wait", ep, most: 8, timeout: 0 }));
    using session = await sessionOf([
      { call: "listen" },
      { call: "connect", fd: 3 },
      { call: "accept", fd: 3 },
      { call: "epoll_create" },
      { call: "epoll_create" },
      { call: "epoll_ctl", ep: LEVEL, op: "add", fd: 4, events: EPOLLIN },
      { call: "epoll_ctl", ep: EDGE, op: "add", fd: 4, events: EPOLLIN | EPOLLET },
      { call: "client_send", client: 1, length: 10 },
      ...waits,
      ...waits,
      { call: "recv", fd: 4, length: 4 },
      ...waits,
      { call: "client_send", client: 1, length: 1 },
      ...waits,
      { call: "recv", fd: 4 },
      ...waits,
    ]);
    const reported = session.log
      .filter(({ action }) => action.call === "epoll_wait")
      .map(({ outcome }) => outcome.events!.length);
    expect(reported).toEqual([1, 1, 1, 0, 1, 0, 1, 1, 0, 0]);
    expect(replayOnKernel(session.log)).toEqual([]);
  });

  it.each(LESSONS.filter(({ actions }) => actions.every(isComparable)).map((lesson) => [lesson.id, lesson] as const))(
    "the lesson %s shows what the kernel reports",
    async (_, { actions, network }) => {
      using session = await Session.open(core, network);
      for (const action of actions) session.act(action);
      expect(replayOnKernel(session.log)).toEqual([]);
    },
  );

  it("finds a step in which a log is not the kernel's", async () => {
    using session = await sessionOf([
      { call: "listen" },
      { call: "connect", fd: 3 },
      { call: "epoll_create" },
      { call: "epoll_ctl", ep: LEVEL, op: "add", fd: 3, events: EPOLLIN | EPOLLONESHOT },
      { call: "epoll_wait", ep: LEVEL, most: 8, timeout: 0 },
      { call: "epoll_wait", ep: LEVEL, most: 8, timeout: 0 },
    ]);
    const wrong = session.log.map((entry) =>
      entry.step === 6 ? { ...entry, outcome: session.log[4].outcome } : entry,
    );
    expect(replayOnKernel(session.log)).toEqual([]);
    expect(replayOnKernel(wrong).map(({ step }) => step)).toEqual([6]);
  });

  it("any session's waits and errors are the kernel's", async () => {
    const seed = env.POLLUX_SEED === undefined ? Date.now() & 0x7fff_ffff : Number(env.POLLUX_SEED);
    let waits = 0;
    await fc.assert(
      fc.asyncProperty(actions, async (list) => {
        using session = await sessionOf(list.filter(isComparable));
        waits += session.log.filter(({ outcome }) => (outcome.events?.length ?? 0) > 0).length;
        expect(replayOnKernel(session.log)).toEqual([]);
      }),
      { numRuns: 150, seed },
    );
    expect(waits).toBeGreaterThan(50);
  });
});
