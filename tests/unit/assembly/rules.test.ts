/**
 * The 19 rules of epoll, on the engine alone over a fake source. `npm run mutate -- rules` breaks each clause of
 * assembly/engine/rules.ts and expects a test that is named after its rule to fail.
 */
import { beforeEach, describe, expect, inject, it } from "vitest";
import { EBADF, EEXIST, EINVAL, EIO, ELOOP, ENOENT, ENOMEM, EPERM } from "../../../assembly/abi/errno.ts";
import {
  EPOLLERR as ERR,
  EPOLLET as ET,
  EPOLLEXCLUSIVE as EXCLUSIVE,
  EPOLLHUP as HUP,
  EPOLLIN as IN,
  EPOLLONESHOT as ONESHOT,
  EPOLLOUT as OUT,
  EPOLLPRI as PRI,
  EPOLLRDHUP as RDHUP,
  EPOLLRDNORM as RDNORM,
} from "../../../assembly/abi/events.ts";
import { Engine } from "./engine.ts";
import { FakeSource } from "./fake-source.ts";

const mutant = inject("mutant");
const MILLISECOND = 1e6;

let source: FakeSource;
let engine: Engine;
let epoll: number;

beforeEach(() => {
  source = new FakeSource();
  engine = new Engine(source, mutant);
  epoll = engine.create();
});

/** Opens a descriptor and watches it. */
function watch(fd: number, events: number, readiness = 0, instance = epoll): number {
  source.open(fd, readiness);
  expect(engine.add(instance, fd, events)).toBe(0);
  return fd;
}

describe("rule 1: a watch is an instance and a descriptor", () => {
  it("a second ADD of the pair is EEXIST", () => {
    watch(5, IN);
    expect(engine.add(epoll, 5, OUT)).toBe(-EEXIST);
  });

  it("each instance has its own watch on a descriptor", () => {
    watch(5, IN, IN | OUT);
    const other = engine.create();
    expect(engine.add(other, 5, OUT)).toBe(0);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
    expect(engine.ready(other)).toEqual([[5, OUT]]);
    expect(engine.remove(other, 5)).toBe(0);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
  });
});

describe("rule 2: closing a descriptor", () => {
  it("removes its watches, and the reused number gets no earlier event", () => {
    watch(5, IN | ET, IN);
    expect(engine.close(5)).toBe(0);
    source.open(5, IN);
    expect(engine.ready(epoll)).toEqual([]);
    expect(engine.remove(epoll, 5)).toBe(-ENOENT);
    expect(engine.add(epoll, 5, IN | ET)).toBe(0);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
  });
});

describe("rule 3: ADD and MOD look at the readiness", () => {
  it("a ready descriptor is queued by ADD", () => {
    watch(5, IN | ET, IN);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
  });

  it("MOD reports an edge again", () => {
    watch(5, IN | ET, IN);
    engine.ready(epoll);
    expect(engine.ready(epoll)).toEqual([]);
    engine.modify(epoll, 5, IN | ET);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
  });

  it("MOD arms a one-shot watch again", () => {
    watch(5, IN | ONESHOT, IN);
    engine.ready(epoll);
    engine.modify(epoll, 5, IN | ONESHOT);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
  });

  it("ADD of an instance looks at its watches", () => {
    watch(5, IN, IN);
    const outer = engine.create();
    expect(engine.add(outer, epoll, IN)).toBe(0);
    expect(engine.ready(outer)).toEqual([[epoll, IN]]);
  });

  it("MOD of an instance takes watches that are not ready off its list, also if it is queued or asks for no reading", () => {
    for (const [events, first, second] of [
      [IN, 5, 6],
      [OUT, 7, 8],
    ]) {
      const [outer, middle, inner] = [engine.create(), engine.create(), engine.create()];
      engine.add(outer, middle, IN);
      engine.add(middle, inner, IN | ET);
      source.open(first, IN);
      engine.add(inner, first, IN | ET);
      source.open(second, IN);
      engine.add(middle, second, IN | ET);
      engine.ready(inner);
      engine.modify(outer, middle, events);
      source.wake(first, IN);
      expect(engine.ready(middle).map(([fd]) => fd)).toEqual([second, inner]);
    }
  });
});

