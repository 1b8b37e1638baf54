/** The ready file's op 3: a look that is answered only where there is something. */
import { expect, it } from "vitest";
import { Errno } from "../../wasi-host/errno.ts";
import { IN, OUT } from "../../wasi-host/readiness.ts";
import { SteppedGuest } from "./stepped-guest.ts";

const RESULT = 16;
const IOVEC = 32;
const REQUESTS = 8192;
/** Requests of the ready file, and the bit of its answers. */
const [LOOK, FIND, ANSWER] = [2, 3, 0x8000];

/** Writes requests to the ready file: [fd, mask, op]. Returns how many it took. */
function request(guest: SteppedGuest, requests: readonly (readonly [number, number, number])[]): number {
  const { view } = guest;
  for (const [index, [fd, mask, op]] of requests.entries()) {
    view.setUint32(REQUESTS + index * 8, fd, true);
    view.setUint32(REQUESTS + index * 8 + 4, mask | (op << 16), true);
  }
  view.setUint32(IOVEC, REQUESTS, true);
  view.setUint32(IOVEC + 4, requests.length * 8, true);
  if (guest.calls.fd_write(guest.readyFile, IOVEC, 1, RESULT) !== 0) return 0;
  return view.getUint32(RESULT, true) / 8;
}

it("a find answers for those alone that have something, or cannot be looked at, by their place", async () => {
  using guest = await SteppedGuest.open();
  const [idle, one, two] = [guest.connection(), guest.connection(), guest.connection()];
  guest.send(one.peer, "x");
  guest.send(two.peer, "y");
  const asked = [idle.fd, one.fd, 999, idle.fd, two.fd, one.fd];
  expect(
    request(
      guest,
      asked.map((fd) => [fd, IN, FIND]),
    ),
  ).toBe(6);
  expect(guest.records()).toEqual([
    [1, ANSWER, IN],
    [2, ANSWER | Errno.BADF, 0],
    [4, ANSWER, IN],
    [5, ANSWER, IN],
  ]);
  expect(request(guest, [[idle.fd, IN, FIND]])).toBe(1);
  expect(guest.records()).toEqual([]);
  expect(request(guest, [[idle.fd, OUT, FIND]])).toBe(1);
  expect(guest.records()).toEqual([[0, ANSWER, OUT]]);
});

it("a find that is followed by another request ends there, and keeps the answers that wait", async () => {
  using guest = await SteppedGuest.open();
  const { fd, peer } = guest.connection();
  guest.send(peer, "x");
  expect(request(guest, [[fd, IN, LOOK]])).toBe(1);
  const both = [
    [fd, IN, FIND],
    [fd, IN, LOOK],
  ] as const;
  expect(request(guest, both)).toBe(1);
  expect(guest.records()).toEqual([
    [fd, ANSWER, IN],
    [0, ANSWER, IN],
  ]);
});
