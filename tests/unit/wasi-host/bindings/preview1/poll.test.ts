/** poll_oneoff: what subscriptions become for the driver, and what events are made of its answers. */
import { describe, expect, it } from "vitest";
import { Errno } from "../../../../../wasi-host/abi/errno.ts";
import { ERR, HUP, IN, OUT, RDHUP } from "../../../../../wasi-host/abi/readiness.ts";
import { poll } from "../../../../../wasi-host/bindings/preview1/poll.ts";
import { Wait } from "../../../../../wasi-host/waiting/wait.ts";
import { FakeDescriptor, FakeHost } from "./fake-host.ts";

const INPUT = 0;
const OUTPUT = 16_384;
const RESULT = 49_152;
const REALTIME = 0;
const MONOTONIC = 1;
const PAGE = 65_536;

interface Subscription {
  readonly read?: number;
  readonly write?: number;
  /** Nanoseconds. */
  readonly clock?: bigint;
  readonly id?: number;
  readonly absolute?: boolean;
  readonly tag?: number;
}

interface Event {
  readonly userdata: bigint;
  readonly error: number;
  readonly type: number;
  readonly nbytes: bigint;
  readonly flags: number;
}

function write({ memory }: FakeHost, subscriptions: readonly Subscription[], input = INPUT): void {
  for (const [index, { read, write, clock, id = MONOTONIC, absolute, tag }] of subscriptions.entries()) {
    const at = input + index * 48;
    memory.view.setBigUint64(at, 0xf000_0000_0000_0000n + BigInt(index), true);
    memory.view.setUint8(at + 8, tag ?? (clock !== undefined ? 0 : read !== undefined ? 1 : 2));
    memory.view.setUint32(at + 16, clock !== undefined ? id : (read ?? write ?? 0), true);
    memory.view.setBigUint64(at + 24, clock ?? 0n, true);
    memory.view.setUint16(at + 40, absolute ? 1 : 0, true);
  }
}

/** The errno, and the events by the place of their subscription. */
function call(host: FakeHost, subscriptions: readonly Subscription[]): { errno: number; events: Map<number, Event> } {
  write(host, subscriptions);
  const errno = poll(host.state).poll_oneoff(INPUT, OUTPUT, subscriptions.length, RESULT) as number;
  const { view } = host.memory;
  const count = errno === 0 ? view.getUint32(RESULT, true) : 0;
  const events = new Map<number, Event>();
  for (let at = OUTPUT; at < OUTPUT + count * 32; at += 32) {
    const userdata = view.getBigUint64(at, true);
    events.set(Number(userdata & 0xffffn), {
      userdata,
      error: view.getUint16(at + 8, true),
      type: view.getUint8(at + 10),
      nbytes: view.getBigUint64(at + 16, true),
      flags: view.getUint16(at + 24, true),
    });
  }
  return { errno, events };
}

const places = ({ events }: { events: Map<number, unknown> }) => [...events.keys()];

describe("the arguments of poll_oneoff", () => {
  it("no subscriptions are EINVAL", () => {
    expect(call(new FakeHost(), []).errno).toBe(Errno.INVAL);
  });

  it.each([
    ["subscriptions", [PAGE - 47, OUTPUT, 1, RESULT]],
    ["events", [INPUT, PAGE - 31, 1, RESULT]],
    ["the count", [INPUT, OUTPUT, 1, PAGE - 3]],
    ["subscriptions by their number", [INPUT, OUTPUT, 0x7fff_ffff, RESULT]],
    ["subscriptions at a pointer with the highest bit", [-48, OUTPUT, 1, RESULT]],
  ])("%s outside memory are EFAULT, without a sleep", (_what, args) => {
    const host = new FakeHost();
    expect(poll(host.state).poll_oneoff(...args)).toBe(Errno.FAULT);
    expect(host.polls).toEqual([]);
  });

  it("subscriptions can end at the end of memory", () => {
    const host = new FakeHost();
    write(host, [{ clock: 0n }], PAGE - 48);
    expect(poll(host.state).poll_oneoff(PAGE - 48, OUTPUT, 1, RESULT)).toBe(0);
  });

  it("an unknown kind of subscription is EINVAL for the call", () => {
    const host = new FakeHost();
    expect(call(host, [{ clock: 0n }, { tag: 3 }]).errno).toBe(Errno.INVAL);
  });

  it("events can overlap the subscriptions", () => {
    const host = new FakeHost();
    const fd = host.open(40);
    host.ready.set(40, IN);
    write(host, [{ read: fd }, { clock: 0n }, { write: fd }]);
    host.ready.set(40, IN | OUT);
    expect(poll(host.state).poll_oneoff(INPUT, INPUT, 3, RESULT)).toBe(0);
    expect(host.memory.view.getUint32(RESULT, true)).toBe(3);
  });
});

