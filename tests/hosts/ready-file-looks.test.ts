/** poll(2) in place, over the guest's descriptors: OP_LOOK on the ready file, and poll_oneoff over an array. */
import { describe, expect, it } from "vitest";
import { MAX_LOOKS, OP_LOOK } from "../../assembly/abi/operation.ts";
import {
  EVENT_POLLFDS,
  READY_FILE,
  SUBSCRIPTION_POLLFDS,
  SUBSCRIPTION_POLLFDS_LENGTH,
} from "../../assembly/abi/ready-file.ts";
import {
  CLOCK,
  CLOCK_MONOTONIC,
  EVENT_ERROR,
  EVENT_TYPE,
  FD_READ,
  SUBSCRIPTION_CLOCK,
  SUBSCRIPTION_FD,
  SUBSCRIPTION_SIZE,
  SUBSCRIPTION_TAG,
  SUBSCRIPTION_TIMEOUT,
  SUBSCRIPTION_USERDATA,
} from "../../assembly/abi/wasi.ts";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { HUP, IN, NVAL, OUT } from "../../wasi-host/abi/readiness.ts";
import { LISTENER, SteppedGuest } from "./stepped-guest.ts";

const ENTRIES = 12_288;

/** [fd, events]; the revents contain `rubbish` before. Returns the operation's result, and all revents. */
function look(guest: SteppedGuest, entries: readonly (readonly [number, number])[], at = ENTRIES) {
  const { view } = guest;
  for (const [index, [fd, events]] of entries.entries()) {
    view.setInt32(at + index * 8, fd, true);
    view.setUint32(at + index * 8 + 4, events | (0x55 << 16), true);
  }
  const { results } = guest.submit([{ op: OP_LOOK, buffer: at, length: entries.length * 8 }]);
  return { result: results[0], revents: entries.map((_, index) => view.getUint16(at + index * 8 + 6, true)) };
}

describe.each(["posix", "net", "simulated"])("on the driver %s", (name) => {
  it("overwrites the revents of each entry, and skips negative numbers", async () => {
    using guest = await SteppedGuest.open({}, name);
    const [idle, busy] = [guest.connection(), guest.connection()];
    guest.send(busy.peer, "x");
    await arrival(guest, busy.fd);
    const entries = [
      [idle.fd, IN],
      [busy.fd, IN | OUT],
      [-1, IN],
      [999, IN],
      [busy.fd, IN],
      [LISTENER, IN],
      [idle.fd, OUT],
    ] as const;
    expect(look(guest, entries)).toEqual({ result: 4, revents: [0, IN | OUT, 0, NVAL, IN, 0, OUT] });
    expect(look(guest, [[idle.fd, IN]])).toEqual({ result: 0, revents: [0] });
  });

  it("has the ready file's own number ready while wakeups are queued, and takes none", async () => {
    using guest = await SteppedGuest.open({}, name);
    const { fd, peer } = guest.connection();
    const file = [[guest.readyFile, IN]] as const;
    expect(look(guest, file)).toEqual({ result: 0, revents: [0] });
    guest.arm(fd, IN);
    expect(look(guest, file)).toEqual({ result: 0, revents: [0] });
    guest.send(peer, "x");
    await arrival(guest, fd);
    expect(look(guest, [...file, [fd, IN]])).toEqual({ result: 2, revents: [IN, IN] });
    expect(look(guest, file)).toEqual({ result: 1, revents: [IN] });
    expect(guest.wakeups()).toEqual([[fd, IN, IN]]);
    expect(look(guest, file)).toEqual({ result: 0, revents: [0] });
  });
});

/** The net driver learns of events in turns of the event loop. */
async function arrival(guest: SteppedGuest, fd: number): Promise<void> {
  while (look(guest, [[fd, IN]]).result === 0) await new Promise(setImmediate);
}

it("still sees a wakeup that was collected for a read without room for it", async () => {
  using guest = await SteppedGuest.open();
  const connections = Array.from({ length: 70 }, () => guest.connection());
  for (const { fd, peer } of connections) {
    guest.arm(fd, IN);
    guest.send(peer, "x");
  }
  expect(guest.wakeups()).toHaveLength(64);
  expect(look(guest, [[guest.readyFile, IN]])).toEqual({ result: 1, revents: [IN] });
  expect(guest.wakeups()).toHaveLength(6);
});

it("reports a hangup without a request", async () => {
  using guest = await SteppedGuest.open();
  const { fd, peer } = guest.connection();
  guest.driver.shutdown(peer, 3);
  guest.calls.sock_shutdown(fd, 2);
  expect(look(guest, [[fd, 0]])).toEqual({ result: 1, revents: [HUP] });
});

it("reports a file as ready for all requested events, as poll(2) does", async () => {
  using guest = await SteppedGuest.open({ stdin: new Uint8Array(3) });
  expect(look(guest, [[0, IN]])).toEqual({ result: 1, revents: [IN] });
});

it("refuses an odd address, an array past memory, and more than 65,536 entries", async () => {
  using guest = await SteppedGuest.open();
  expect(look(guest, [[LISTENER, IN]], ENTRIES + 2).result).toBe(-Errno.INVAL);
  const size = guest.memory.buffer.byteLength;
  expect(guest.submit([{ op: OP_LOOK, buffer: size - 8, length: 16 }]).results).toEqual([-Errno.FAULT]);
  guest.memory.grow(16);
  const many = { op: OP_LOOK, buffer: ENTRIES, length: 8 * (MAX_LOOKS + 1) };
  expect(guest.submit([many]).results).toEqual([-Errno.INVAL]);
});

const SUBSCRIPTIONS = 256;
const EVENTS = 1024;
const COUNT = 2048;

