/** Sessions: the real core.wasm, its state read from linear memory, and steps in both directions. */
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { INSTANCE_FD_BASE } from "../../assembly/abi/epoll.ts";
import type { Action } from "../../site/session/actions.ts";
import { MAX_STEPS } from "../../site/session/limits.ts";
import { Session } from "../../site/session/session.ts";
import type { Snapshot, WatchState } from "../../site/session/snapshot.ts";
import { EPOLLERR, EPOLLET, EPOLLEXCLUSIVE, EPOLLHUP, EPOLLIN, EPOLLONESHOT, EPOLLOUT } from "../../src/index.ts";
import { core } from "./core-module.ts";
import { actions } from "./random-actions.ts";

const [EP1, EP2, EP3] = [INSTANCE_FD_BASE, INSTANCE_FD_BASE + 1, INSTANCE_FD_BASE + 2];
const EDGE = (EPOLLIN | EPOLLET) >>> 0;

/** Descriptor 3 listens, client 1 is connected, and descriptor 4 is its connection. */
async function connected(...more: Action[]): Promise<Session> {
  const session = await Session.open(core);
  for (const action of [
    { call: "listen" },
    { call: "connect", fd: 3 },
    { call: "accept", fd: 3 },
    { call: "epoll_create" },
    { call: "epoll_create" },
    ...more,
  ] satisfies Action[]) {
    session.act(action);
  }
  return session;
}

const watch = (snapshot: Snapshot, ep: number, fd = 4): WatchState =>
  snapshot.instances.find((instance) => instance.ep === ep)!.watches.find((one) => one.fd === fd)!;
const add = (ep: number, events: number, fd = 4): Action => ({ call: "epoll_ctl", ep, op: "add", fd, events });
const wait = (ep: number, timeout = 0): Action => ({ call: "epoll_wait", ep, most: 8, timeout });

describe("one socket in a level-triggered and an edge-triggered instance", () => {
  it("are queued by an arrival, and part after the first wait", async () => {
    using session = await connected(add(EP1, EPOLLIN), add(EP2, EDGE));
    expect(watch(session.snapshot(), EP1)).toMatchObject({
      state: "idle",
      why: "waiting",
      trigger: "level",
      place: -1,
    });
    session.act({ call: "client_send", client: 1, length: 12 });
    for (const ep of [EP1, EP2]) {
      expect(watch(session.snapshot(), ep)).toMatchObject({ state: "queued", why: "wakeup", place: 0 });
    }
    expect(session.act(wait(EP1)).events).toEqual([{ fd: 4, events: EPOLLIN }]);
    expect(watch(session.snapshot(), EP1)).toMatchObject({ state: "queued", why: "level", delivered: true });
    expect(session.act(wait(EP2)).events).toEqual([{ fd: 4, events: EPOLLIN }]);
    expect(watch(session.snapshot(), EP2)).toMatchObject({ state: "idle", why: "edge-delivered", delivered: true });
    session.act({ call: "recv", fd: 4, length: 4 });
    expect(watch(session.snapshot(), EP1)).toMatchObject({ state: "queued", why: "queued", delivered: false });
    // Eight bytes are there, and an edge-triggered program that waits now sleeps.
    expect(watch(session.snapshot(), EP2)).toMatchObject({
      state: "idle",
      why: "unread",
      readiness: expect.any(Number),
    });
    expect(session.act(wait(EP1)).value).toBe(1);
    expect(session.act(wait(EP2, -1)).asleep).toBe(1);
  });

  it("a level that was drained is dropped in its turn", async () => {
    using session = await connected(add(EP1, EPOLLIN), { call: "client_send", client: 1, length: 4 }, wait(EP1));
    session.act({ call: "recv", fd: 4 });
    session.act({ call: "recv", fd: 4 });
    expect(watch(session.snapshot(), EP1).why).toBe("known-empty");
    expect(session.act(wait(EP1)).value).toBe(0);
    expect(watch(session.snapshot(), EP1)).toMatchObject({ state: "idle", why: "dropped" });
  });

  it("a one-shot falls silent, and MOD revives it", async () => {
    const oneshot = EPOLLIN | EPOLLONESHOT;
    using session = await connected(add(EP1, oneshot), { call: "client_send", client: 1, length: 4 }, wait(EP1));
    expect(watch(session.snapshot(), EP1)).toMatchObject({ state: "silent", why: "oneshot", oneshot: true });
    session.act({ call: "epoll_ctl", ep: EP1, op: "mod", fd: 4, events: oneshot });
    expect(watch(session.snapshot(), EP1)).toMatchObject({ state: "queued", why: "ready-at-ctl" });
  });
});

