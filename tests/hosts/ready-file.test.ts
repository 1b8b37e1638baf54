/** The ready file beside other subscriptions of one poll_oneoff. */
import { expect, it } from "vitest";
import { IN } from "../../wasi-host/readiness.ts";
import { SteppedGuest } from "./stepped-guest.ts";

const SUBSCRIPTIONS = 8192;
const EVENTS = 9000;
const RESULT = 16;
const CLOCK = 0;
const FD_READ = 1;

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