describe("descriptors", () => {
  it("are polled for IN and RDHUP to read, and for OUT to write", () => {
    const host = new FakeHost();
    const [one, other] = [host.open(40), host.open(41)];
    call(host, [{ read: one }, { write: other }, { clock: 0n }]);
    expect([...host.polls[0].asked]).toEqual([
      [40, IN | RDHUP],
      [41, OUT],
    ]);
  });

  it("that several subscriptions name are one entry for the driver", () => {
    const host = new FakeHost();
    const fd = host.open(40);
    call(host, [{ read: fd }, { write: fd }, { read: fd }, { clock: 0n }]);
    expect([...host.polls[0].asked]).toEqual([[40, IN | RDHUP | OUT]]);
  });

  it("that are ready get an event each, in subscription order, with user data and kind", () => {
    const host = new FakeHost();
    const fds = [40, 41, 42].map((handle) => host.open(handle));
    host.ready.set(40, IN).set(42, OUT);
    const { events } = call(host, [{ read: fds[0] }, { read: fds[1] }, { write: fds[2] }]);
    expect([...events.values()].map(({ userdata, type, error }) => [userdata, type, error])).toEqual([
      [0xf000_0000_0000_0000n, 1, 0],
      [0xf000_0000_0000_0002n, 2, 0],
    ]);
  });

  it("that are ready only for writing get no event for reading, and vice versa", () => {
    const host = new FakeHost();
    const [one, other] = [host.open(40), host.open(41)];
    host.ready.set(40, OUT).set(41, IN);
    expect(places(call(host, [{ read: one }, { write: one }, { read: other }, { write: other }]))).toEqual([1, 2]);
  });

  it("that failed are ready for both", () => {
    const host = new FakeHost();
    const fd = host.open(40);
    host.ready.set(40, ERR);
    expect(places(call(host, [{ read: fd }, { write: fd }]))).toEqual([0, 1]);
  });

  it.each([
    ["a hangup", HUP],
    ["an end of stream", RDHUP | IN],
  ])("have the flag hangup for %s", (_what, bits) => {
    const host = new FakeHost();
    const fd = host.open(40);
    host.ready.set(40, bits);
    expect(call(host, [{ read: fd }]).events.get(0)).toMatchObject({ flags: 1, nbytes: 0n });
  });

  it("report the number of readable bytes", () => {
    const host = new FakeHost();
    const fd = host.open(40);
    host.ready.set(40, IN);
    host.bytes.set(40, 12_345);
    expect(call(host, [{ read: fd }]).events.get(0)).toMatchObject({ nbytes: 12_345n, flags: 0 });
  });

  it("that are ready without bytes report 1: a listener with a connection", () => {
    const host = new FakeHost();
    const fd = host.open(40, "listener");
    host.ready.set(40, IN);
    expect(call(host, [{ read: fd }]).events.get(0)).toMatchObject({ nbytes: 1n });
  });

  it("that are not open get an event with EBADF; the others get their own", () => {
    const host = new FakeHost();
    const fd = host.open(40);
    host.ready.set(40, IN);
    const { events } = call(host, [{ read: 77 }, { read: fd }, { write: 78 }]);
    expect([...events.values()].map(({ error, type }) => [error, type])).toEqual([
      [Errno.BADF, 1],
      [0, 1],
      [Errno.BADF, 2],
    ]);
  });

  it("that are not open make the call return at once", () => {
    const host = new FakeHost();
    call(host, [{ read: 77 }, { read: host.open(40) }]);
    expect(host.polls.map(({ timeout }) => timeout)).toEqual([0]);
  });

  it("without a handle are always ready, with the remaining bytes", () => {
    const host = new FakeHost();
    const file = new FakeDescriptor(-1, "file");
    file.left = 99;
    const fd = host.descriptors.insert(file);
    const { events } = call(host, [{ read: fd }, { write: fd }]);
    expect([...events.values()].map(({ nbytes }) => nbytes)).toEqual([99n, 1n]);
  });

  it("of an earlier call are forgotten, and merge with nothing when subscribed again", () => {
    const host = new FakeHost();
    const [one, other] = [host.open(40), host.open(41)];
    host.ready.set(40, IN).set(41, IN);
    const { poll_oneoff } = poll(host.state);
    const reads = [[one, other], [other], [one]];
    const counts = reads.map((fds) => {
      write(
        host,
        fds.map((read) => ({ read })),
      );
      poll_oneoff(INPUT, OUTPUT, fds.length, RESULT);
      return host.memory.view.getUint32(RESULT, true);
    });
    expect([counts, host.polls.map(({ asked }) => [...asked.keys()])]).toEqual([
      [2, 1, 1],
      [[40, 41], [41], [40]],
    ]);
  });

  it("can number several hundred", () => {
    const host = new FakeHost();
    const fds = Array.from({ length: 300 }, (_, index) => host.open(1000 + index));
    host.ready.set(1000, IN).set(1299, IN);
    expect(
      places(
        call(
          host,
          fds.map((read) => ({ read })),
        ),
      ),
    ).toEqual([0, 299]);
  });
});