describe("a wait that sleeps", () => {
  it("returns in a step of its own, after the step in which something happens", async () => {
    using session = await connected(add(EP1, EPOLLIN), wait(EP1, -1));
    expect(session.snapshot().sleepers).toMatchObject([{ sleeper: 1, step: 7 }]);
    expect(session.snapshot().instances[0].sleepers).toEqual([1]);
    session.act({ call: "client_send", client: 1, length: 1 });
    expect(session.log.slice(-2).map(({ action }) => action.call)).toEqual(["client_send", "wake"]);
    expect(session.snapshot().delivered).toEqual([{ fd: 4, events: EPOLLIN }]);
    expect(session.snapshot().sleepers).toEqual([]);
    const between = await session.goTo(8);
    expect(watch(between, EP1)).toMatchObject({ state: "queued" });
    expect(between.sleepers).toHaveLength(1);
  });

  it("returns 0 when its time is up", async () => {
    using session = await connected(wait(EP1, 10));
    expect(session.untilNext).toBeCloseTo(10);
    session.act({ call: "advance", ms: 9 });
    expect(session.snapshot().sleepers).toHaveLength(1);
    session.act({ call: "advance", ms: 1 });
    expect(session.log.at(-1)).toMatchObject({
      action: { call: "wake", sleeper: 1 },
      outcome: { value: 0, events: [] },
    });
  });

  it("of several instances that watch a listener, an arrival wakes all, or one if they are exclusive", async () => {
    for (const [flags, woken] of [
      [0, 2],
      [EPOLLEXCLUSIVE, 1],
    ]) {
      using session = await connected();
      for (const ep of [EP1, EP2]) {
        session.act(add(ep, EPOLLIN | flags, 3));
        session.act(wait(ep, -1));
      }
      session.act({ call: "connect", fd: 3 });
      expect(session.log.filter(({ action }) => action.call === "wake")).toHaveLength(woken);
    }
  });

  it.each<[string, Action]>([
    ["poll", { call: "poll", fds: [[4, 1]], timeout: -1 }],
    ["select", { call: "select", readers: [4], writers: [], timeout: -1 }],
  ])("%s sleeps and wakes too", async (_, sleep) => {
    using session = await connected(sleep);
    expect(session.snapshot().sleepers).toHaveLength(1);
    session.act({ call: "client_send", client: 1, length: 1 });
    expect(session.log.at(-1)!.outcome).toMatchObject({ value: 1, events: [{ fd: 4, events: 1 }] });
  });
});

