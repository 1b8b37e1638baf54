/** OP_LOOK on the ready file: poll(2) in place, over the guest's descriptors. */
import { describe, expect, it } from "vitest";
import { MAX_LOOKS, OP_LOOK } from "../../assembly/abi/operation.ts";
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