describe("clocks", () => {
  it("make the call sleep for the remaining time, then are reported", () => {
    const host = new FakeHost();
    const { events } = call(host, [{ clock: 500n }]);
    expect([host.polls.map(({ timeout }) => timeout), events.get(0)]).toEqual([
      [500],
      { userdata: 0xf000_0000_0000_0000n, error: 0, type: 0, nbytes: 0n, flags: 0 },
    ]);
  });

  it("end the sleep at the earliest time, and only that one is reported", () => {
    const host = new FakeHost();
    expect(places(call(host, [{ clock: 900n }, { clock: 500n }, { clock: 700n }]))).toEqual([1]);
    expect(host.polls[0].timeout).toBe(500);
  });

  it("that are due at the same time are reported together", () => {
    expect(places(call(new FakeHost(), [{ clock: 500n }, { clock: 500n }]))).toEqual([0, 1]);
  });

  it("are not reported if a descriptor is ready first", () => {
    const host = new FakeHost();
    const fd = host.open(40);
    host.ready.set(40, IN);
    expect(places(call(host, [{ clock: 500n }, { read: fd }]))).toEqual([1]);
  });

  it("are reported together with a descriptor if both are due", () => {
    const host = new FakeHost();
    const fd = host.open(40);
    host.ready.set(40, IN);
    expect(places(call(host, [{ clock: 0n }, { read: fd }]))).toEqual([0, 1]);
  });

  it("are never reported early: a sleep that ends early continues", () => {
    const host = new FakeHost();
    const timeouts: number[] = [];
    host.onSleep = (timeout) => {
      timeouts.push(timeout);
      host.now += timeouts.length === 1 ? 499n : BigInt(timeout);
      return undefined;
    };
    expect([places(call(host, [{ clock: 500n }])), timeouts]).toEqual([[0], [500, 1]]);
  });

  it("with a time in the past are due at once", () => {
    const host = new FakeHost();
    expect(places(call(host, [{ clock: 1n, absolute: true }]))).toEqual([0]);
    expect(host.polls.map(({ timeout }) => timeout)).toEqual([0]);
  });

  it("with an absolute time are due when their clock reaches it", () => {
    const host = new FakeHost();
    call(host, [{ clock: host.now + 300n, absolute: true }]);
    expect(host.polls[0].timeout).toBe(300);
  });

  it("on realtime use the time of day", () => {
    const host = new FakeHost();
    // The driver's own clock begins at 2000-01-01.
    const clock = 946_684_800_000_000_000n + host.now + 300n;
    call(host, [{ clock, id: REALTIME, absolute: true }]);
    expect(host.polls[0].timeout).toBe(300);
  });

  it.each([
    ["of CPU time are refused with ENOTSUP", 2, Errno.NOTSUP],
    ["of a thread's CPU time are refused with ENOTSUP", 3, Errno.NOTSUP],
    ["that do not exist are refused with EINVAL", 4, Errno.INVAL],
  ])("%s, in their event", (_what, id, error) => {
    const { errno, events } = call(new FakeHost(), [{ clock: 5n, id }]);
    expect([errno, events.get(0)]).toEqual([0, expect.objectContaining({ error, type: 0 })]);
  });
});