describe("rule 4: ERR and HUP", () => {
  it.each([
    ["ERR", ERR],
    ["HUP", HUP],
  ])("%s is always reported", (_name, bit) => {
    watch(5, OUT);
    source.wake(5, bit);
    expect(engine.ready(epoll)).toEqual([[5, bit]]);
  });
});

describe("rule 5: an event", () => {
  it("has the full readiness under the mask, not only what changed", () => {
    watch(5, IN | OUT | ET, OUT);
    expect(engine.ready(epoll)).toEqual([[5, OUT]]);
    source.wake(5, IN);
    expect(engine.ready(epoll)).toEqual([[5, IN | OUT]]);
  });
});

describe("rule 6: a watch that is no longer ready", () => {
  it("is not delivered", () => {
    watch(5, IN, IN);
    engine.ready(epoll);
    source.set(5, 0);
    expect(engine.ready(epoll)).toEqual([]);
  });

  it("does not end a wait that has time left", () => {
    watch(5, IN, IN);
    engine.ready(epoll);
    source.set(5, 0);
    watch(6, IN);
    source.after(3, () => source.wake(6, IN));
    expect(engine.wait(epoll, { timeout: 10 })).toEqual([{ fd: 6, events: IN, data: 0n }]);
  });
});

describe("rule 7: a level", () => {
  it("is delivered by each wait while it is ready", () => {
    watch(5, IN, IN);
    for (let wait = 0; wait < 3; wait++) expect(engine.ready(epoll)).toEqual([[5, IN]]);
    source.set(5, 0);
    expect(engine.ready(epoll)).toEqual([]);
  });

  it("goes back to the tail", () => {
    for (const fd of [5, 6, 7]) watch(fd, IN, IN);
    expect(engine.ready(epoll, 1)).toEqual([[5, IN]]);
    expect(engine.ready(epoll)).toEqual([6, 7, 5].map((fd) => [fd, IN]));
  });
});

describe("rule 8: an edge", () => {
  it("is delivered once", () => {
    watch(5, IN | ET, IN);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
    expect(engine.ready(epoll)).toEqual([]);
  });

  it("is reported again by new data behind unread data", () => {
    watch(5, IN | ET, IN);
    engine.ready(epoll);
    source.wake(5, IN);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
  });

  it("is not queued by a wakeup outside its mask", () => {
    watch(5, IN | ET, IN);
    engine.ready(epoll);
    source.wake(5, OUT);
    expect(engine.ready(epoll)).toEqual([]);
  });

  it("is one event for several wakeups before a wait", () => {
    watch(5, IN | ET);
    watch(6, IN | ET);
    source.wake(5, IN);
    engine.exports.pollux_take();
    source.wake(5, IN);
    source.wake(6, IN);
    expect(engine.ready(epoll)).toEqual([5, 6].map((fd) => [fd, IN]));
    expect(engine.ready(epoll)).toEqual([]);
  });
});

describe("rule 9: a one-shot watch", () => {
  it("is silent after its delivery, also about ERR and HUP", () => {
    watch(5, IN | ONESHOT, IN);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
    for (const bits of [IN, ERR, HUP]) source.wake(5, bits);
    expect(engine.ready(epoll)).toEqual([]);
  });

  it("stays registered", () => {
    watch(5, IN | ONESHOT, IN);
    engine.ready(epoll);
    expect(engine.add(epoll, 5, IN)).toBe(-EEXIST);
  });

  it("is revived by MOD", () => {
    watch(5, IN | ONESHOT);
    source.wake(5, IN);
    engine.ready(epoll);
    source.set(5, 0);
    engine.modify(epoll, 5, IN | ONESHOT);
    source.wake(5, IN);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
  });
});

