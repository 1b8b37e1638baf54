/** The ready file: beside other subscriptions of one poll_oneoff, and with closed numbers. */
import { describe, expect, it } from "vitest";
import { OP_ARM, OP_STOP, OP_VERSION } from "../../assembly/abi/operation.ts";
import { ABI_MAJOR, ABI_MINOR, ABI_VERSION } from "../../assembly/abi/version.ts";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { IN } from "../../wasi-host/abi/readiness.ts";
import { lateClient } from "./late-client.ts";
import { LISTENER, SteppedGuest } from "./stepped-guest.ts";

const SUBSCRIPTIONS = 8192;
const EVENTS = 9000;
const RESULT = 16;
const CLOCK = 0;
const FD_READ = 1;

it("poll_oneoff does not sleep if arming another descriptor has taken a wakeup from the kernel", async () => {
  using guest = await SteppedGuest.open();
  const { fd, peer } = guest.connection();
  const other = guest.connection();
  guest.arm(fd, IN);
  guest.send(peer, "x");
  guest.arm(other.fd, IN);
  const { view } = guest;
  for (const [index, [tag, subject]] of [
    [FD_READ, guest.readyFile],
    [FD_READ, other.fd],
    [CLOCK, 1],
  ].entries()) {
    view.setUint8(SUBSCRIPTIONS + index * 48 + 8, tag);
    view.setUint32(SUBSCRIPTIONS + index * 48 + 16, subject, true);
  }
  view.setBigUint64(SUBSCRIPTIONS + 2 * 48 + 24, 2_000_000_000n, true);
  expect(guest.calls.poll_oneoff(SUBSCRIPTIONS, EVENTS, 3, RESULT)).toBe(0);
  // The wakeup is reported before the clock runs out.
  expect([view.getUint32(RESULT, true), view.getUint16(EVENTS + 10, true)]).toEqual([1, FD_READ]);
  expect(guest.wakeups()).toEqual([[fd, IN, IN]]);
});

it("sock_recv and sock_send of it are ENOTSOCK", async () => {
  using guest = await SteppedGuest.open();
  const { readyFile, calls } = guest;
  for (const flags of [0, 1, 2])
    expect(calls.sock_recv(readyFile, 32, 1, flags, RESULT, RESULT + 4)).toBe(Errno.NOTSOCK);
  expect(calls.sock_send(readyFile, 32, 1, 0, RESULT)).toBe(Errno.NOTSOCK);
});

it("fd_read returns EAGAIN without a wakeup, and EINVAL if the buffer is too short for one", async () => {
  using guest = await SteppedGuest.open();
  const { calls, readyFile, view } = guest;
  view.setUint32(32, 8192, true);
  view.setUint32(36, 64, true);
  expect(calls.fd_read(readyFile, 32, 1, RESULT)).toBe(Errno.AGAIN);
  view.setUint32(36, 7, true);
  expect(calls.fd_read(readyFile, 32, 1, RESULT)).toBe(Errno.INVAL);
});

it("poll_oneoff sleeps on it until a wakeup is queued", async () => {
  using guest = await SteppedGuest.open();
  guest.arm(LISTENER, IN);
  await lateClient(guest, "end");
  const { view } = guest;
  view.setUint8(SUBSCRIPTIONS + 8, FD_READ);
  view.setUint32(SUBSCRIPTIONS + 16, guest.readyFile, true);
  expect(guest.calls.poll_oneoff(SUBSCRIPTIONS, EVENTS, 1, RESULT)).toBe(0);
  expect(view.getUint32(RESULT, true)).toBe(1);
  expect(guest.wakeups()).toEqual([[LISTENER, IN, IN]]);
});

it("fd_renumber ends the watches of both numbers, as close does", async () => {
  using guest = await SteppedGuest.open();
  const [one, two] = [guest.connection(), guest.connection()];
  for (const { fd } of [one, two]) guest.arm(fd, IN);
  expect(guest.calls.fd_renumber(one.fd, two.fd)).toBe(0);
  guest.send(one.peer, "x");
  expect(guest.wakeups()).toEqual([]);
  guest.arm(two.fd, IN);
  guest.send(one.peer, "y");
  expect(guest.wakeups()).toEqual([[two.fd, IN, IN]]);
});

describe("operations on closed numbers", () => {
  const UNKNOWN = [77, 999_999, 0x7fff_ffff, 0xffff_ffff];

  it("are EBADF one by one, and EPERM on the ready file", async () => {
    using guest = await SteppedGuest.open();
    const { fd } = guest.connection();
    const numbers = [...UNKNOWN, fd, guest.readyFile];
    for (const op of [OP_ARM, OP_STOP]) {
      expect(guest.submit(numbers.map((number) => ({ op, fd: number, mask: IN })))).toEqual({
        errno: 0,
        made: numbers.length,
        results: [...UNKNOWN.map(() => -Errno.BADF), 0, -Errno.PERM],
      });
    }
    expect(guest.wakeups()).toEqual([]);
  });

  it("queue nothing, even after the number is reused", async () => {
    using guest = await SteppedGuest.open();
    const next = guest.connection().fd + 1;
    const numbers = [next, ...UNKNOWN];
    for (const op of [OP_ARM, OP_STOP, OP_ARM]) guest.submit(numbers.map((number) => ({ op, fd: number, mask: IN })));
    const { fd, peer } = guest.connection();
    expect(fd).toBe(next);
    guest.send(peer, "x");
    expect(guest.wakeups()).toEqual([]);
    guest.arm(fd, IN);
    guest.send(peer, "y");
    expect(guest.wakeups()).toEqual([[fd, IN, IN]]);
  });

  it("do not affect the other operations of the call", async () => {
    using guest = await SteppedGuest.open();
    const { fd, peer } = guest.connection();
    const { results } = guest.submit([
      { op: OP_ARM, fd: 77, mask: IN },
      { op: OP_ARM, fd, mask: IN },
      { op: OP_STOP, fd: 999_999, mask: IN },
    ]);
    expect(results).toEqual([-Errno.BADF, 0, -Errno.BADF]);
    guest.send(peer, "x");
    expect(guest.wakeups()).toEqual([[fd, IN, IN]]);
  });
});

it("a file that the kernel's epoll refuses is EPERM", async () => {
  using guest = await SteppedGuest.open({ stdin: new Uint8Array(3) });
  expect(guest.submit([{ op: OP_ARM, fd: 0, mask: IN }]).results).toEqual([-Errno.PERM]);
});

describe("OP_VERSION", () => {
  it("answers the host's version to a guest of the same major version", async () => {
    using guest = await SteppedGuest.open();
    for (const minor of [ABI_MINOR, ABI_MINOR + 1]) {
      const operations = [{ op: OP_VERSION, fd: (ABI_MAJOR << 16) | minor }];
      expect(guest.submit(operations)).toEqual({ errno: 0, made: 1, results: [ABI_VERSION] });
    }
  });

  it.each([ABI_MAJOR - 1, ABI_MAJOR + 1])(
    "ends a guest of major version %i, and names both versions",
    async (major) => {
      using guest = await SteppedGuest.open();
      const step = () => guest.submit([{ op: OP_VERSION, fd: major << 16 }]).errno;
      expect(() => guest.run([step])).toThrow(
        `the module uses ABI ${major} of Pollux, and this host has ABI ${ABI_MAJOR}; build the module with this version of Pollux`,
      );
    },
  );
});
