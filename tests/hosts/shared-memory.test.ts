/** A guest with shared memory: another of its threads may write between two looks of the host. */
import { describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { SimulatedDriver } from "../../wasi-host/drivers/simulated/index.ts";
import { WasiHost } from "../../wasi-host/index.ts";
import { type Calls, HostileGuest } from "./fuzz/hostile-guest.ts";

const SIZE = 65_536;
const [IOVECS, FIRST, SECOND, RESULT] = [64, 1024, 2048, 32];
/** The descriptors of `HostileGuest`: a client, and its peer with four bytes to read. */
const [CLIENT, PEER] = [7, 8];
const WAITALL = 2;
const PEEK = 1;

/** Two iovecs of two bytes. When the driver is called, the second iovec changes to one past memory's end. */
async function meddled(
  call: "recv" | "recvVector" | "sendVector",
  make: (calls: Calls) => unknown,
): Promise<[errno: unknown, moved: number]> {
  using guest = await HostileGuest.open("simulated", true);
  const view = new DataView(guest.memory.buffer);
  placeIovecs(view);
  const { driver } = guest.bounded;
  const move = driver[call].bind(driver) as (...args: unknown[]) => number;
  Object.assign(driver, {
    [call]: (...args: unknown[]) => {
      view.setUint32(IOVECS + 8, SIZE - 1, true);
      return move(...args);
    },
  });
  const errno = make(guest.calls);
  return [errno, view.getUint32(RESULT, true)];
}

function placeIovecs(view: DataView): void {
  for (const [index, buffer] of [FIRST, SECOND].entries()) {
    view.setUint32(IOVECS + index * 8, buffer, true);
    view.setUint32(IOVECS + index * 8 + 4, 2, true);
  }
}

describe("iovecs that another thread changes during a transfer", () => {
  it.each([
    ["fd_read", (calls: Calls) => calls.fd_read(PEER, IOVECS, 2, RESULT)],
    ["sock_recv", (calls: Calls) => calls.sock_recv(PEER, IOVECS, 2, 0, RESULT, RESULT + 8)],
  ])("%s: all bytes go to the original iovecs", async (_name, make) => {
    expect(await meddled("recvVector", make)).toEqual([0, 4]);
  });

  it.each([
    ["fd_write", (calls: Calls) => calls.fd_write(CLIENT, IOVECS, 2, RESULT)],
    ["sock_send", (calls: Calls) => calls.sock_send(CLIENT, IOVECS, 2, 0, RESULT)],
  ])("%s: all bytes come from the original iovecs", async (_name, make) => {
    expect(await meddled("sendVector", make)).toEqual([0, 4]);
  });

  it.each([
    ["WAITALL", (calls: Calls) => calls.sock_recv(PEER, IOVECS, 2, WAITALL, RESULT, RESULT + 8)],
    ["PEEK", (calls: Calls) => calls.sock_recv(PEER, IOVECS, 2, PEEK, RESULT, RESULT + 8)],
  ])("sock_recv, %s: the result counts the bytes before the changed iovec", async (_name, make) => {
    expect(await meddled("recv", make)).toEqual([0, 2]);
  });
});

describe("an iovec that another thread moves outside memory after the check", () => {
  it.each([
    ["fd_read", (calls: Calls) => calls.fd_read(PEER, IOVECS, 2, RESULT)],
    ["fd_write", (calls: Calls) => calls.fd_write(CLIENT, IOVECS, 2, RESULT)],
  ])("%s: EFAULT, and nothing is transferred", async (_name, make) => {
    using guest = await HostileGuest.open("simulated", true);
    const view = new DataView(guest.memory.buffer);
    placeIovecs(view);
    const { getUint32 } = DataView.prototype;
    DataView.prototype.getUint32 = function (at, little) {
      const value = getUint32.call(this, at, little);
      if (at === IOVECS + 8) view.setUint32(at, SIZE - 1, true);
      return value;
    };
    try {
      expect(make(guest.calls)).toBe(Errno.FAULT);
    } finally {
      DataView.prototype.getUint32 = getUint32;
    }
    placeIovecs(view);
    expect([guest.calls.fd_read(PEER, IOVECS, 2, RESULT), view.getUint32(RESULT, true)]).toEqual([0, 4]);
  });
});

it("an address is read once, so that a later change has no effect", async () => {
  using host = await WasiHost.open({ driver: new SimulatedDriver(), bind: ["127.0.0.1:*"], edgeSource: false });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  host.attach(memory);
  const { sock_open, sock_bind } = host.imports.wasi_snapshot_preview1;
  const view = new DataView(memory.buffer);
  sock_open(1, 2, RESULT);
  view.setUint32(FIRST, SECOND, true);
  view.setUint32(FIRST + 4, 4, true);
  view.setUint32(SECOND, 0x0100_007f, true);
  const { getUint32 } = DataView.prototype;
  DataView.prototype.getUint32 = function (at, little) {
    const value = getUint32.call(this, at, little);
    if (at === FIRST) view.setUint32(FIRST, SIZE - 1, true);
    return value;
  };
  try {
    expect(sock_bind(view.getUint32(RESULT, true), FIRST, 0)).toBe(0);
    expect(sock_bind(view.getUint32(RESULT, true), FIRST, 0)).not.toBe(Errno.SUCCESS);
  } finally {
    DataView.prototype.getUint32 = getUint32;
  }
});
