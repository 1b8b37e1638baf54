/** Operations that move bytes: each is like a single sock_recv, sock_send or sock_accept. */
import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import {
  MAX_OPERATIONS,
  OP_ACCEPT,
  OP_ARM,
  OP_LOOK,
  OP_RECV,
  OP_SEND,
  OPERATION_SIZE,
} from "../../assembly/abi/operation.ts";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { RECEIVES } from "../../wasi-host/drivers/contract/transfers.ts";
import { PosixDriver } from "../../wasi-host/drivers/posix/index.ts";
import { LISTENER, OPERATIONS, SteppedGuest, UNTOUCHED } from "./stepped-guest.ts";

const RESULT = 16;
const IOVEC = 32;
const BYTES = 16_384;

type Transfer = readonly [op: number, fd: number, buffer: number, length: number];

/** Returns the errno, the number of made operations, and their results. */
function transfer(guest: SteppedGuest, transfers: readonly Transfer[], at = OPERATIONS) {
  return guest.submit(
    transfers.map(([op, fd, buffer, length]) => ({ op, fd, buffer, length })),
    at,
  );
}

/** Until that many bytes have arrived: the net driver learns of events in turns of the event loop. */
async function receive(guest: SteppedGuest, fd: number, length: number): Promise<string> {
  let text = "";
  while (text.length < length) {
    const [got] = transfer(guest, [[OP_RECV, fd, BYTES, length]]).results;
    if (got === -Errno.AGAIN) await new Promise(setImmediate);
    else if (got > 0) text += guest.text(BYTES, got);
    else throw new Error(`received ${got} behind '${text}'`);
  }
  return text;
}

/** The same for the other end. */
async function peerReceives(guest: SteppedGuest, peer: number, length: number): Promise<string> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const got = guest.driver.recv(peer, bytes, filled, length - filled, 0);
    if (got === -Errno.AGAIN) await new Promise(setImmediate);
    else if (got > 0) filled += got;
    else throw new Error(`the peer received ${got}`);
  }
  return Buffer.from(bytes).toString();
}

describe.each(["posix", "net", "simulated"])("on the driver %s", (name) => {
  it("receives from many and sends to many, each result in its record", async () => {
    using guest = await SteppedGuest.open({}, name);
    const [one, idle, other] = [guest.connection(), guest.connection(), guest.connection()];
    guest.send(one.peer, "first");
    guest.send(other.peer, "second");
    expect(await receive(guest, one.fd, 5)).toBe("first");
    expect(await receive(guest, other.fd, 6)).toBe("second");
    const all = [one, idle, other].map(({ fd }, index): Transfer => [OP_RECV, fd, BYTES + index * 100, 100]);
    const again = -Errno.AGAIN;
    expect(transfer(guest, all)).toEqual({ errno: 0, made: 3, results: [again, again, again] });
    guest.view.setUint32(BYTES, 0x6464_6363, true);
    const sends: Transfer[] = [
      [OP_SEND, one.fd, BYTES, 2],
      [OP_SEND, other.fd, BYTES + 2, 2],
      [OP_SEND, one.fd, BYTES, 4],
      [OP_SEND, idle.fd, BYTES, 0],
    ];
    expect(transfer(guest, sends)).toEqual({ errno: 0, made: 4, results: [2, 2, 4, 0] });
    expect(await peerReceives(guest, one.peer, 6)).toBe("ccccdd");
    expect(await peerReceives(guest, other.peer, 2)).toBe("dd");
  });

  it("reports the error of each transfer and makes the others", async () => {
    using guest = await SteppedGuest.open({}, name);
    const { fd, peer } = guest.connection();
    guest.send(peer, "here");
    expect(await receive(guest, fd, 4)).toBe("here");
    const size = guest.memory.buffer.byteLength;
    const wrong: [Transfer, number][] = [
      [[OP_RECV, 999, BYTES, 1], Errno.BADF],
      [[OP_RECV, -1, BYTES, 1], Errno.BADF],
      [[OP_SEND, LISTENER, BYTES, 1], Errno.NOTCONN],
      [[OP_RECV, guest.readyFile, BYTES, 1], Errno.NOTSOCK],
      [[OP_RECV, 0, BYTES, 1], Errno.NOTSOCK],
      [[OP_ACCEPT, fd, BYTES, 1], Errno.INVAL],
      [[OP_ACCEPT, 0, BYTES, 1], Errno.NOTSOCK],
      [[OP_ACCEPT, 999, BYTES, 1], Errno.BADF],
      [[77, fd, BYTES, 1], Errno.INVAL],
      [[OP_RECV, fd, size - 1, 2], Errno.FAULT],
      [[OP_SEND, fd, 0xffff_fff0, 1], Errno.FAULT],
      [[OP_RECV, fd, 16, 0xffff_ffff], Errno.FAULT],
    ];
    const mixed = wrong.flatMap(([bad]): Transfer[] => [bad, [OP_SEND, fd, BYTES, 1]]);
    const results = wrong.flatMap(([, errno]) => [-errno, 1]);
    expect(transfer(guest, mixed)).toEqual({ errno: 0, made: 24, results });
  });

  it("reports the end of a stream and a broken pipe", async () => {
    using guest = await SteppedGuest.open({}, name);
    const { fd, peer } = guest.connection();
    guest.driver.shutdown(peer, 2);
    await expect.poll(() => transfer(guest, [[OP_RECV, fd, BYTES, 10]]).results).toEqual([0]);
    expect(guest.calls.sock_shutdown(fd, 2)).toBe(0);
    const sends: Transfer[] = [
      [OP_SEND, fd, BYTES, 10],
      [OP_RECV, fd, BYTES, 10],
    ];
    expect(transfer(guest, sends).results).toEqual([-Errno.PIPE, 0]);
  });

  it("leaves more than 64 for the next call", async () => {
    using guest = await SteppedGuest.open({}, name);
    const { fd } = guest.connection();
    const many = Array.from({ length: MAX_OPERATIONS + 2 }, (): Transfer => [OP_SEND, fd, BYTES, 1]);
    const { errno, made, results } = transfer(guest, many);
    expect({ errno, made }).toEqual({ errno: 0, made: MAX_OPERATIONS });
    expect(results).toEqual([...Array(MAX_OPERATIONS).fill(1), UNTOUCHED, UNTOUCHED]);
  });
});

