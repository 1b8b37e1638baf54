/** The ready file: beside other subscriptions of one poll_oneoff, and asked for numbers that are not open. */
import { describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/errno.ts";
import { IN } from "../../wasi-host/readiness.ts";
import { lateClient } from "./late-client.ts";
import { ARM, LISTENER, LOOK, type Request, STOP, SteppedGuest } from "./stepped-guest.ts";

const SUBSCRIPTIONS = 8192;
const EVENTS = 9000;
const RESULT = 16;
const CLOCK = 0;
const FD_READ = 1;
/** Bit 15 of a record's mask: the answer to a look. */
const ANSWER = 0x8000;

it("poll_oneoff does not sleep over a wakeup that arming another descriptor has taken out of the kernel", async () => {
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
  // The record, and no clock that had to run out first.
  expect([view.getUint32(RESULT, true), view.getUint16(EVENTS + 10, true)]).toEqual([1, FD_READ]);
  expect(guest.records()).toEqual([[fd, IN, IN]]);
});

describe("received from with recv_waitall", () => {
  const IOVEC = 8200;
  const WAITALL = 2;
  const RECORDS = 8208;

  function receive(guest: SteppedGuest, length: number): { errno: number; records: number[][] } {
    const { view } = guest;
    view.setUint32(IOVEC, RECORDS, true);
    view.setUint32(IOVEC + 4, length, true);
    view.setUint32(RESULT, 0, true);
    const errno = guest.calls.sock_recv(guest.readyFile, IOVEC, 1, WAITALL, RESULT, RESULT + 4);
    const records = Array.from({ length: view.getUint32(RESULT, true) / 8 }, (_, index) => [
      view.getUint32(RECORDS + index * 8, true),
      view.getUint16(RECORDS + index * 8 + 4, true),
      view.getUint16(RECORDS + index * 8 + 6, true),
    ]);
    return { errno, records };
  }

  it("gives what fd_read gives: answers, then wakeups", async () => {
    using guest = await SteppedGuest.open();
    const { fd, peer } = guest.connection();
    guest.arm(fd, IN);
    guest.send(peer, "x");
    expect(guest.request([fd, IN, LOOK])).toBe(0);
    expect(receive(guest, 64)).toEqual({
      errno: 0,
      records: [
        [fd, ANSWER, IN],
        [fd, IN, IN],
      ],
    });
    expect(guest.records()).toEqual([]);
  });

  it("sleeps until there is something", async () => {
    using guest = await SteppedGuest.open();
    guest.arm(LISTENER, IN);
    await lateClient(guest, "end");
    expect(receive(guest, 64)).toEqual({ errno: 0, records: [[LISTENER, IN, IN]] });
  });

  it("refuses a buffer without room for a record", async () => {
    using guest = await SteppedGuest.open();
    expect(receive(guest, 7).errno).toBe(Errno.INVAL);
  });
});

it("fd_renumber ends the watches of both numbers, as closing them would", async () => {
  using guest = await SteppedGuest.open();
  const [one, two] = [guest.connection(), guest.connection()];
  for (const { fd } of [one, two]) guest.arm(fd, IN);
  expect(guest.calls.fd_renumber(one.fd, two.fd)).toBe(0);
  guest.send(one.peer, "x");
  expect(guest.records()).toEqual([]);
  guest.arm(two.fd, IN);
  guest.send(one.peer, "y");
  expect(guest.records()).toEqual([[two.fd, IN, IN]]);
});

describe("requests for numbers that are not open", () => {
  const UNKNOWN = [77, 999_999, 0x7fff_ffff, 0xffff_ffff];

  it("are EBADF in the answer to a look, each for itself", async () => {
    using guest = await SteppedGuest.open();
    const { fd } = guest.connection();
    const looks: Request[] = [...UNKNOWN, fd, guest.readyFile].map((number) => [number, IN, LOOK]);
    expect(guest.request(...looks)).toBe(0);
    expect(guest.records()).toEqual([
      ...UNKNOWN.map((number) => [number, ANSWER | Errno.BADF, 0]),
      [fd, ANSWER, 0],
      [guest.readyFile, ANSWER | Errno.PERM, 0],
    ]);
    expect(guest.records()).toEqual([]);
  });

  it("queue nothing, whoever gets the number", async () => {
    using guest = await SteppedGuest.open();
    const next = guest.connection().fd + 1;
    const numbers = [next, ...UNKNOWN];
    expect(guest.request(...numbers.map((number): Request => [number, IN, ARM]))).toBe(0);
    expect(guest.request(...numbers.map((number): Request => [number, IN, STOP]))).toBe(0);
    expect(guest.request(...numbers.map((number): Request => [number, IN, ARM]))).toBe(0);
    const { fd, peer } = guest.connection();
    expect(fd).toBe(next);
    guest.send(peer, "x");
    expect(guest.records()).toEqual([]);
    guest.arm(fd, IN);
    guest.send(peer, "y");
    expect(guest.records()).toEqual([[fd, IN, IN]]);
  });

  it("are no harm to the others of the same call", async () => {
    using guest = await SteppedGuest.open();
    const { fd, peer } = guest.connection();
    expect(guest.request([77, IN, ARM], [fd, IN, ARM], [999_999, IN, STOP], [77, IN, LOOK])).toBe(0);
    guest.send(peer, "x");
    expect(guest.records()).toEqual([
      [77, ANSWER | Errno.BADF, 0],
      [fd, IN, IN],
    ]);
  });
});
