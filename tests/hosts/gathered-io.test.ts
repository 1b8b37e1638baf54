/** Several iovecs in one call are sent together and filled together, on every driver and every kind of descriptor. */
import { describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { HUP, IN } from "../../wasi-host/abi/readiness.ts";
import type { Driver } from "../../wasi-host/drivers/contract/driver.ts";
import { pollfds, setPollfd } from "../../wasi-host/drivers/contract/pollfd.ts";
import { openDriver } from "../../wasi-host/drivers/index.ts";
import { PosixDriver } from "../../wasi-host/drivers/posix/index.ts";
import { SimulatedDriver } from "../../wasi-host/drivers/simulated/index.ts";
import { WebDriver } from "../../wasi-host/drivers/web/index.ts";
import type { WasiHostOptions } from "../../wasi-host/index.ts";
import { Descriptor } from "../../wasi-host/kernel/descriptors.ts";
import { Stream } from "../../wasi-host/kernel/sockets.ts";
import { ProcessStdio } from "../../wasi-host/stdio/process-stdio.ts";
import { close, packetPair, packetPipe, segmentsIn } from "../linux/sockets.ts";
import { Guest, NONBLOCK } from "./hand-driven-guest.ts";
import { lateClient } from "./late-client.ts";
import { EVERYTHING, SocketGuest } from "./socket-guest.ts";

const OUT = 16;
const TIMEOUT_NS = 5e9;
const MIB = 1 << 20;
const HEAD = "head: 20 bytes here\n";
const BODY = "body: 20 bytes here\n";

/** A kernel's connection to the guest's listener: the client's driver and handle, and the guest's descriptor. */
async function connected(options: WasiHostOptions, flags = 0) {
  const guest = await Guest.open({ listen: ["127.0.0.1:0"], ...options });
  const driver = new PosixDriver();
  const client = driver.connect(guest.host.listening[0]);
  expect(guest.calls.sock_accept(3, flags, OUT)).toBe(0);
  const end = {
    guest,
    driver,
    client,
    stream: guest.u32(),
    [Symbol.dispose]() {
      driver.dispose();
      guest.host.dispose();
    },
  };
  return end;
}

/** Receives until `length` bytes have arrived. */
function received(driver: Driver, handle: number, length: number): string {
  const bytes = new Uint8Array(new ArrayBuffer(length));
  const fds = pollfds(2);
  for (let got = 0; got < length; ) {
    setPollfd(fds, 0, handle, IN);
    if (driver.poll(fds, 1, TIMEOUT_NS) !== 1) throw new Error(`${got} of ${length} bytes have come`);
    const count = driver.recv(handle, bytes, got, length - got, 0);
    if (count === 0) throw new Error(`the end after ${got} of ${length} bytes`);
    if (count > 0) got += count;
  }
  return Buffer.from(bytes).toString("latin1");
}

const writers = {
  fd_write: (guest: Guest, fd: number, array: [number, number]) => guest.calls.fd_write(fd, ...array, OUT),
  sock_send: (guest: Guest, fd: number, array: [number, number]) => guest.calls.sock_send(fd, ...array, 0, OUT),
};
type Writer = keyof typeof writers;

describe.each(["posix", "net"])("over the kernel's TCP (%s driver)", (driver) => {
  it.each([
    ["fd_write", 0],
    ["fd_write", NONBLOCK],
    ["sock_send", 0],
    ["sock_send", NONBLOCK],
  ] as [Writer, number][])("%s sends two iovecs in one segment (fdflags %i)", async (call, flags) => {
    using end = await connected({ driver }, flags);
    const { guest, stream } = end;
    for (let turn = 1; turn <= 5; turn++) {
      const array = guest.iovecs(guest.place(HEAD), [0, 0], guest.place(BODY));
      expect([writers[call](guest, stream, array), guest.u32()]).toEqual([0, 40]);
      expect(received(end.driver, end.client, 40)).toBe(HEAD + BODY);
      expect(segmentsIn(end.client)).toBe(turn);
    }
  });

  it("a blocking send of many MiB in three iovecs is sent whole to a slow client", async () => {
    using guest = await Guest.open({ driver, listen: ["127.0.0.1:0"] });
    guest.memory.grow(512);
    const { received } = await lateClient(guest, "read");
    guest.calls.sock_accept(3, 0, OUT);
    const stream = guest.u32();
    const array = guest.iovecs([0, 5], [5, 20 * MIB], [7, 12 * MIB]);
    expect([guest.calls.sock_send(stream, ...array, 0, OUT), guest.u32()]).toEqual([0, 32 * MIB + 5]);
    guest.calls.fd_close(stream);
    expect(await received).toBe(32 * MIB + 5);
  });

  it("a NONBLOCK send of many MiB in three iovecs is a short count, then EAGAIN", async () => {
    using end = await connected({ driver }, NONBLOCK);
    const { guest, stream } = end;
    guest.memory.grow(512);
    const array = guest.iovecs([0, 5], [5, 20 * MIB], [7, 12 * MIB]);
    expect(guest.calls.sock_send(stream, ...array, 0, OUT)).toBe(0);
    expect(guest.u32()).toBeGreaterThan(5);
    expect(guest.u32()).toBeLessThan(32 * MIB);
    let errno = 0;
    for (let sends = 0; errno === 0 && sends < 1000; sends++) errno = guest.calls.sock_send(stream, ...array, 0, OUT);
    expect(errno).toBe(Errno.AGAIN);
  });
});

describe("on a simulated network", () => {
  it("two iovecs arrive as one segment", async () => {
    const driver = new SimulatedDriver({ latency: [1_000, 1_000_000] });
    using guest = await SocketGuest.open({ ...EVERYTHING, driver });
    const [client, server] = guest.connection(guest.listener());
    const handle = guest.guest.host.descriptors.get(client)!.handle;
    const fds = pollfds(2);
    for (let turn = 0; turn < 5; turn++) {
      const array = guest.guest.iovecs(guest.guest.place(HEAD), guest.guest.place(BODY));
      expect(guest.calls.fd_write(server, ...array, OUT)).toBe(0);
      setPollfd(fds, 0, handle, IN);
      driver.poll(fds, 1, Infinity);
      expect(driver.available(handle)).toBe(40);
      expect(guest.guest.receive(client, 64).text).toBe(HEAD + BODY);
    }
    driver.dispose();
  });
});

describe("on a Worker's sockets", () => {
  it("two iovecs are one write", async () => {
    const driver = new WebDriver();
    using guest = await Guest.open({ driver, listen: ["0.0.0.0:7"], sleep: "stepping" });
    const written: string[] = [];
    const never = new Promise<void>(() => {});
    void driver.serve({
      readable: new ReadableStream(),
      writable: new WritableStream({ write: (bytes) => void written.push(Buffer.from(bytes).toString()) }),
      opened: Promise.resolve({ localAddress: "0.0.0.0:7" }),
      closed: never,
      close: () => never,
    });
    const fds = pollfds(2);
    setPollfd(fds, 0, guest.host.descriptors.get(3)!.handle, IN);
    await driver.pollAsync(fds, 1, Infinity, undefined, new AbortController().signal);
    expect(guest.calls.sock_accept(3, NONBLOCK, OUT)).toBe(0);
    const array = guest.iovecs(guest.place(HEAD), guest.place(BODY));
    expect([guest.calls.fd_write(guest.u32(), ...array, OUT), guest.u32()]).toEqual([0, 40]);
    for (let turns = 0; turns < 10; turns++) await Promise.resolve();
    expect(written).toEqual([HEAD + BODY]);
    driver.dispose();
  });
});

describe("gathered writes and scattered reads are one call", () => {
  /** `stdout` as what is written to the descriptor by the posix driver or by Node. */
  const outputs: [string, (driver: Driver, fd: number) => WasiHostOptions["stdout"] | Descriptor][] = [
    ["a descriptor that the driver has adopted", (driver, fd) => new Stream(driver, driver.adoption!.adopt(fd), true)],
    ["stdout that the driver writes", (driver, fd) => ({ handle: driver.adoption!.adopt(fd) })],
    ["the process's own stdout", (driver, fd) => new ProcessStdio(driver, fd, fd, false)],
    [
      "the process's own stdout, without a driver that polls it",
      (driver, fd) => new ProcessStdio(driver, fd, -1, false),
    ],
  ];

  for (const [kind, open] of [
    ["pipe", packetPipe],
    ["socket pair", packetPair],
  ] as const) {
    it.each(outputs)(`%s: a ${kind}`, async (_, output) => {
      const driver = new PosixDriver();
      const [reader, writer] = open();
      const given = output(driver, writer);
      const descriptor = given instanceof Descriptor ? given : undefined;
      const guest = await Guest.open(descriptor ? { driver } : { driver, stdout: given as WasiHostOptions["stdout"] });
      const fd = descriptor === undefined ? 1 : guest.host.descriptors.insert(descriptor);
      const array = guest.iovecs(guest.place(HEAD), guest.place(BODY));
      expect([guest.calls.fd_write(fd, ...array, OUT), guest.u32()]).toEqual([0, 40]);
      expect(driver.recv(driver.adoption!.adopt(reader), new Uint8Array(new ArrayBuffer(64)), 0, 64, 0)).toBe(40);
      guest.host.dispose();
      close(reader);
      if (descriptor instanceof ProcessStdio) close(writer);
      driver.dispose();
    });
  }

  it("a stdout function gets several iovecs in one call", async () => {
    const parts: string[] = [];
    using guest = await Guest.open({ stdout: (bytes) => void parts.push(Buffer.from(bytes).toString()) });
    expect(guest.calls.fd_write(1, ...guest.iovecs(guest.place(HEAD), guest.place(BODY)), OUT)).toBe(0);
    expect(parts).toEqual([HEAD + BODY]);
  });

  it.each(["posix", "net", "simulated"])("fd_read fills several iovecs from a pipe (%s driver)", async (name) => {
    const driver = await openDriver(name);
    const [reader, writer] = driver.pipe();
    const guest = await Guest.open({ driver, stdin: { handle: reader } });
    driver.send(writer, Buffer.from("abcdefgh"), 0, 8);
    const room = guest.room(16);
    const array = guest.iovecs([room, 3], [room + 4, 3], [room + 8, 8]);
    expect([guest.calls.fd_read(0, ...array, OUT), guest.u32()]).toEqual([0, 8]);
    expect(guest.bytes(room, 16).toString()).toBe("abc\0def\0gh\0\0\0\0\0\0");
    guest.host.dispose();
    driver.dispose();
  });

  it("text as stdin fills several iovecs", async () => {
    using guest = await Guest.open({ stdin: "abcdefgh" });
    const room = guest.room(16);
    expect(guest.calls.fd_read(0, ...guest.iovecs([room, 3], [room + 4, 8]), OUT)).toBe(0);
    expect([guest.u32(), guest.bytes(room, 12).toString()]).toEqual([8, "abc\0defgh\0\0\0"]);
  });
});

describe.each(["posix", "net", "simulated"])(
  "an error after the bytes that fill the first iovec (%s driver)",
  (name) => {
    it("is returned by the next call", async () => {
      const driver = await openDriver(name);
      using guest = await SocketGuest.open({ ...EVERYTHING, driver });
      const [client, server] = guest.connection(guest.listener());
      const [near, far] = [client, server].map((fd) => guest.guest.host.descriptors.get(fd)!.handle);
      const until = (handle: number, events: number) => {
        const fds = pollfds(2);
        setPollfd(fds, 0, handle, events);
        expect(driver.poll(fds, 1, TIMEOUT_NS)).toBe(1);
      };
      guest.send(server, "unread");
      guest.send(client, "abc");
      until(near, IN);
      until(far, IN);
      guest.calls.fd_close(client); // with unread bytes: a reset
      until(far, HUP);
      const room = guest.guest.room(16);
      const array = guest.guest.iovecs([room, 3], [room + 4, 3]);
      expect([guest.calls.sock_recv(server, ...array, 0, OUT, OUT + 8), guest.guest.u32()]).toEqual([0, 3]);
      expect(guest.calls.sock_recv(server, ...array, 0, OUT, OUT + 8)).toBe(Errno.CONNRESET);
      driver.dispose();
    });
  },
);
