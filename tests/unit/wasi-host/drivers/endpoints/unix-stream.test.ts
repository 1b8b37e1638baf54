/** Unix stream sockets, as net/unix/af_unix.c has them: messages that the sender pays for until they are read. */
import { describe, expect, it } from "vitest";
import { Errno } from "../../../../../wasi-host/abi/errno.ts";
import { ERR, HUP, IN, OUT } from "../../../../../wasi-host/abi/readiness.ts";
import {
  BOTH_SIDES,
  ENDED,
  type Endpoint,
  READ_SIDE,
  READABLE,
  UNIX_WRITABLE,
  WRITE_SIDE,
} from "../../../../../wasi-host/drivers/endpoints/endpoint.ts";
import { UnixStream } from "../../../../../wasi-host/drivers/endpoints/unix-stream.ts";

const SIZE = 1024;
const { AGAIN, CONNRESET, INVAL, PIPE } = Errno;

const send = (stream: Endpoint, length: number) => stream.send(new Uint8Array(length), 0, length);
const recv = (stream: Endpoint, length: number, peek = false) => stream.recv(new Uint8Array(length), 0, length, peek);

/** The wakeups that pass a mask. */
function wakeups(endpoint: Endpoint, filter = 0xffff): { count: number } {
  const counted = { count: 0 };
  endpoint.wakers = { next: null, filter, wake: () => counted.count++, end() {} };
  return counted;
}

describe("a pair of Unix streams", () => {
  it("carries bytes both ways", () => {
    const [one, other] = UnixStream.pair(SIZE);
    one.send(Uint8Array.of(1, 2), 0, 2);
    other.send(Uint8Array.of(9), 0, 1);
    const target = new Uint8Array(2);
    expect([other.recv(target, 0, 2, false), [...target]]).toEqual([2, [1, 2]]);
    expect([one.recv(target, 0, 2, false), target[0]]).toEqual([1, 9]);
  });

  it("keeps peeked bytes", () => {
    const [one, other] = UnixStream.pair(SIZE);
    send(one, 3);
    expect([recv(other, 9, true), recv(other, 9, true), recv(other, 9), recv(other, 9)]).toEqual([3, 3, 3, -AGAIN]);
  });

  it("joins several messages in one receive", () => {
    const [one, other] = UnixStream.pair(SIZE);
    send(one, 3);
    send(one, 4);
    expect([other.available(), recv(other, 5), recv(other, 5)]).toEqual([7, 5, 2]);
  });

  it("is writable while at most a quarter of the buffer is used", () => {
    const [one] = UnixStream.pair(SIZE);
    send(one, SIZE / 4 - 4);
    expect(one.level() & OUT).toBe(OUT);
    send(one, 1);
    expect(one.level() & OUT).toBe(0);
  });

  it("returns a short count, then EAGAIN, when the buffer is full", () => {
    const [one] = UnixStream.pair(SIZE);
    const sent = send(one, 10 * SIZE);
    expect(sent).toBeGreaterThanOrEqual(SIZE);
    expect(sent).toBeLessThan(2 * SIZE);
    expect(send(one, 1)).toBe(-AGAIN);
  });

  it("limits single-byte messages too, because a message costs more than its bytes", () => {
    const [one] = UnixStream.pair(SIZE);
    let count = 0;
    while (send(one, 1) === 1) count++;
    expect(count).toBeLessThan(SIZE);
  });

  it("wakes the receiver for each message, even behind unread data", () => {
    const [one, other] = UnixStream.pair(SIZE);
    const woken = wakeups(other, IN);
    send(one, 1);
    send(one, 1);
    expect(woken.count).toBe(2);
  });

  it("wakes the sender for each fully read message once it is writable", () => {
    const [one, other] = UnixStream.pair(SIZE);
    for (let count = 0; count < 4; count++) send(one, 100);
    const woken = wakeups(one, OUT);
    recv(other, 150);
    expect(woken.count).toBe(0);
    recv(other, 50);
    expect(woken.count).toBe(1);
    recv(other, 99);
    expect(woken.count).toBe(1);
    recv(other, 1);
    expect(woken.count).toBe(2);
  });
});

describe("shutting down", () => {
  it("of the write side lets the peer read to the end; sending is EPIPE", () => {
    const [one, other] = UnixStream.pair(SIZE);
    send(one, 2);
    one.shutdown(WRITE_SIDE);
    expect([send(one, 1), other.level(), recv(other, 9), recv(other, 9)]).toEqual([
      -PIPE,
      READABLE | ENDED | UNIX_WRITABLE,
      2,
      0,
    ]);
  });

  it("of the read side stops the peer from sending", () => {
    const [one, other] = UnixStream.pair(SIZE);
    one.shutdown(READ_SIDE);
    expect([recv(one, 1), send(other, 1)]).toEqual([0, -PIPE]);
  });

  it("of both sides is a hangup at both ends", () => {
    const [one, other] = UnixStream.pair(SIZE);
    one.shutdown(BOTH_SIDES);
    expect([one.level() & HUP, other.level() & HUP]).toEqual([HUP, HUP]);
  });

  it("wakes both ends, also the second time", () => {
    const [one, other] = UnixStream.pair(SIZE);
    const [near, far] = [wakeups(one), wakeups(other)];
    one.shutdown(WRITE_SIDE);
    one.shutdown(WRITE_SIDE);
    expect([near.count, far.count]).toEqual([2, 2]);
  });
});

describe("closing", () => {
  it("with no unread bytes is an end of stream for the peer", () => {
    const [one, other] = UnixStream.pair(SIZE);
    one.close();
    expect([other.level(), recv(other, 1), send(other, 1)]).toEqual([ENDED | HUP | UNIX_WRITABLE, 0, -PIPE]);
  });

  it("lets the peer read earlier data first", () => {
    const [one, other] = UnixStream.pair(SIZE);
    send(one, 5);
    one.close();
    expect([recv(other, 9), recv(other, 9)]).toEqual([5, 0]);
  });

  it("with unread bytes is ECONNRESET for the peer, once", () => {
    const [one, other] = UnixStream.pair(SIZE);
    send(other, 5);
    one.close();
    expect([other.level() & ERR, recv(other, 1), recv(other, 1)]).toEqual([ERR, -CONNRESET, 0]);
  });

  it("by a reset is always ECONNRESET for the peer", () => {
    const [one, other] = UnixStream.pair(SIZE);
    one.reset();
    expect([other.takeError(), other.takeError()]).toEqual([CONNRESET, 0]);
  });

  it("returns the space of discarded bytes to the peer", () => {
    const [one, other] = UnixStream.pair(SIZE);
    send(other, 10 * SIZE);
    expect(other.level() & OUT).toBe(0);
    one.close();
    expect(other.level() & OUT).toBe(OUT);
  });

  it("leaves the peer without a peer address", () => {
    const [one, other] = UnixStream.pair(SIZE);
    expect(other.remoteAddress()).toEqual({ host: "", port: -1 });
    one.close();
    expect([other.remoteAddress(), other.localAddress()]).toEqual([undefined, { host: "", port: -1 }]);
  });
});

it("accept on a connected stream is EINVAL", () => {
  expect(UnixStream.pair(SIZE)[0].accept()).toBe(-INVAL);
});
