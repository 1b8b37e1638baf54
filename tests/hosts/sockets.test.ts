import { describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { openDriver } from "../../wasi-host/drivers/index.ts";
import { Guest, NONBLOCK } from "./hand-driven-guest.ts";
import { lateClient } from "./late-client.ts";

const OUT = 16;
const MIB = 1 << 20;

/** A guest whose driver counts the calls of one of its functions. */
async function counting(name: "recv" | "recvVector" | "send" | "shutdown") {
  const driver = await openDriver();
  const counted = { calls: 0 };
  const call = driver[name].bind(driver) as (...args: unknown[]) => number;
  driver[name] = (...args: unknown[]) => {
    counted.calls++;
    return call(...args);
  };
  return { guest: await Guest.open({ driver, listen: ["127.0.0.1:0"] }), counted, driver };
}

const open = () => Guest.open({ listen: ["127.0.0.1:0"] });

describe("sock_accept", () => {
  it("blocks on an inherited listener until a connection arrives", async () => {
    using guest = await open();
    await lateClient(guest, "hello");
    expect(guest.calls.sock_accept(3, 0, OUT)).toBe(0);
    expect(guest.receive(guest.u32(), 16).text).toBe("hello");
  });

  it("is EAGAIN on a NONBLOCK listener without a connection", async () => {
    using guest = await open();
    guest.calls.fd_fdstat_set_flags(3, NONBLOCK);
    expect(guest.calls.sock_accept(3, 0, OUT)).toBe(Errno.AGAIN);
  });

  it("makes the new socket non-blocking only with NONBLOCK, whatever the listener's mode", async () => {
    using guest = await open();
    const flagsOf = (fd: number) => {
      guest.calls.fd_fdstat_get(fd, OUT);
      return guest.view.getUint16(OUT + 2, true);
    };
    expect(flagsOf((await guest.connection(NONBLOCK)).stream)).toBe(NONBLOCK);
    guest.calls.fd_fdstat_set_flags(3, NONBLOCK);
    expect(flagsOf((await guest.connection(0)).stream)).toBe(0);
  });

  it("is EINVAL with any other flag, and the connection waits", async () => {
    using guest = await open();
    const { stream } = await guest.connection();
    guest.calls.fd_close(stream);
    for (const flags of [1, 2, 8, NONBLOCK | 1, -1]) expect(guest.calls.sock_accept(3, flags, OUT)).toBe(Errno.INVAL);
    const { client, stream: next } = await guest.connection(NONBLOCK);
    await client.write("x");
    expect(guest.receive(next, 4).text).toBe("x");
  });
});

describe("sock_recv", () => {
  it("sleeps on a blocking stream until data arrives, and returns the available bytes", async () => {
    using guest = await open();
    await lateClient(guest, "some");
    guest.calls.sock_accept(3, 0, OUT);
    expect(guest.receive(guest.u32(), 100)).toEqual({ errno: 0, text: "some" });
  });

  it("is EAGAIN on a NONBLOCK stream without data, and 0 bytes at the end of the stream", async () => {
    using guest = await open();
    const { client, stream } = await guest.connection(NONBLOCK);
    expect(guest.receive(stream, 4).errno).toBe(Errno.AGAIN);
    await client.end();
    guest.calls.fd_fdstat_set_flags(stream, 0);
    expect(guest.receive(stream, 4)).toEqual({ errno: 0, text: "" });
  });

  it("fills one iovec after the other, with empty ones between, until a short count", async () => {
    using guest = await open();
    const { client, stream } = await guest.connection();
    await client.write("abcdefgh");
    const room = guest.room(32);
    const array = guest.iovecs([room, 3], [room + 31, 0], [room + 8, 2], [room + 16, 16], [room + 24, 4]);
    expect(guest.calls.sock_recv(stream, ...array, 0, OUT, OUT + 8)).toBe(0);
    expect(guest.u32()).toBe(8);
    expect(guest.bytes(room, 3).toString()).toBe("abc");
    expect(guest.bytes(room + 8, 3).toString()).toBe("de\0");
    expect(guest.bytes(room + 16, 4).toString()).toBe("fgh\0");
  });

  it("does not sleep for the second iovec if the first has data", async () => {
    using guest = await open();
    const { client, stream } = await guest.connection();
    await client.write("abc");
    const room = guest.room(16);
    expect(guest.calls.sock_recv(stream, ...guest.iovecs([room, 3], [room + 3, 3]), 0, OUT, OUT + 8)).toBe(0);
    expect(guest.u32()).toBe(3);
  });

  it("calls the driver once for a short count, and not at all without room", async () => {
    const { guest, counted, driver } = await counting("recvVector");
    const { client, stream } = await guest.connection();
    await client.write("abc");
    const room = guest.room(16);
    expect(guest.calls.sock_recv(stream, ...guest.iovecs([room, 8], [room + 8, 8]), 0, OUT, OUT + 8)).toBe(0);
    expect([guest.u32(), counted.calls]).toEqual([3, 1]);
    expect(guest.calls.sock_recv(stream, ...guest.iovecs([room, 0], [room, 0]), 0, OUT, OUT + 8)).toBe(0);
    expect([guest.u32(), counted.calls]).toEqual([0, 1]);
    guest.host.dispose();
    driver.dispose();
  });

  it("writes roflags of 0", async () => {
    using guest = await open();
    const { client, stream } = await guest.connection();
    await client.write("abc");
    guest.view.setUint32(OUT + 8, 0xffff_ffff, true);
    guest.receive(stream, 2);
    expect(guest.u32(OUT + 8)).toBe(0xffff_0000);
  });

  it("is ECONNRESET on a reset connection", async () => {
    using guest = await open();
    const { client, stream } = await guest.connection();
    client.socket.resetAndDestroy();
    await new Promise((resolve) => client.socket.once("close", resolve));
    expect(guest.receive(stream, 4).errno).toBe(Errno.CONNRESET);
  });

  it("is EINVAL with unknown riflags", async () => {
    using guest = await open();
    const { stream } = await guest.connection(NONBLOCK);
    for (const flags of [4, 8, -1]) expect(guest.receive(stream, 4, flags).errno).toBe(Errno.INVAL);
  });
});

describe("sock_send", () => {
  it("sends all iovecs in order", async () => {
    using guest = await open();
    const { client, stream } = await guest.connection();
    const array = guest.iovecs(guest.place("one "), guest.place(""), guest.place("two "), guest.place("three"));
    expect(guest.calls.sock_send(stream, ...array, 0, OUT)).toBe(0);
    expect(guest.u32()).toBe(13);
    expect(await client.read(13)).toBe("one two three");
  });

  it("sleeps on a blocking stream until the client has read enough, and sends everything", async () => {
    using guest = await open();
    guest.memory.grow(512);
    const { received } = await lateClient(guest, "read");
    guest.calls.sock_accept(3, 0, OUT);
    const stream = guest.u32();
    expect(guest.calls.sock_send(stream, ...guest.iovecs([0, 32 * MIB]), 0, OUT)).toBe(0);
    expect(guest.u32()).toBe(32 * MIB);
    guest.calls.fd_close(stream);
    expect(await received).toBe(32 * MIB);
  });

  it("is a short count on a NONBLOCK stream, then EAGAIN", async () => {
    using guest = await open();
    guest.memory.grow(1024);
    const { stream } = await guest.connection(NONBLOCK);
    const array = guest.iovecs([0, 32 * MIB], [0, 32 * MIB]);
    expect(guest.calls.sock_send(stream, ...array, 0, OUT)).toBe(0);
    expect(guest.u32()).toBeGreaterThan(0);
    expect(guest.u32()).toBeLessThan(32 * MIB);
    // The client's kernel may take more while its buffers grow; without a reader, not for long.
    let errno = 0;
    for (let sends = 0; errno === 0 && sends < 1000; sends++) errno = guest.calls.sock_send(stream, ...array, 0, OUT);
    expect(errno).toBe(Errno.AGAIN);
  });

  it("is EINVAL with siflags, and sends nothing", async () => {
    using guest = await open();
    const { client, stream } = await guest.connection();
    expect(guest.calls.sock_send(stream, ...guest.iovecs(guest.place("no")), 1, OUT)).toBe(Errno.INVAL);
    guest.calls.sock_send(stream, ...guest.iovecs(guest.place("yes")), 0, OUT);
    expect(await client.read(3)).toBe("yes");
  });

  it("is EPIPE after a shutdown of the write side", async () => {
    using guest = await open();
    const { stream } = await guest.connection();
    guest.calls.sock_shutdown(stream, 2);
    expect(guest.calls.sock_send(stream, ...guest.iovecs(guest.place("x")), 0, OUT)).toBe(Errno.PIPE);
  });
});

describe("fd_read and fd_write on a stream", () => {
  it("work as recv and send", async () => {
    using guest = await open();
    const { client, stream } = await guest.connection();
    await client.write("question");
    const room = guest.room(16);
    expect(guest.calls.fd_read(stream, ...guest.iovecs([room, 3], [room + 3, 13]), OUT)).toBe(0);
    expect([guest.u32(), guest.bytes(room, 8).toString()]).toEqual([8, "question"]);
    expect(guest.calls.fd_write(stream, ...guest.iovecs(guest.place("ans"), guest.place("wer")), OUT)).toBe(0);
    expect([guest.u32(), await client.read(6)]).toEqual([6, "answer"]);
  });

  it("block or not, by the stream's flag", async () => {
    using guest = await open();
    const { stream } = await guest.connection(NONBLOCK);
    expect(guest.calls.fd_read(stream, ...guest.iovecs([guest.room(8), 8]), OUT)).toBe(Errno.AGAIN);
    await lateClient(guest, "late");
    guest.calls.sock_accept(3, 0, OUT);
    expect(guest.calls.fd_read(guest.u32(), ...guest.iovecs([guest.room(8), 8]), OUT)).toBe(0);
    expect(guest.u32()).toBe(4);
  });
});

describe("sock_shutdown", () => {
  it("of the write side ends the stream for the client and keeps the read side", async () => {
    using guest = await open();
    const { client, stream } = await guest.connection();
    const ended = new Promise((resolve) => client.socket.once("end", resolve));
    expect(guest.calls.sock_shutdown(stream, 2)).toBe(0);
    await ended;
    await client.write("still");
    expect(guest.receive(stream, 8).text).toBe("still");
  });

  it("of the read side reads the end of the stream and keeps the write side", async () => {
    using guest = await open();
    const { client, stream } = await guest.connection();
    expect(guest.calls.sock_shutdown(stream, 1)).toBe(0);
    expect(guest.receive(stream, 8)).toEqual({ errno: 0, text: "" });
    guest.calls.sock_send(stream, ...guest.iovecs(guest.place("still")), 0, OUT);
    expect(await client.read(5)).toBe("still");
  });

  it("of no side or of unknown sides is EINVAL, without a driver call", async () => {
    const { guest, counted, driver } = await counting("shutdown");
    const { stream } = await guest.connection();
    for (const how of [0, 4, 7, -1]) expect(guest.calls.sock_shutdown(stream, how)).toBe(Errno.INVAL);
    expect(counted.calls).toBe(0);
    guest.host.dispose();
    driver.dispose();
  });
});