describe("rule 10: more ready watches than room", () => {
  it("leaves the rest for the next wait", () => {
    for (const fd of [5, 6, 7]) watch(fd, IN | ET, IN);
    expect(engine.ready(epoll, 2)).toEqual([5, 6].map((fd) => [fd, IN]));
    expect(engine.ready(epoll, 2)).toEqual([[7, IN]]);
  });

  it("serves all of them in turn", () => {
    for (const fd of [5, 6, 7]) watch(fd, IN, IN);
    const served = Array.from({ length: 6 }, () => engine.ready(epoll, 1)[0][0]);
    expect(served).toEqual([5, 6, 7, 5, 6, 7]);
  });
});

describe("rule 11: an event is current", () => {
  beforeEach(() => {
    watch(5, IN, IN);
    engine.ready(epoll);
    expect(engine.isCurrent(epoll, 5)).toBe(true);
  });

  it("until its watch is removed", () => {
    engine.remove(epoll, 5);
    expect(engine.isCurrent(epoll, 5)).toBe(false);
  });

  it("until its watch is modified", () => {
    engine.modify(epoll, 5, IN);
    expect(engine.isCurrent(epoll, 5)).toBe(false);
  });

  it("until its descriptor is closed, although the number is watched again", () => {
    engine.close(5);
    watch(5, IN, IN);
    expect(engine.isCurrent(epoll, 5)).toBe(false);
  });
});

describe("rule 12: errors of epoll_ctl and epoll_wait", () => {
  it("DEL and MOD without a watch are ENOENT", () => {
    source.open(5);
    expect(engine.remove(epoll, 5)).toBe(-ENOENT);
    expect(engine.modify(epoll, 5, IN)).toBe(-ENOENT);
  });

  it("a closed descriptor is EBADF, whatever else is wrong", () => {
    expect(engine.add(epoll, 9, IN)).toBe(-EBADF);
    expect(engine.modify(epoll, 9, IN | EXCLUSIVE)).toBe(-EBADF);
    expect(engine.remove(epoll, 9)).toBe(-EBADF);
    expect(engine.waitFor(9)).toBe(-EBADF);
  });

  it("a wait for fewer than one event is EINVAL", () => {
    expect(engine.waitFor(epoll, { most: 0 })).toBe(-EINVAL);
    expect(engine.waitFor(epoll, { most: -1 })).toBe(-EINVAL);
  });

  it("a file is EPERM", () => {
    source.open(5, IN, { isFile: true });
    expect(engine.add(epoll, 5, IN)).toBe(-EPERM);
  });

  it("an instance that watches itself is EINVAL", () => {
    expect(engine.add(epoll, epoll, IN)).toBe(-EINVAL);
  });

  it("a circle of instances is ELOOP", () => {
    const inner = engine.create();
    expect(engine.add(epoll, inner, IN)).toBe(0);
    expect(engine.add(inner, epoll, IN)).toBe(-ELOOP);
  });

  it("a chain of instances with more than four links is ELOOP, at its top, in its middle and at its end", () => {
    const chain = (length: number) => {
      const instances = Array.from({ length: length + 1 }, () => engine.create());
      for (let link = 0; link < length; link++) expect(engine.add(instances[link], instances[link + 1], IN)).toBe(0);
      return instances;
    };
    const four = chain(4);
    expect(engine.add(engine.create(), four[0], IN)).toBe(-ELOOP);
    expect(engine.add(four[4], engine.create(), IN)).toBe(-ELOOP);
    const [two, other] = [chain(2), chain(2)];
    expect(engine.add(two[2], other[0], IN)).toBe(-ELOOP);
    expect(engine.add(two[1], other[0], IN)).toBe(0);
  });
});

