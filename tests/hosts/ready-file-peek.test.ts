/** The ready file, peeked at: poll(2) in place, over the guest's descriptors. */
import { describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/errno.ts";
import { HUP, IN, NVAL, OUT } from "../../wasi-host/readiness.ts";
import { LISTENER, SteppedGuest } from "./stepped-guest.ts";

const RESULT = 16;
const IOVEC = 32;
const ENTRIES = 8192;
const PEEK = 1;

/** [fd, events]; `rubbish` stands in the revents before. Returns the errno, how many have something, and all revents. */
function peek(guest: SteppedGuest, entries: readonly (readonly [number, number])[], at = ENTRIES, flags = PEEK) {
  const { view } = guest;
  for (const [index, [fd, events]] of entries.entries()) {
    view.setInt32(at + index * 8, fd, true);
    view.setUint32(at + index * 8 + 4, events | (0x55 << 16), true);
  }
  view.setUint32(IOVEC, at, true);
  view.setUint32(IOVEC + 4, entries.length * 8, true);
  const errno = guest.calls.sock_recv(guest.readyFile, IOVEC, 1, flags, RESULT, RESULT + 4);
  return {
    errno,
    ready: view.getUint32(RESULT, true) / 8,
    revents: entries.map((_, index) => view.getUint16(at + index * 8 + 6, true)),
  };
}

describe.each(["posix", "net", "simulated"])("on the driver %s", (name) => {
  it("says of each entry what it has, whatever stood there, and passes over negative numbers", async () => {
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
    expect(peek(guest, entries)).toEqual({ errno: 0, ready: 4, revents: [0, IN | OUT, 0, NVAL, IN, 0, OUT] });
    expect(peek(guest, [[idle.fd, IN]])).toEqual({ errno: 0, ready: 0, revents: [0] });
  });

  it("has the ready file's own number ready while wakeups wait, and takes none", async () => {
    using guest = await SteppedGuest.open({}, name);
    const { fd, peer } = guest.connection();
    const file = [[guest.readyFile, IN]] as const;
    expect(peek(guest, file)).toMatchObject({ ready: 0, revents: [0] });
    guest.arm(fd, IN);
    expect(peek(guest, file)).toMatchObject({ ready: 0, revents: [0] });
    guest.send(peer, "x");
    await arrival(guest, fd);
    expect(peek(guest, [...file, [fd, IN]])).toMatchObject({ ready: 2, revents: [IN, IN] });
    expect(peek(guest, file)).toMatchObject({ ready: 1, revents: [IN] });
    expect(guest.records()).toEqual([[fd, IN, IN]]);
    expect(peek(guest, file)).toMatchObject({ ready: 0, revents: [0] });
  });
});

/** The net driver hears of things in turns of the event loop. */
async function arrival(guest: SteppedGuest, fd: number): Promise<void> {
  while (peek(guest, [[fd, IN]]).ready === 0) await new Promise(setImmediate);
}

it("what was collected for a read that had no room for it is still there to be seen", async () => {
  using guest = await SteppedGuest.open();
  const connections = Array.from({ length: 70 }, () => guest.connection());
  for (const { fd, peer } of connections) {
    guest.arm(fd, IN);
    guest.send(peer, "x");
  }
  expect(guest.records()).toHaveLength(64);
  expect(peek(guest, [[guest.readyFile, IN]])).toMatchObject({ ready: 1, revents: [IN] });
  expect(guest.records()).toHaveLength(6);
});

it("a hangup is told unasked", async () => {
  using guest = await SteppedGuest.open();
  const { fd, peer } = guest.connection();
  guest.driver.shutdown(peer, 3);
  guest.calls.sock_shutdown(fd, 2);
  expect(peek(guest, [[fd, 0]])).toMatchObject({ ready: 1, revents: [HUP] });
});

it("a file is always ready for what it is asked for, as poll(2) has it", async () => {
  using guest = await SteppedGuest.open({ stdin: new Uint8Array(3) });
  expect(peek(guest, [[0, IN]])).toMatchObject({ errno: 0, ready: 1, revents: [IN] });
});

it("refuses an odd address, more entries than it keeps room for, and anything but a peek of one buffer", async () => {
  using guest = await SteppedGuest.open();
  expect(peek(guest, [[LISTENER, IN]], ENTRIES + 2).errno).toBe(Errno.INVAL);
  expect(peek(guest, [[LISTENER, IN]], ENTRIES, 3).errno).toBe(Errno.NOTSOCK);
  guest.memory.grow(16);
  guest.view.setUint32(IOVEC, ENTRIES, true);
  guest.view.setUint32(IOVEC + 4, 8 * 65_537, true);
  expect(guest.calls.sock_recv(guest.readyFile, IOVEC, 1, PEEK, RESULT, RESULT + 4)).toBe(Errno.INVAL);
  guest.view.setUint32(IOVEC + 4, 8, true);
  expect(guest.calls.sock_recv(guest.readyFile, IOVEC, 2, PEEK, RESULT, RESULT + 4)).toBe(Errno.INVAL);
});