describe("sockets", () => {
  it("have their buffers, and what is in them", async () => {
    using session = await connected({ call: "client_send", client: 1, length: 5 });
    const [listener, stream] = session.snapshot().sockets;
    expect(listener).toMatchObject({ fd: 3, kind: "listener", receive: { length: 0 } });
    expect(stream).toMatchObject({
      fd: 4,
      client: 1,
      receive: { length: 5, capacity: 64 },
      ended: false,
      reset: false,
    });
    expect(new TextDecoder().decode(stream.content)).toBe("abcde");
  });

  it("a flood fills the receive buffer and the client's send buffer", async () => {
    using session = await connected();
    expect(session.act({ call: "client_flood", client: 1 }).value).toBe(128);
    const { sockets, clients } = session.snapshot();
    expect(sockets[1].receive.length).toBe(64);
    expect(clients[0].send.length).toBe(64);
    session.act({ call: "recv", fd: 4 });
    expect(session.snapshot().clients[0].send.length).toBe(0);
  });

  it("a client that stops reading lets the server's buffers fill up", async () => {
    using session = await connected({ call: "client_reads", client: 1, on: false });
    expect(session.act({ call: "send", fd: 4, length: 200 }).value).toBe(128);
    expect(session.act({ call: "send", fd: 4, length: 1 }).errno).toBe("EAGAIN");
    expect(session.snapshot().sockets[1].send.length).toBe(64);
    session.act({ call: "client_reads", client: 1, on: true });
    expect(session.snapshot()).toMatchObject({ clients: [{ taken: 128 }] });
    expect(session.snapshot().sockets[1].send.length).toBe(0);
  });

  it("a half-close and a reset are told apart", async () => {
    using half = await connected({ call: "client_shutdown", client: 1 });
    expect(half.snapshot().sockets[1]).toMatchObject({ ended: true, reset: false });
    expect(half.act({ call: "recv", fd: 4 }).value).toBe(0);
    using reset = await connected({ call: "client_reset", client: 1 });
    expect(reset.snapshot().sockets[1]).toMatchObject({ reset: true });
    expect(reset.act({ call: "recv", fd: 4 }).errno).toBe("ECONNRESET");
  });

  it("wrong calls give their errno and change nothing", async () => {
    using session = await connected();
    const errno = (action: Action) => session.act(action).errno;
    expect(errno({ call: "recv", fd: 99 })).toBe("EBADF");
    expect(errno({ call: "accept", fd: 4 })).toBe("EINVAL");
    expect(errno({ call: "recv", fd: 4 })).toBe("EAGAIN");
    expect(errno({ call: "client_send", client: 9, length: 1 })).toBe("EBADF");
    expect(errno(wait(EP3))).toBe("EBADF");
    expect(errno({ call: "epoll_wait", ep: EP1, most: 0, timeout: 0 })).toBe("EINVAL");
    expect(errno(add(EP1, EPOLLIN, EP1))).toBe("EINVAL");
    expect(session.act(add(EP1, EPOLLIN)).value).toBe(0);
    expect(errno(add(EP1, EPOLLIN))).toBe("EEXIST");
    expect(errno({ call: "wake", sleeper: 1 })).toBe("ESRCH");
  });
});

describe("linear memory", () => {
  it("marks the bytes that a step has changed, and names their fields", async () => {
    using session = await connected(add(EP1, EPOLLIN));
    session.act({ call: "client_send", client: 1, length: 1 });
    const { regions } = session.snapshot().memory;
    const region = regions.find(({ structure }) => structure === "Watch")!;
    expect(region).toMatchObject({ fd: 4, ep: EP1, address: watch(session.snapshot(), EP1).address });
    const changed = region.fields.filter((field) => field.changed).map(({ name }) => name);
    expect(changed).toContain("state");
    expect(changed).not.toContain("fd");
    const instance = regions.find(({ structure }) => structure === "Instance")!;
    expect(instance.fields.find(({ name }) => name === "readyHead")!.to).toBe(region.address);
  });

  it("shows what a wait wrote", async () => {
    using session = await connected(add(EP1, EPOLLIN), { call: "client_send", client: 1, length: 1 }, wait(EP1));
    const event = session.snapshot().memory.regions.find(({ structure }) => structure === "epoll_event")!;
    expect(event.fields.map(({ value }) => value)).toEqual([EPOLLIN, 4, "4"]);
  });
});