describe("rule 13: EXCLUSIVE", () => {
  it("goes with IN, OUT and ET, and not with other flags", () => {
    watch(5, IN | OUT | ET | EXCLUSIVE);
    source.open(6);
    expect(engine.add(epoll, 6, IN | ONESHOT | EXCLUSIVE)).toBe(-EINVAL);
    expect(engine.add(epoll, 6, PRI | EXCLUSIVE)).toBe(-EINVAL);
  });

  it("is EINVAL for an instance", () => {
    expect(engine.add(epoll, engine.create(), IN | EXCLUSIVE)).toBe(-EINVAL);
  });

  it("is EINVAL in MOD, as is MOD of an exclusive watch", () => {
    watch(5, IN);
    expect(engine.modify(epoll, 5, IN | EXCLUSIVE)).toBe(-EINVAL);
    watch(6, IN | EXCLUSIVE);
    expect(engine.modify(epoll, 6, IN)).toBe(-EINVAL);
  });

  it("wakes one of several sleeping instances", () => {
    const others = [engine.create(), engine.create()];
    watch(5, IN | EXCLUSIVE);
    for (const other of others) engine.add(other, 5, IN | EXCLUSIVE);
    for (const instance of [epoll, ...others]) engine.exports.pollux_epoll_sleep(instance);
    source.wake(5, IN);
    engine.exports.pollux_take();
    expect([epoll, ...others].map((instance) => engine.ready(instance).length)).toEqual([1, 0, 0]);
  });

  it("queues the wakeup on all instances if none sleeps", () => {
    const other = engine.create();
    watch(5, IN | EXCLUSIVE);
    engine.add(other, 5, IN | EXCLUSIVE);
    source.wake(5, IN);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
    expect(engine.ready(other)).toEqual([[5, IN]]);
  });
});

describe("rule 14: an instance that another one watches", () => {
  let outer: number;
  beforeEach(() => {
    outer = engine.create();
    expect(engine.add(outer, epoll, IN)).toBe(0);
  });

  it("is readable while one of its watches is ready", () => {
    watch(5, IN, IN);
    expect(engine.ready(outer)).toEqual([[epoll, IN]]);
    source.set(5, 0);
    expect(engine.ready(outer)).toEqual([]);
  });

  it("keeps its edges when it is asked", () => {
    watch(5, IN | ET, IN);
    expect(engine.ready(outer)).toEqual([[epoll, IN]]);
    expect(engine.ready(outer)).toEqual([[epoll, IN]]);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
    expect(engine.ready(outer)).toEqual([]);
  });

  it("wakes a wait of the outer instance", () => {
    watch(5, IN);
    source.after(2, () => source.wake(5, IN));
    expect(engine.wait(outer, { timeout: 10 })).toMatchObject([{ fd: epoll, events: IN }]);
  });
});

describe("rule 15: a timeout", () => {
  it("of 0 does not sleep", () => {
    watch(5, IN);
    source.after(1, () => source.wake(5, IN));
    expect(engine.ready(epoll)).toEqual([]);
    expect(source.calls.sleep).toBe(0);
  });

  it("below 0 waits for ever", () => {
    watch(5, IN);
    source.after(100_000, () => source.wake(5, IN));
    expect(engine.wait(epoll, { timeout: -1 })).toHaveLength(1);
  });

  it("above 0 ends with nothing, and not early", () => {
    watch(5, IN);
    const began = source.now;
    expect(engine.wait(epoll, { timeout: 10 })).toEqual([]);
    expect(source.now - began).toBe(10 * MILLISECOND);
  });

  it("above 0 is kept although wakeups of other instances end the sleep", () => {
    watch(5, IN);
    watch(6, IN, 0, engine.create());
    for (const milliseconds of [2, 4]) source.after(milliseconds, () => source.wake(6, IN));
    const began = source.now;
    expect(engine.wait(epoll, { timeout: 10 })).toEqual([]);
    expect(source.now - began).toBe(10 * MILLISECOND);
  });
});

describe("rule 16: user data", () => {
  it("is 64 bits", () => {
    source.open(5, IN);
    engine.add(epoll, 5, IN, 0x8123_4567_89ab_cdefn);
    expect(engine.wait(epoll)[0].data).toBe(0x8123_4567_89ab_cdefn);
  });

  it("is replaced by MOD", () => {
    source.open(5, IN);
    engine.add(epoll, 5, IN, 1n);
    engine.modify(epoll, 5, IN, 2n);
    expect(engine.wait(epoll)[0].data).toBe(2n);
  });
});

