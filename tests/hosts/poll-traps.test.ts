/** Faults of other hosts in and around poll_oneoff: each has a test. A guest's calls by hand, over real sockets. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { EVENT_SIZE, SUBSCRIPTION_SIZE } from "../../assembly/abi/wasi.ts";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { openDriver } from "../../wasi-host/drivers/index.ts";
import { signalled } from "../later.ts";
import { Client, Guest, NONBLOCK } from "./hand-driven-guest.ts";
import { hostScript } from "./host-script.ts";

const REALTIME = 0;
const MONOTONIC = 1;
const ABSTIME = 1;
const HANGUP = 1;
const CLOCK = 0;
const READ = 1;
const WRITE = 2;
const MILLISECOND = 1_000_000n;

type Wanted = { clock: number; timeout: bigint; flags?: number } | { fd: number; type: typeof READ | typeof WRITE };

interface Told {
  userdata: number;
  error: number;
  type: number;
  nbytes: bigint;
  flags: number;
}

/** poll_oneoff of these, with their indices as user data; its events, in that order. */
function poll(guest: Guest, ...wanted: Wanted[]): Told[] {
  const input = guest.room(wanted.length * SUBSCRIPTION_SIZE);
  const { view } = guest;
  for (const [index, one] of wanted.entries()) {
    const at = input + index * SUBSCRIPTION_SIZE;
    view.setBigUint64(at, BigInt(index), true);
    if ("fd" in one) {
      view.setUint8(at + 8, one.type);
      view.setUint32(at + 16, one.fd, true);
    } else {
      view.setUint8(at + 8, CLOCK);
      view.setUint32(at + 16, one.clock, true);
      view.setBigUint64(at + 24, one.timeout, true);
      view.setUint16(at + 40, one.flags ?? 0, true);
    }
  }
  const output = guest.room(wanted.length * EVENT_SIZE);
  view.setUint32(guest.result, 0xffff_ffff, true);
  expect(guest.calls.poll_oneoff(input, output, wanted.length, guest.result)).toBe(0);
  const count = guest.u32();
  expect(count).toBeLessThanOrEqual(wanted.length);
  return Array.from({ length: count }, (_, index) => {
    const at = output + index * EVENT_SIZE;
    return {
      userdata: Number(view.getBigUint64(at, true)),
      error: view.getUint16(at + 8, true),
      type: view.getUint8(at + 10),
      nbytes: view.getBigUint64(at + 16, true),
      flags: view.getUint16(at + 24, true),
    };
  }).sort((one, other) => one.userdata - other.userdata);
}

const places = (told: Told[]) => told.map(({ userdata }) => userdata);

function now(guest: Guest, clock: number): bigint {
  expect(guest.calls.clock_time_get(clock, 1n, guest.result)).toBe(0);
  return guest.u64();
}

const open = () => Guest.open({ listen: ["127.0.0.1:0"] });
const nothing: Wanted = { clock: MONOTONIC, timeout: 0n };

describe("clocks", () => {
  it("an absolute timeout uses its own clock; a past one is due at once", async () => {
    using guest = await Guest.open();
    for (const clock of [REALTIME, MONOTONIC]) {
      const due = now(guest, clock) + 5n * MILLISECOND;
      expect(places(poll(guest, { clock, timeout: due, flags: ABSTIME }))).toEqual([0]);
      expect(now(guest, clock)).toBeGreaterThanOrEqual(due);
      for (const past of [0n, 1n, due - 1n]) {
        expect(places(poll(guest, { clock, timeout: past, flags: ABSTIME }))).toEqual([0]);
      }
    }
  });

  it("a timeout under a millisecond never ends early", async () => {
    using guest = await Guest.open();
    for (const timeout of [1n, 999n, 300_000n, 999_999n, 1_000_001n, 2_700_000n]) {
      const began = now(guest, MONOTONIC);
      expect(places(poll(guest, { clock: MONOTONIC, timeout }))).toEqual([0]);
      expect(now(guest, MONOTONIC) - began).toBeGreaterThanOrEqual(timeout);
    }
  });

  it("only the first of several is reported, with the number of events", async () => {
    using guest = await Guest.open();
    const late = { clock: MONOTONIC, timeout: 3_600_000n * MILLISECOND };
    const soon = { clock: REALTIME, timeout: MILLISECOND };
    expect(places(poll(guest, late, soon, late))).toEqual([1]);
    expect(places(poll(guest, nothing, late, nothing))).toEqual([0, 2]);
  });

  it("waiting for a clock sleeps and does not poll it", async () => {
    const driver = await openDriver("posix");
    const sleeps = vi.spyOn(driver, "poll");
    using guest = await Guest.open({ driver });
    poll(guest, { clock: MONOTONIC, timeout: 50n * MILLISECOND });
    // One deadline for all sleeps: a sleep may end early or by a signal, and continues.
    expect(sleeps.mock.calls.length).toBeGreaterThan(0);
    expect(sleeps.mock.calls.length).toBeLessThan(5);
    guest.host.dispose();
    driver.dispose();
  });

  it("a signal handled by the host process does not end a sleep", async () => {
    using guest = await open();
    const { stream } = await guest.connection();
    const signals = signalled();
    const timeout = 500n * MILLISECOND;
    const began = now(guest, MONOTONIC);
    expect(places(poll(guest, { fd: stream, type: READ }, { clock: MONOTONIC, timeout }))).toEqual([1]);
    expect(now(guest, MONOTONIC) - began).toBeGreaterThanOrEqual(timeout);
    await signals;
  });

  it("a clock that cannot be subscribed to is an event with an error", async () => {
    using guest = await Guest.open();
    const told = poll(guest, { clock: 3, timeout: 0n }, nothing);
    expect(told.map(({ error }) => error)).toEqual([Errno.NOTSUP, 0]);
  });
});

