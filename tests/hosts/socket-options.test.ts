/** Socket options by WasmEdge's numbers, over every driver; TCP sockets of the kernel are checked there, too. */
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { SimulatedDriver } from "../../wasi-host/drivers/simulated/index.ts";
import { WebDriver } from "../../wasi-host/drivers/web/index.ts";
import * as kernel from "../linux/sockets.ts";
import { NONBLOCK } from "./hand-driven-guest.ts";
import { DATAGRAM, EVERYTHING, INET4, LOOPBACK, SOL_SOCKET, SocketGuest, STREAM } from "./socket-guest.ts";

const OUT = 16;
const AF_UNIX = 3;
const [SO_REUSEADDR, SO_BROADCAST, SO_SNDBUF, SO_RCVBUF, SO_KEEPALIVE] = [0, 4, 5, 6, 7];
const [SO_LINGER, SO_RCVTIMEO, SO_SNDTIMEO] = [9, 11, 12];
const [IPPROTO_TCP, TCP_NODELAY] = [6, 1];
const MIB = 1 << 20;
const [PEEK, WAITALL] = [1, 2];
const FD_READ = 1;
/** A short time; nothing depends on its length. */
const TIMEOUT_US = 20_000;

class Options {
  readonly guest: SocketGuest;

  constructor(guest: SocketGuest) {
    this.guest = guest;
  }

  /** setsockopt of 32-bit words. */
  set(fd: number, level: number, name: number, ...words: number[]): number {
    const [at, length] = this.guest.guest.place(new Uint8Array(Int32Array.from(words).buffer));
    return this.guest.calls.sock_setsockopt(fd, level, name, at, length);
  }

  /** getsockopt of that many words; the errno alone if it is not 0. */
  get(fd: number, level: number, name: number, words = 1): number[] | number {
    const { guest } = this.guest;
    const [at, length] = [guest.room(words * 4), guest.room(4)];
    guest.view.setUint32(length, words * 4, true);
    const errno = this.guest.calls.sock_getsockopt(fd, level, name, at, length);
    if (errno !== 0) return errno;
    expect(guest.u32(length)).toBe(words * 4);
    return Array.from({ length: words }, (_, index) => guest.view.getInt32(at + index * 4, true));
  }

  /** Sleeps in poll_oneoff until the descriptor is readable. */
  readable(fd: number): void {
    const { guest } = this.guest;
    const subscription = guest.room(48);
    guest.view.setUint8(subscription + 8, FD_READ);
    guest.view.setUint32(subscription + 16, fd, true);
    expect(this.guest.calls.poll_oneoff(subscription, guest.room(32), 1, OUT)).toBe(0);
  }

  timeout(fd: number, name: number, microseconds = TIMEOUT_US): void {
    expect(this.set(fd, SOL_SOCKET, name, 0, 0, microseconds, 0)).toBe(0);
  }
}

/** Looks until it is true: the net driver's thread sets options a moment later. */
async function becomes(value: number, look: () => number[]): Promise<void> {
  for (let tries = 0; tries < 500 && look().some((found) => found !== value); tries++) await pause(2);
  expect(look()).toEqual(look().map(() => value));
}