/** poll_oneoff over entries, at most `timeout` ns. Returns its errno, the number of events, and of the first its type, error and count. */
function sleepOver(
  guest: SteppedGuest,
  entries: readonly (readonly [number, number])[],
  { timeout = -1, at = ENTRIES, length = entries.length * 8, first = CLOCK }: Partial<Record<string, number>> = {},
) {
  const { view } = guest;
  for (const [index, [fd, events]] of entries.entries()) {
    view.setInt32(at + index * 8, fd, true);
    view.setUint32(at + index * 8 + 4, events | (0x55 << 16), true);
  }
  const clock = SUBSCRIPTIONS;
  const list = clock + SUBSCRIPTION_SIZE;
  new Uint8Array(guest.memory.buffer).fill(0, SUBSCRIPTIONS, EVENTS + 64);
  view.setUint8(clock + SUBSCRIPTION_TAG, first);
  view.setUint32(clock + SUBSCRIPTION_CLOCK, first === CLOCK ? CLOCK_MONOTONIC : LISTENER, true);
  view.setBigInt64(clock + SUBSCRIPTION_TIMEOUT, BigInt(timeout), true);
  view.setUint32(list + SUBSCRIPTION_USERDATA, 77, true);
  view.setUint8(list + SUBSCRIPTION_TAG, FD_READ);
  view.setUint32(list + SUBSCRIPTION_FD, READY_FILE, true);
  view.setUint32(list + SUBSCRIPTION_POLLFDS, at, true);
  view.setUint32(list + SUBSCRIPTION_POLLFDS_LENGTH, length, true);
  const errno = guest.calls.poll_oneoff(timeout < 0 ? list : clock, EVENTS, timeout < 0 ? 1 : 2, COUNT);
  return {
    errno,
    events: view.getUint32(COUNT, true),
    type: view.getUint8(EVENTS + EVENT_TYPE),
    userdata: view.getUint32(EVENTS, true),
    error: view.getUint16(EVENTS + EVENT_ERROR, true),
    ready: view.getUint32(EVENTS + EVENT_POLLFDS, true),
    revents: entries.map((_, index) => view.getUint16(at + index * 8 + 6, true)),
  };
}

const LIST = { errno: 0, events: 1, type: FD_READ, userdata: 77, error: 0 };

describe.each(["posix", "net", "simulated"])("a sleep over an array, on the driver %s,", (name) => {
  it("ends with the readiness of each entry, and its event counts the ready ones", async () => {
    using guest = await SteppedGuest.open({}, name);
    const [idle, busy] = [guest.connection(), guest.connection()];
    guest.send(busy.peer, "x");
    await arrival(guest, busy.fd);
    const entries = [
      [idle.fd, IN],
      [busy.fd, IN | OUT],
      [-1, IN],
      [idle.fd, OUT],
    ] as const;
    expect(sleepOver(guest, entries)).toEqual({ ...LIST, ready: 2, revents: [0, IN | OUT, 0, OUT] });
    expect(sleepOver(guest, entries, { timeout: 1e9 })).toEqual({ ...LIST, ready: 2, revents: [0, IN | OUT, 0, OUT] });
  });

  it("ends at once for a closed descriptor, and for a wakeup if the ready file is an entry", async () => {
    using guest = await SteppedGuest.open({}, name);
    const { fd, peer } = guest.connection();
    expect(
      sleepOver(guest, [
        [fd, IN],
        [999, IN],
      ]),
    ).toEqual({ ...LIST, ready: 1, revents: [0, NVAL] });
    guest.arm(fd, IN);
    guest.send(peer, "x");
    await arrival(guest, fd);
    expect(sleepOver(guest, [[guest.readyFile, IN]])).toEqual({ ...LIST, ready: 1, revents: [IN] });
    expect(guest.wakeups()).toEqual([[fd, IN, IN]]);
  });
});

describe.each(["posix", "simulated"])("a sleep over an array with a clock, on the driver %s,", (name) => {
  it("ends with the event of the clock, and without revents", async () => {
    using guest = await SteppedGuest.open({}, name);
    const { fd } = guest.connection();
    const clock = { errno: 0, events: 1, type: CLOCK, userdata: 0, error: 0, ready: 0 };
    for (const timeout of [0, 1e6]) {
      expect(sleepOver(guest, [[fd, IN]], { timeout })).toEqual({ ...clock, revents: [0] });
      // Wakeups do not end it.
      guest.arm(fd, OUT | IN);
      expect(
        sleepOver(
          guest,
          [
            [-1, IN],
            [guest.readyFile, OUT],
          ],
          { timeout },
        ),
      ).toEqual({ ...clock, revents: [0, 0] });
    }
  });
});

it("a sleep over an array ends at once for a file", async () => {
  using guest = await SteppedGuest.open({ stdin: new Uint8Array(3) });
  expect(sleepOver(guest, [[0, IN]])).toEqual({ ...LIST, ready: 1, revents: [IN] });
});

it("a sleep over an array is refused for an odd address, an array past memory, too many entries, and beside another descriptor", async () => {
  using guest = await SteppedGuest.open();
  const refused = (error: number) => ({ errno: 0, events: 1, error });
  expect(sleepOver(guest, [[LISTENER, IN]], { at: ENTRIES + 2 })).toMatchObject(refused(Errno.INVAL));
  expect(sleepOver(guest, [], { length: guest.memory.buffer.byteLength })).toMatchObject(refused(Errno.FAULT));
  expect(sleepOver(guest, [[LISTENER, IN]], { first: FD_READ, timeout: 0 })).toMatchObject(refused(Errno.INVAL));
  guest.memory.grow(16);
  expect(sleepOver(guest, [], { length: 8 * (MAX_LOOKS + 1) })).toMatchObject(refused(Errno.INVAL));
});