describe("sleeping", () => {
  it("without a clock lasts until something is ready", () => {
    const host = new FakeHost();
    const fd = host.open(40);
    host.onSleep = () => void host.ready.set(40, IN);
    expect([places(call(host, [{ read: fd }])), host.polls[0].timeout]).toEqual([[0], Infinity]);
  });

  it("starts again after a signal without a result", () => {
    const host = new FakeHost();
    const fd = host.open(40);
    let sleeps = 0;
    host.onSleep = () => void (++sleeps === 3 && host.ready.set(40, IN));
    expect([places(call(host, [{ read: fd }])), sleeps]).toEqual([[0], 3]);
  });

  it("fails with the driver's errno if the driver refuses it", () => {
    const host = new FakeHost();
    host.onSleep = () => -Errno.NOMEM;
    expect(call(host, [{ read: host.open(40) }]).errno).toBe(Errno.NOMEM);
  });
});

describe("the wait of poll_oneoff", () => {
  /** The wait that the call returns: nothing has been asked of the driver. */
  function waitOf(host: FakeHost, subscriptions: readonly Subscription[], call = poll(host.state)): Wait {
    write(host, subscriptions);
    const wait: unknown = call.poll_oneoff(INPUT, OUTPUT, subscriptions.length, RESULT);
    expect(wait).toBeInstanceOf(Wait);
    return wait as Wait;
  }

  it("names the handles, and ends with the earliest clock", () => {
    const host = new FakeHost({ keepsWaits: true });
    const wait = waitOf(host, [{ read: host.open(40) }, { clock: 900n }, { clock: 500n }]);
    expect([wait.count, wait.fds[0], wait.deadline, wait.looked]).toEqual([1, 40, 1_000_500, false]);
    expect(host.polls).toEqual([]);
  });

  it("counts a clock from the start of the call, however long it waits", () => {
    const host = new FakeHost({ keepsWaits: true });
    const wait = waitOf(host, [{ clock: 500n }]);
    host.now = 1_000_500n;
    expect([wait.resume(0), host.memory.view.getUint32(RESULT, true)]).toEqual([0, 1]);
  });

  it("returns the errno of a failed wait", () => {
    const host = new FakeHost({ keepsWaits: true });
    expect(waitOf(host, [{ read: host.open(40) }]).resume(-Errno.NOMEM)).toBe(Errno.NOMEM);
  });

  it("counts no bytes for a descriptor that was closed meanwhile", () => {
    const host = new FakeHost({ keepsWaits: true });
    const fd = host.open(40);
    const wait = waitOf(host, [{ read: fd }]);
    host.ready.set(40, IN);
    host.driver.poll(wait.fds, wait.count, 0);
    host.descriptors.remove(fd);
    expect([wait.resume(1), host.memory.view.getBigUint64(OUTPUT + 16, true)]).toEqual([0, 0n]);
  });

  it("is the same object again after it is over, and another one before", () => {
    const host = new FakeHost({ keepsWaits: true });
    const calls = poll(host.state);
    const first = waitOf(host, [{ clock: 500n }], calls);
    const second = waitOf(host, [{ clock: 500n }], calls);
    first.release();
    expect([second !== first, waitOf(host, [{ clock: 500n }], calls)]).toEqual([true, first]);
  });

  it("is not returned if something needs no wait", () => {
    const host = new FakeHost({ keepsWaits: true });
    write(host, [{ read: 99 }]);
    expect(poll(host.state).poll_oneoff(INPUT, OUTPUT, 1, RESULT)).toBe(0);
  });
});