const FLAGS = [
  ["TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY, 1, kernel.IPPROTO_TCP, kernel.TCP_NODELAY],
  ["SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, 0, kernel.SOL_SOCKET, kernel.SO_KEEPALIVE],
] as const;

describe.each(["posix", "net", "simulated"])("options of a TCP socket (%s driver)", (driver) => {
  const open = async () => {
    const guest = await SocketGuest.open({ ...EVERYTHING, driver });
    return { guest, options: new Options(guest), [Symbol.dispose]: () => guest[Symbol.dispose]() };
  };
  const inKernel = driver !== "simulated";

  it.each(FLAGS)("%s: is as set, on a connection and in the system", async (...flag) => {
    const [, level, name, initially, kernelLevel, kernelName] = flag;
    using end = await open();
    const { guest, options } = end;
    const [client] = guest.connection(guest.listener());
    const { port } = guest.name("sock_getlocaladdr", client);
    expect(options.get(client, level, name)).toEqual([initially]);
    for (const value of [1 - initially, initially, 1 - initially]) {
      expect(options.set(client, level, name, value)).toBe(0);
      expect(options.get(client, level, name)).toEqual([value]);
      if (!inKernel) continue;
      await becomes(value, () => kernel.socketsAt(port).map((fd) => kernel.option(fd, kernelLevel, kernelName)));
    }
  });

  it.each(FLAGS)("%s: keeps its value over a connect or listen, and is inherited from listeners", async (...flag) => {
    const [, level, name, initially, kernelLevel, kernelName] = flag;
    using end = await open();
    const { guest, options } = end;
    const [listening, client, bound] = [guest.socket(), guest.socket(), guest.socket()];
    for (const fd of [listening, client, bound]) {
      expect(options.get(fd, level, name)).toEqual([initially]);
      expect(options.set(fd, level, name, 1 - initially)).toBe(0);
      expect(options.get(fd, level, name)).toEqual([1 - initially]);
    }
    for (const fd of [listening, bound]) expect(guest.bind(fd)).toBe(0);
    expect(guest.calls.sock_listen(listening, 4)).toBe(0);
    const { port } = guest.name("sock_getlocaladdr", listening);
    for (const fd of [client, bound]) {
      expect(guest.connect(fd, port)).toBe(0);
      expect(guest.calls.sock_accept(listening, 0, OUT)).toBe(0);
      const server = guest.guest.u32(OUT);
      for (const end of [fd, server, listening]) expect(options.get(end, level, name)).toEqual([1 - initially]);
      if (!inKernel) continue;
      const own = guest.name("sock_getlocaladdr", fd).port;
      await becomes(1 - initially, () =>
        kernel.socketsAt(own).map((end) => kernel.option(end, kernelLevel, kernelName)),
      );
    }
  });

  it("SO_LINGER with 0 seconds resets the connection at close; a longer time is ENOTSUP", async () => {
    using end = await open();
    const { guest, options } = end;
    const [client, server] = guest.connection(guest.listener());
    expect(options.get(client, SOL_SOCKET, SO_LINGER, 2)).toEqual([0, 0]);
    expect(options.set(client, SOL_SOCKET, SO_LINGER, 1, 5)).toBe(Errno.NOTSUP);
    expect(options.get(client, SOL_SOCKET, SO_LINGER, 2)).toEqual([0, 0]);
    expect(options.set(client, SOL_SOCKET, SO_LINGER, 1, 0)).toBe(0);
    expect(options.get(client, SOL_SOCKET, SO_LINGER, 2)).toEqual([1, 0]);
    guest.calls.fd_close(client);
    expect(guest.guest.receive(server, 8).errno).toBe(Errno.CONNRESET);
  });

  it("buffers: the posix driver's have a maximum, the others' a fixed size", async () => {
    using end = await open();
    const { guest, options } = end;
    const [client] = guest.connection(guest.listener());
    for (const name of [SO_SNDBUF, SO_RCVBUF]) {
      for (const fd of [guest.socket(), client]) {
        const [before] = options.get(fd, SOL_SOCKET, name) as number[];
        expect(before).toBeGreaterThan(4096);
        for (const huge of [0x4000_0000, -1, 0x7fff_ffff]) {
          expect(options.set(fd, SOL_SOCKET, name, huge)).toBe(driver === "posix" ? 0 : Errno.NOTSUP);
          const [after] = options.get(fd, SOL_SOCKET, name) as number[];
          expect(after).toBeLessThanOrEqual(driver === "posix" ? 8 * MIB : before);
        }
        if (driver === "posix") {
          expect(options.set(fd, SOL_SOCKET, name, 50_000)).toBe(0);
          expect(options.get(fd, SOL_SOCKET, name)).toEqual([100_000]);
        }
      }
    }
  });

  it("SO_BROADCAST is kept by datagram sockets, bound or not; they have no TCP options", async () => {
    using end = await open();
    const { guest, options } = end;
    expect(guest.calls.sock_open(INET4, DATAGRAM, OUT)).toBe(0);
    const fd = guest.guest.u32(OUT);
    expect(options.get(fd, SOL_SOCKET, SO_BROADCAST)).toEqual([0]);
    expect(options.set(fd, SOL_SOCKET, SO_BROADCAST, 1)).toBe(0);
    expect(guest.bind(fd)).toBe(0);
    const { port } = guest.name("sock_getlocaladdr", fd);
    const looked = () =>
      kernel.socketsAt(port).map((socket) => kernel.option(socket, kernel.SOL_SOCKET, kernel.SO_BROADCAST));
    expect(options.get(fd, SOL_SOCKET, SO_BROADCAST)).toEqual([1]);
    if (inKernel) await becomes(1, looked);
    expect(options.set(fd, SOL_SOCKET, SO_BROADCAST, 0)).toBe(0);
    if (inKernel) await becomes(0, looked);
    expect(options.get(fd, IPPROTO_TCP, TCP_NODELAY)).toBe(Errno.NOPROTOOPT);
    expect(options.set(fd, IPPROTO_TCP, TCP_NODELAY, 1)).toBe(Errno.NOPROTOOPT);
  });

  it("SO_REUSEADDR stays on for streams and off for datagrams, which may set it", async () => {
    using end = await open();
    const { guest, options } = end;
    const stream = guest.socket();
    guest.calls.sock_open(INET4, DATAGRAM, OUT);
    const datagrams = guest.guest.u32(OUT);
    expect([0, 1].map((on) => options.set(stream, SOL_SOCKET, SO_REUSEADDR, on))).toEqual([Errno.NOTSUP, 0]);
    expect([0, 1].map((on) => options.set(datagrams, SOL_SOCKET, SO_REUSEADDR, on))).toEqual([0, 0]);
    expect(options.get(datagrams, SOL_SOCKET, SO_REUSEADDR)).toEqual([0]);
  });

  it("times: are read as set, 0 is none, and an invalid time is EDOM", async () => {
    using end = await open();
    const { guest, options } = end;
    const fd = guest.socket();
    for (const name of [SO_RCVTIMEO, SO_SNDTIMEO]) {
      expect(options.get(fd, SOL_SOCKET, name, 4)).toEqual([0, 0, 0, 0]);
      expect(options.set(fd, SOL_SOCKET, name, 3, 0, 250_000, 0)).toBe(0);
      expect(options.get(fd, SOL_SOCKET, name, 4)).toEqual([3, 0, 250_000, 0]);
      for (const wrong of [
        [0, 0, 1_000_000, 0],
        [0, 0, -1, -1],
        [-1, -1, 0, 0],
      ])
        expect(options.set(fd, SOL_SOCKET, name, ...wrong)).toBe(Errno.DOM);
      expect(options.get(fd, SOL_SOCKET, name, 4)).toEqual([3, 0, 250_000, 0]);
      expect(options.set(fd, SOL_SOCKET, name, 0, 0, 0, 0)).toBe(0);
      expect(options.get(fd, SOL_SOCKET, name, 4)).toEqual([0, 0, 0, 0]);
    }
  });

  it("a short value is EINVAL, a value outside memory EFAULT", async () => {
    using end = await open();
    const { guest, options } = end;
    const fd = guest.socket();
    expect(options.set(fd, SOL_SOCKET, SO_LINGER, 0)).toBe(Errno.INVAL);
    expect(options.set(fd, SOL_SOCKET, SO_RCVTIMEO, 0, 0)).toBe(Errno.INVAL);
    expect(options.get(fd, SOL_SOCKET, SO_LINGER, 1)).toBe(Errno.INVAL);
    expect(options.get(fd, SOL_SOCKET, SO_RCVTIMEO, 3)).toBe(Errno.INVAL);
    for (const [name, length] of [
      [SO_KEEPALIVE, 4],
      [SO_LINGER, 8],
      [SO_RCVTIMEO, 16],
    ]) {
      expect(guest.calls.sock_setsockopt(fd, SOL_SOCKET, name, guest.guest.size - length + 1, length)).toBe(
        Errno.FAULT,
      );
      expect(guest.calls.sock_getsockopt(fd, SOL_SOCKET, name, guest.guest.size - length + 1, length)).toBe(
        Errno.FAULT,
      );
      expect(guest.calls.sock_getsockopt(fd, SOL_SOCKET, name, OUT, length)).toBe(0);
    }
  });

  describe("SO_RCVTIMEO ends a blocking call without data with EAGAIN", () => {
    it("sock_recv and fd_read, in one iovec or two; data before the timeout is returned", async () => {
      using end = await open();
      const { guest, options } = end;
      const [client, server] = guest.connection(guest.listener());
      options.timeout(server, SO_RCVTIMEO);
      const room = guest.guest.room(16);
      const [one, two] = [guest.guest.iovecs([room, 16]), guest.guest.iovecs([room, 4], [room + 4, 4])];
      for (const array of [one, two]) {
        expect(guest.calls.sock_recv(server, ...array, 0, OUT, OUT + 8)).toBe(Errno.AGAIN);
        expect(guest.calls.fd_read(server, ...array, OUT)).toBe(Errno.AGAIN);
        expect(guest.calls.sock_recv(server, ...array, PEEK, OUT, OUT + 8)).toBe(Errno.AGAIN);
        expect(guest.calls.sock_recv(server, ...array, WAITALL, OUT, OUT + 8)).toBe(Errno.AGAIN);
      }
      guest.send(client, "abc");
      options.readable(server);
      expect([guest.calls.sock_recv(server, ...two, PEEK | WAITALL, OUT, OUT + 8), guest.guest.u32()]).toEqual([0, 3]);
      expect([guest.calls.sock_recv(server, ...two, WAITALL, OUT, OUT + 8), guest.guest.u32()]).toEqual([0, 3]);
    });

    it("sock_accept; the accepted socket inherits the option", async () => {
      using end = await open();
      const { guest, options } = end;
      const listener = guest.listener();
      options.timeout(listener.fd, SO_RCVTIMEO);
      expect(guest.calls.sock_accept(listener.fd, 0, OUT)).toBe(Errno.AGAIN);
      const [, server] = guest.connection(listener);
      expect(options.get(server, SOL_SOCKET, SO_RCVTIMEO, 4)).toEqual([0, 0, TIMEOUT_US, 0]);
      expect(guest.guest.receive(server, 4).errno).toBe(Errno.AGAIN);
    });

    it("sock_recv_from of a datagram socket", async () => {
      using end = await open();
      const { guest, options } = end;
      guest.calls.sock_open(INET4, DATAGRAM, OUT);
      const fd = guest.guest.u32(OUT);
      expect(guest.bind(fd)).toBe(0);
      options.timeout(fd, SO_RCVTIMEO);
      const address = guest.address(new Array(16).fill(0));
      const room = guest.guest.iovecs([guest.guest.room(8), 8]);
      expect(guest.calls.sock_recv_from(fd, ...room, address, 0, OUT, OUT + 8)).toBe(Errno.AGAIN);
      expect(guest.guest.receive(fd, 4).errno).toBe(Errno.AGAIN);
    });
  });

  it("SO_SNDTIMEO ends a blocking send with a short count, then with EAGAIN", async () => {
    using end = await open();
    const { guest, options } = end;
    guest.guest.memory.grow(512);
    const [client] = guest.connection(guest.listener());
    options.timeout(client, SO_SNDTIMEO);
    for (const array of [guest.guest.iovecs([0, 32 * MIB]), guest.guest.iovecs([0, 16 * MIB], [0, 16 * MIB])]) {
      let [errno, sends] = [0, 0];
      for (; errno === 0 && sends < 100; sends++) {
        errno = guest.calls.sock_send(client, ...array, 0, OUT);
        if (errno === 0) expect(guest.guest.u32()).toBeLessThan(32 * MIB);
      }
      expect(errno).toBe(Errno.AGAIN);
    }
  });
});

// libuv accepts every connection, so none waits.
it.each(["posix", "simulated"])(
  "SO_SNDTIMEO ends sock_connect with EINPROGRESS, and the connection continues (%s driver)",
  async (driver) => {
    using guest = await SocketGuest.open({ ...EVERYTHING, driver });
    const options = new Options(guest);
    const { fd: listener, port } = guest.listener(INET4, 0);
    guest.pending(port);
    const client = guest.socket();
    options.timeout(client, SO_SNDTIMEO);
    expect(guest.connect(client, port)).toBe(Errno.INPROGRESS);
    expect(guest.connect(client, port)).toBe(Errno.ALREADY);
    expect(options.get(client, SOL_SOCKET, SO_SNDTIMEO, 4)).toEqual([0, 0, TIMEOUT_US, 0]);
    guest.calls.fd_close(listener);
  },
);

it("virtual time passes while a call on a simulated network waits for its timeout", async () => {
  const driver = new SimulatedDriver();
  using guest = await SocketGuest.open({ ...EVERYTHING, driver });
  const options = new Options(guest);
  const [client] = guest.connection(guest.listener());
  expect(options.set(client, SOL_SOCKET, SO_RCVTIMEO, 3600, 0, 0, 0)).toBe(0);
  const before = driver.now();
  expect(guest.guest.receive(client, 4).errno).toBe(Errno.AGAIN);
  expect(Number(driver.now() - before)).toBeGreaterThanOrEqual(3600e9);
});

it.each(["posix", "net", "simulated"])(
  "a Unix socket has no options before it is connected: ENOTSUP (%s driver)",
  async (driver) => {
    using guest = await SocketGuest.open({ ...EVERYTHING, driver });
    const options = new Options(guest);
    expect(guest.calls.sock_open(AF_UNIX, STREAM, OUT)).toBe(0);
    const fd = guest.guest.u32(OUT);
    for (const [level, name] of [
      [IPPROTO_TCP, TCP_NODELAY],
      [SOL_SOCKET, SO_KEEPALIVE],
    ]) {
      expect(options.set(fd, level, name, 1)).toBe(Errno.NOTSUP);
      expect(options.get(fd, level, name)).toBe(Errno.NOTSUP);
    }
  },
);

it("a Worker's sockets have no options: ENOTSUP; timeouts work, because they are the host's", async () => {
  using guest = await SocketGuest.open({ ...EVERYTHING, driver: new WebDriver(), sleep: "stepping" });
  const options = new Options(guest);
  const fd = guest.socket(INET4, NONBLOCK);
  for (const [level, name] of [
    [IPPROTO_TCP, TCP_NODELAY],
    [SOL_SOCKET, SO_KEEPALIVE],
    [SOL_SOCKET, SO_RCVBUF],
  ]) {
    expect(options.set(fd, level, name, 1)).toBe(Errno.NOTSUP);
    if (name !== SO_RCVBUF) expect(options.get(fd, level, name)).toBe(Errno.NOTSUP);
  }
  expect(options.set(fd, SOL_SOCKET, SO_LINGER, 1, 0)).toBe(Errno.NOTSUP);
  expect(guest.connect(fd, 80, LOOPBACK)).toBe(Errno.INPROGRESS);
  expect(options.set(fd, IPPROTO_TCP, TCP_NODELAY, 1)).toBe(Errno.NOTSUP);
  expect(options.set(fd, SOL_SOCKET, SO_RCVTIMEO, 1, 0, 0, 0)).toBe(0);
  expect(options.get(fd, SOL_SOCKET, SO_RCVTIMEO, 4)).toEqual([1, 0, 0, 0]);
});