describe("rule 17: the ends of a connection", () => {
  it.each([
    ["RDHUP when the peer ends its stream", IN | RDHUP, IN | RDHUP],
    ["HUP and RDHUP when both directions have ended", IN | OUT | RDHUP | HUP, IN | OUT | RDHUP | HUP],
    ["ERR and HUP after a reset", IN | OUT | ERR | HUP, IN | OUT | ERR | HUP],
  ])("are reported: %s", (_name, readiness, events) => {
    watch(5, IN | OUT | RDHUP);
    source.wake(5, readiness);
    expect(engine.ready(epoll)).toEqual([[5, events]]);
  });

  it("are reported without RDHUP if it was not asked for", () => {
    watch(5, IN);
    source.wake(5, IN | RDHUP);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
  });
});

describe("rule 18: the cost of a wait", () => {
  it("depends on ready watches, not on all watches", () => {
    for (let fd = 5; fd < 205; fd++) watch(fd, IN | RDNORM);
    const before = { ...source.calls };
    for (const fd of [10, 20, 30]) source.wake(fd, IN);
    expect(engine.ready(epoll)).toHaveLength(3);
    // The wakeups carry their readiness: the engine reads them, and makes no look.
    expect(source.calls.descriptors).toBe(before.descriptors);
    expect(source.calls.arm).toBe(before.arm);
  });

  it("is one look at a watch that is no longer ready", () => {
    for (let fd = 5; fd < 15; fd++) watch(fd, IN, IN);
    engine.ready(epoll);
    for (let fd = 5; fd < 15; fd++) source.set(fd, 0);
    const before = source.calls.descriptors;
    engine.ready(epoll);
    expect(source.calls.descriptors - before).toBe(10);
    engine.ready(epoll);
    expect(source.calls.descriptors - before).toBe(10);
  });

  it("is one call for the looks at many levels", () => {
    for (let fd = 5; fd < 105; fd++) watch(fd, IN, IN);
    engine.ready(epoll);
    const before = source.calls.look;
    expect(engine.ready(epoll)).toHaveLength(100);
    expect(source.calls.look - before).toBe(1);
  });
});

describe("rule 19: a failure of the source", () => {
  it("in a look is the wait's errno", () => {
    watch(5, IN, IN);
    engine.ready(epoll);
    source.errors.look = EIO;
    expect(engine.waitFor(epoll)).toBe(-EIO);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
  });

  it("in a sleep is the wait's errno", () => {
    watch(5, IN);
    source.errors.sleep = EIO;
    expect(engine.waitFor(epoll, { timeout: 10 })).toBe(-EIO);
  });

  it("in reading wakeups is the wait's errno, and loses no wakeup", () => {
    watch(5, IN | ET);
    source.wake(5, IN);
    source.errors.read = EIO;
    expect(engine.waitFor(epoll)).toBe(-EIO);
    expect(engine.ready(epoll)).toEqual([[5, IN]]);
  });

  it("in the clock is the wait's errno", () => {
    watch(5, IN);
    source.errors.clock = EIO;
    expect(engine.waitFor(epoll, { timeout: 10 })).toBe(-EIO);
    source.after(1, () => {
      source.errors.clock = EIO;
      source.wake(watchOfAnother, IN);
    });
    const watchOfAnother = watch(6, IN, 0, engine.create());
    expect(engine.waitFor(epoll, { timeout: 10 })).toBe(-EIO);
  });

  it("in arming is the errno of ADD, which adds nothing, and of MOD, which changes nothing", () => {
    source.open(5);
    source.errors.arm = ENOMEM;
    expect(engine.add(epoll, 5, IN)).toBe(-ENOMEM);
    expect(engine.remove(epoll, 5)).toBe(-ENOENT);
    watch(6, IN, IN);
    source.errors.arm = ENOMEM;
    expect(engine.modify(epoll, 6, OUT, 7n)).toBe(-ENOMEM);
    expect(engine.wait(epoll)).toEqual([{ fd: 6, events: IN, data: 0n }]);
  });

  it("does not make a wait without a sleep spin on watches that are woken and never ready", () => {
    for (let fd = 5; fd < 15; fd++) watch(fd, IN | ET);
    for (let fd = 5; fd < 15; fd++) source.wake(fd, IN);
    for (let fd = 5; fd < 15; fd++) source.set(fd, 0);
    engine.ready(epoll);
    expect(source.calls.look + source.calls.read).toBeLessThan(100);
  });
});