describe("descriptors", () => {
  it("two subscriptions of one descriptor both get events", async () => {
    using guest = await open();
    const { client, stream } = await guest.connection();
    await client.write("hello");
    const told = poll(guest, { fd: stream, type: READ }, { fd: stream, type: WRITE }, { fd: stream, type: READ });
    expect(told.map(({ userdata, type }) => [userdata, type])).toEqual([
      [0, READ],
      [1, WRITE],
      [2, READ],
    ]);
  });

  it("a closed descriptor is an event with EBADF, and the others are reported too", async () => {
    using guest = await open();
    const { client, stream } = await guest.connection();
    await client.write("hello");
    const told = poll(guest, { fd: 99, type: READ }, { fd: stream, type: READ }, { fd: -1 >>> 0, type: WRITE });
    expect(told.map(({ userdata, error }) => [userdata, error])).toEqual([
      [0, Errno.BADF],
      [1, 0],
      [2, Errno.BADF],
    ]);
  });

  it("only ready descriptors are reported", async () => {
    using guest = await open();
    const [one, two, three] = [await guest.connection(), await guest.connection(), await guest.connection()];
    await two.client.write("hello");
    const read = [one, two, three].map(({ stream }): Wanted => ({ fd: stream, type: READ }));
    expect(places(poll(guest, ...read, { fd: 3, type: READ }))).toEqual([1]);
  });

  it("a NONBLOCK descriptor without data is not ready", async () => {
    using guest = await open();
    const { stream } = await guest.connection(NONBLOCK);
    guest.calls.fd_fdstat_set_flags(3, NONBLOCK);
    const told = poll(guest, { fd: stream, type: READ }, { fd: 3, type: READ }, nothing);
    expect(places(told)).toEqual([2]);
  });

  it("report the available amount: bytes of a stream, 1 for a listener with a connection", async () => {
    using guest = await open();
    const { client, stream } = await guest.connection();
    await client.write("hello");
    await Client.to(guest);
    const told = poll(guest, { fd: stream, type: READ }, { fd: 3, type: READ });
    expect(told.map(({ nbytes, flags }) => [nbytes, flags])).toEqual([
      [5n, 0],
      [1n, 0],
    ]);
  });

  it("only a stream that has ended has the hangup flag", async () => {
    using guest = await open();
    const { client, stream } = await guest.connection();
    await client.write("x");
    expect(poll(guest, { fd: stream, type: READ })[0].flags).toBe(0);
    await client.end();
    let told = poll(guest, { fd: stream, type: READ });
    while (told[0].flags === 0) told = poll(guest, { fd: stream, type: READ });
    expect(told[0]).toMatchObject({ error: 0, flags: HANGUP });
  });

  it("subscriptions outside memory are EFAULT, and none are EINVAL", async () => {
    using guest = await Guest.open();
    expect(guest.calls.poll_oneoff(guest.size - 47, 1024, 1, 16)).toBe(Errno.FAULT);
    expect(guest.calls.poll_oneoff(1024, 2048, 0, 16)).toBe(Errno.INVAL);
  });
});

describe("stdin", () => {
  const SCRIPT = `
    view.setUint8(1024 + 8, 1);
    view.setUint32(1024 + 48 + 16, 1, true);
    view.setUint8(1024 + 48 + 8, 0);
    view.setBigUint64(1024 + 48 + 24, BigInt(process.argv.at(-2)), true);
    const errno = calls.poll_oneoff(1024, 2048, Number(process.argv.at(-1)), 16);
    const type = view.getUint8(2048 + 10);
    console.log(JSON.stringify([errno, view.getUint32(16, true), type, view.getUint16(2048 + 24, true)]));`;

  /** Events of stdin and a clock, with the given stdin. */
  async function told(timeout: number, subscriptions: number, write?: string): Promise<number[]> {
    const [program, ...args] = hostScript(SCRIPT);
    const child = spawn(program, [...args, String(timeout), String(subscriptions)], { stdio: "pipe" });
    let text = "";
    child.stdout.on("data", (bytes) => (text += bytes));
    if (write !== undefined) child.stdin.write(write);
    await once(child, "close");
    child.stdin.destroy();
    return JSON.parse(text);
  }

  it("without data is not ready and has no hangup: the clock is reported", async () => {
    expect(await told(1_000_000, 2)).toEqual([0, 1, CLOCK, 0]);
  });

  it("with data is ready, and has no hangup while it is open", async () => {
    expect(await told(3_600_000_000_000, 2, "hello")).toEqual([0, 1, READ, 0]);
  });
});

it("sock_accept on a descriptor that is not a socket is ENOTSOCK", async () => {
  using guest = await Guest.open({ dirs: { "/": "." } });
  for (const fd of [0, 1, 2, 3]) expect(guest.calls.sock_accept(fd, 0, 16)).toBe(Errno.NOTSOCK);
  expect(guest.calls.fd_prestat_get(3, 16)).toBe(0);
});