describe("any session", () => {
  it("its ready lists, read from memory, are what the next waits report, in their order", async () => {
    await fc.assert(
      fc.asyncProperty(actions, async (list) => {
        using session = await Session.open(core);
        for (const action of list) session.act(action);
        const { instances } = session.snapshot();
        for (const { ep, watches, sleepers } of instances) {
          // A wait would tell a sleeper's events to another caller.
          if (sleepers.length > 0) continue;
          const due = watches
            .filter(({ state }) => state === "queued")
            .sort((one, other) => one.place - other.place)
            .map(({ fd, interest, readiness }) => ({ fd, events: readiness & (interest | EPOLLERR | EPOLLHUP) }))
            .filter(({ events }) => events !== 0);
          expect(session.act({ call: "epoll_wait", ep, most: 64, timeout: 0 }).events).toEqual(due);
          // Another instance may be nested in it: its watches may have been dropped by the look.
          await session.goTo(session.step - 1);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("an edge-triggered watch with unread data is not reported, and a level-triggered one is", async () => {
    await fc.assert(
      fc.asyncProperty(actions, async (list) => {
        using session = await Session.open(core);
        for (const action of list) session.act(action);
        for (const { ep, watches, sleepers } of session.snapshot().instances) {
          if (sleepers.length > 0) continue;
          const reported = session.act({ call: "epoll_wait", ep, most: 64, timeout: 0 }).events!.map(({ fd }) => fd);
          for (const { why, fd, trigger, nested, readiness, interest, state } of watches) {
            if (why === "unread") expect(reported).not.toContain(fd);
            const ready = (readiness & (interest | EPOLLERR | EPOLLHUP)) !== 0;
            if (trigger === "level" && ready && !nested && state !== "silent") expect(reported).toContain(fd);
          }
          await session.goTo(session.step - 1);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("replays to the same snapshots, back and forth", async () => {
    await fc.assert(
      fc.asyncProperty(actions, fc.infiniteStream(fc.nat()), async (list, jumps) => {
        using session = await Session.open(core, { seed: 7, latencyMs: 2 });
        const seen: Snapshot[] = [session.snapshot()];
        for (const action of list) {
          session.act(action);
          seen[session.step] = session.snapshot();
        }
        for (const [, jump] of [...Array(4)].map((_, index) => [index, jumps.next().value!])) {
          const step = jump % (session.steps.length + 1);
          const snapshot = await session.goTo(step);
          if (seen[step] !== undefined) expect({ ...snapshot, steps: 0 }).toEqual({ ...seen[step], steps: 0 });
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("steps", () => {
  it("an action after going back cuts off the later steps", async () => {
    using session = await connected(add(EP1, EPOLLIN));
    await session.goTo(5);
    session.act(add(EP1, EPOLLOUT));
    expect(session.steps).toHaveLength(6);
    expect(watch(session.snapshot(), EP1).interest).toBe(EPOLLOUT);
  });

  it("calls of goTo while one is on its way end at the last one", async () => {
    using session = await connected(add(EP1, EPOLLIN));
    const [, , last] = await Promise.all([session.goTo(2), session.goTo(6), session.goTo(4)]);
    expect(last.step).toBe(4);
    expect(session.step).toBe(4);
    await expect(session.goTo(7)).rejects.toThrow(RangeError);
  });

  it("finds the nearest event in both directions", async () => {
    using session = await connected(
      add(EP1, EPOLLIN),
      { call: "client_send", client: 1, length: 1 },
      wait(EP1),
      wait(EP1),
    );
    await session.goTo(1);
    expect(session.find(1, ({ outcome }) => (outcome.events?.length ?? 0) > 0)).toBe(8);
    expect(session.find(-1, ({ action }) => action.call === "listen")).toBe(-1);
    await session.goTo(9);
    expect(session.find(-1, ({ action }) => action.call === "listen")).toBe(1);
  });

  it("end at the limit", async () => {
    using session = await Session.open(core);
    for (let step = 0; step < MAX_STEPS; step++) session.act({ call: "advance", ms: 0 });
    expect(session.act({ call: "listen" })).toEqual({ value: -1, errno: "EOVERFLOW" });
    expect(session.steps).toHaveLength(MAX_STEPS);
  });
});

it("without memory for another world, going back fails, and the session stays where it is", async () => {
  using session = await connected(add(EP1, EPOLLIN));
  const before = session.snapshot();
  const message = "WebAssembly.instantiate(): Out of memory: Cannot allocate Wasm memory for new instance";
  vi.spyOn(WebAssembly, "instantiate").mockRejectedValueOnce(new RangeError(message));
  await expect(session.goTo(2)).rejects.toMatchObject({ code: "ENOMEM" });
  expect(session.snapshot()).toBe(before);
  expect((await session.goTo(2)).step).toBe(2);
  await session.goTo(6);
  expect(session.act({ call: "client_send", client: 1, length: 1 }).value).toBe(1);
});

it("60,000 idle connections are 60 steps, and the active one is found among them", async () => {
  using session = await connected(add(EP1, EDGE));
  for (let made = 0; made < 60; made++) expect(session.act({ call: "crowd", count: 1000, ep: EP1 }).value).toBe(1000);
  expect(session.act({ call: "crowd", count: 1, ep: EP1 }).errno).toBe("EMFILE");
  session.act({ call: "client_send", client: 1, length: 1 });
  const { instances, crowd, sockets } = session.snapshot();
  expect(crowd).toBe(60_000);
  expect(sockets).toHaveLength(2);
  expect(instances[0]).toMatchObject({ ready: [4], readyCount: 1, watchCount: 60_001, watches: [{ fd: 4 }] });
  expect(session.act(wait(EP1)).events).toEqual([{ fd: 4, events: EPOLLIN }]);
});