it("does not sleep, even if a single call would", async () => {
  using guest = await SteppedGuest.open();
  guest.driver.connect(guest.host.listening[0]);
  expect(guest.calls.sock_accept(LISTENER, 0, RESULT)).toBe(0);
  const blocking = guest.view.getUint32(RESULT, true);
  expect(transfer(guest, [[OP_RECV, blocking, BYTES, 1]]).results).toEqual([-Errno.AGAIN]);
});

it("refuses an unaligned address and a part of an operation, and takes several buffers as several arrays", async () => {
  using guest = await SteppedGuest.open();
  const { fd } = guest.connection();
  expect(transfer(guest, [[OP_SEND, fd, BYTES, 1]], OPERATIONS + 2).errno).toBe(Errno.INVAL);
  expect(transfer(guest, [])).toEqual({ errno: 0, made: 0, results: [] });
  guest.view.setUint32(IOVEC + 4, OPERATION_SIZE - 1, true);
  expect(guest.calls.fd_write(guest.readyFile, IOVEC, 1, RESULT)).toBe(Errno.INVAL);
  guest.submit([{ op: OP_SEND, fd, buffer: BYTES, length: 1 }]);
  guest.view.setUint32(IOVEC + 8, OPERATIONS, true);
  guest.view.setUint32(IOVEC + 12, OPERATION_SIZE, true);
  expect(guest.calls.fd_write(guest.readyFile, IOVEC, 2, RESULT)).toBe(0);
  expect(guest.view.getUint32(RESULT, true)).toBe(2 * OPERATION_SIZE);
});

it("makes operations of all kinds in order", async () => {
  using guest = await SteppedGuest.open();
  const { fd, peer } = guest.connection();
  guest.driver.connect(guest.host.listening[0]);
  guest.send(peer, "abc");
  guest.view.setInt32(BYTES + 100, fd, true);
  guest.view.setUint32(BYTES + 104, 1, true);
  const { errno, results } = guest.submit([
    { op: OP_ARM, fd, mask: 1 },
    { op: OP_RECV, fd, buffer: BYTES, length: 1 },
    { op: OP_ACCEPT, fd: LISTENER },
    { op: OP_ACCEPT, fd: LISTENER },
    { op: OP_RECV, fd, buffer: BYTES + 1, length: 10 },
    { op: OP_LOOK, buffer: BYTES + 100, length: 8 },
  ]);
  expect({ errno, results }).toEqual({ errno: 0, results: [0, 1, fd + 1, -Errno.AGAIN, 2, 0] });
  expect(guest.text(BYTES, 3)).toBe("abc");
  guest.view.setUint32(RESULT, 0, true);
  expect(transfer(guest, [[OP_RECV, fd + 1, BYTES, 1]]).results).toEqual([-Errno.AGAIN]);
});

describe("the posix driver, given a list,", () => {
  const bytes = new Uint8Array(new ArrayBuffer(256));
  const list = (...transfers: number[][]) => Int32Array.from(transfers.flat());

  it("reads an adopted file from its position, in order with sockets", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "pollux-"));
    writeFileSync(path.join(folder, "file"), "one two");
    const driver = new PosixDriver();
    try {
      const file = driver.adoption!.adopt(openSync(path.join(folder, "file"), "r"));
      const [mine, yours] = driver.socketPair();
      driver.send(yours, Buffer.from("socket"), 0, 6);
      const mixed = list([file, 0, 3, RECEIVES], [mine, 10, 20, RECEIVES], [file, 3, 4, RECEIVES]);
      driver.batches!.transfer(mixed, 3, bytes);
      expect([mixed[3], mixed[7], mixed[11]]).toEqual([3, 6, 4]);
      expect(Buffer.from(bytes).toString("latin1", 0, 16)).toBe("one two\0\0\0socket");
      driver.close(file);
    } finally {
      driver.dispose();
      rmSync(folder, { recursive: true });
    }
  });

  it("continues after a handle that the kernel no longer knows", () => {
    const driver = new PosixDriver();
    const [mine, yours] = driver.socketPair();
    const gone = driver.socketPair();
    driver.send(yours, Buffer.from("ab"), 0, 2);
    for (const handle of gone) driver.close(handle);
    const three = list([mine, 0, 1, RECEIVES], [gone[0], 0, 1, RECEIVES], [mine, 1, 1, RECEIVES]);
    driver.batches!.transfer(three, 3, bytes);
    driver.dispose();
    expect([three[3], three[7], three[11]]).toEqual([1, -Errno.BADF, 1]);
  });
});
