/** Datagrams by WasmEdge's calls: over every driver with itself, and over the kernel with node:dgram. */
import dgram from "node:dgram";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { describeRefusal, type Refusal, type WasiHostOptions } from "../../wasi-host/index.ts";
import { NONBLOCK } from "./hand-driven-guest.ts";
import { DATAGRAM, EVERYTHING, INET4, INET6, LOOPBACK, LOOPBACK6, SocketGuest } from "./socket-guest.ts";

const OUT = 16;
const PEEK = 1;
const [SO_REUSEADDR, SO_TYPE, SO_ERROR, SO_BROADCAST] = [0, 1, 2, 4];

class DatagramGuest extends SocketGuest {
  static override async open(options: WasiHostOptions = EVERYTHING): Promise<DatagramGuest> {
    return new DatagramGuest((await SocketGuest.open(options)).guest);
  }

  datagrams(family = INET4, flags = 0): number {
    expect(this.calls.sock_open(family, DATAGRAM, OUT)).toBe(0);
    const fd = this.guest.u32(OUT);
    this.calls.fd_fdstat_set_flags(fd, flags);
    return fd;
  }

  /** A socket with a name, and its port. */
  bound(ip = LOOPBACK): { fd: number; port: number } {
    const fd = this.datagrams(ip.length === 4 ? INET4 : INET6);
    expect(this.bind(fd, 0, ip)).toBe(0);
    return { fd, port: this.name("sock_getlocaladdr", fd).port };
  }

  /** One datagram for each text. */
  sendTo(fd: number, texts: string[], port: number, ip = LOOPBACK): number {
    const iovecs = this.guest.iovecs(...texts.map((text) => this.guest.place(text)));
    return this.calls.sock_send_to(fd, ...iovecs, this.address(ip), port, 0, OUT);
  }

  /** By version 2: an address of 128 bytes, with its family, and a port. */
  receiveFrom(fd: number, rooms = [64], flags = 0) {
    const { guest } = this;
    const buffers = rooms.map((room): [number, number] => [guest.room(room), room]);
    const storage = guest.room(128);
    const [port, size, cut] = [guest.room(4), guest.room(4), guest.room(4)];
    const address = guest.iovecs([storage, 128])[0];
    const errno = this.calls.sock_recv_from(fd, ...guest.iovecs(...buffers), address, flags, port, size, cut);
    if (errno !== 0) return { errno };
    const text = Buffer.concat(buffers.map(([at, length]) => guest.bytes(at, length))).toString();
    const family = guest.bytes(storage, 2).readUInt16LE();
    return {
      errno,
      text: text.slice(0, guest.u32(size)),
      ip: [...guest.bytes(storage + 2, family === INET4 ? 4 : 16)],
      port: guest.u32(port),
      cut: guest.u32(cut),
    };
  }
}

describe.each(["posix", "simulated"])("datagrams (%s driver)", (driver) => {
  const open = (options = {}) => DatagramGuest.open({ ...EVERYTHING, driver, ...options });

  it.each([
    ["IPv4", LOOPBACK],
    ["IPv6", LOOPBACK6],
  ])("arrive whole, with their sender's address: %s", async (_, ip) => {
    using guest = await open();
    const [one, other] = [guest.bound(ip), guest.bound(ip)];
    expect(guest.sendTo(one.fd, ["in ", "pieces"], other.port, ip)).toBe(0);
    expect(guest.guest.u32(OUT)).toBe(9);
    expect(guest.sendTo(one.fd, [], other.port, ip)).toBe(0);
    expect(guest.readable(other.fd)).toBe(9n);
    const from = { errno: 0, ip, port: one.port, cut: 0 };
    expect(guest.receiveFrom(other.fd, [4, 60])).toEqual({ ...from, text: "in pieces" });
    expect(guest.receiveFrom(other.fd)).toEqual({ ...from, text: "" });
  });

  it("are truncated with a flag; a peek keeps them", async () => {
    using guest = await open();
    const [one, other] = [guest.bound(), guest.bound()];
    guest.sendTo(one.fd, ["too long"], other.port);
    guest.readable(other.fd);
    expect(guest.receiveFrom(other.fd, [2, 1], PEEK)).toMatchObject({ text: "too", cut: 1 });
    expect(guest.receiveFrom(other.fd, [8])).toMatchObject({ text: "too long", cut: 0 });
    guest.calls.fd_fdstat_set_flags(other.fd, NONBLOCK);
    expect(guest.receiveFrom(other.fd).errno).toBe(Errno.AGAIN);
  });

  it("that are too long are EMSGSIZE", async () => {
    using guest = await open();
    const [one, other] = [guest.bound(), guest.bound()];
    guest.guest.memory.grow(2);
    const send = (length: number) =>
      guest.calls.sock_send_to(
        one.fd,
        ...guest.guest.iovecs([65_536, length]),
        guest.address(LOOPBACK),
        other.port,
        0,
        OUT,
      );
    expect([send(65_507), send(65_508), send(65_535), send(65_536)]).toEqual([0, ...new Array(3).fill(Errno.MSGSIZE)]);
  });

  it("of a connected socket work with sock_send, fd_write, sock_recv and fd_read", async () => {
    using guest = await open();
    const [one, other] = [guest.bound(), guest.bound()];
    const send = guest.guest.iovecs(guest.guest.place("one"), guest.guest.place("two"));
    expect(guest.calls.sock_send(one.fd, ...send, 0, OUT)).toBe(Errno.DESTADDRREQ);
    expect(guest.name("sock_getpeeraddr", one.fd).errno).toBe(Errno.NOTCONN);
    expect(guest.connect(one.fd, other.port)).toBe(0);
    expect(guest.name("sock_getpeeraddr", one.fd)).toMatchObject({ errno: 0, port: other.port });
    expect(guest.calls.sock_send(one.fd, ...send, 0, OUT)).toBe(0);
    expect(guest.calls.fd_write(one.fd, ...send, OUT)).toBe(0);
    guest.readable(other.fd);
    expect(guest.guest.receive(other.fd, 16)).toEqual({ errno: 0, text: "onetwo" });
    const rooms = guest.guest.iovecs([guest.guest.room(8), 4], [guest.guest.room(8), 8]);
    expect(guest.calls.fd_read(other.fd, ...rooms, OUT)).toBe(0);
    expect(guest.guest.u32(OUT)).toBe(6);
    expect(guest.calls.sock_shutdown(one.fd, 2)).toBe(0);
    expect(guest.calls.sock_shutdown(other.fd, 2)).toBe(Errno.NOTCONN);
  });

  it("in version 1 have only the address, in 4 or 16 bytes", async () => {
    using guest = await open();
    const [one, other] = [guest.bound(), guest.bound()];
    const { guest: by } = guest;
    for (const room of [4, 16]) {
      guest.sendTo(one.fd, ["x"], other.port);
      guest.readable(other.fd);
      const buffer = by.room(room);
      const iovecs = by.iovecs([by.room(8), 8]);
      const address = by.iovecs([buffer, room])[0];
      expect(guest.calls.sock_recv_from(other.fd, ...iovecs, address, 0, OUT, OUT + 8)).toBe(0);
      expect([...by.bytes(buffer, 4), by.u32(OUT)]).toEqual([...LOOPBACK, 1]);
    }
    const six = guest.bound(LOOPBACK6);
    const small = guest.address(LOOPBACK);
    const iovecs = by.iovecs([by.room(8), 8]);
    expect(guest.calls.sock_recv_from(six.fd, ...iovecs, small, 0, OUT, OUT + 8)).toBe(Errno.INVAL);
  });

  it("have an address from the first send on, and can be bound once", async () => {
    using guest = await open();
    const other = guest.bound();
    const fd = guest.datagrams();
    expect(guest.name("sock_getlocaladdr", fd)).toMatchObject({ errno: 0, port: 0 });
    expect(guest.sendTo(fd, ["x"], other.port)).toBe(0);
    const { port } = guest.name("sock_getlocaladdr", fd);
    expect(port).toBeGreaterThan(0);
    guest.readable(other.fd);
    expect(guest.receiveFrom(other.fd)).toMatchObject({ ip: LOOPBACK, port });
    expect(guest.bind(fd)).toBe(Errno.INVAL);
    expect(guest.bind(other.fd)).toBe(Errno.INVAL);
    expect(guest.bind(guest.datagrams(), other.port)).toBe(Errno.ADDRINUSE);
    expect(guest.calls.sock_listen(fd, 1)).toBe(Errno.NOTSUP);
    expect(guest.calls.sock_accept(fd, 0, OUT)).toBe(Errno.INVAL);
  });

  it("have their own type; streams accept no address", async () => {
    using guest = await open();
    const { fd } = guest.bound();
    expect(guest.calls.fd_fdstat_get(fd, OUT)).toBe(0);
    expect(guest.guest.view.getUint8(OUT)).toBe(5);
    const options = [SO_TYPE, SO_ERROR, SO_REUSEADDR, SO_BROADCAST].map((name) => guest.option(fd, name).value);
    expect(options).toEqual([DATAGRAM, 0, 0, 0]);
    expect(guest.calls.sock_setsockopt(fd, 0, SO_BROADCAST, OUT, 4)).toBe(0);
    const listener = guest.listener();
    const [client] = guest.connection(listener);
    expect(guest.sendTo(client, ["x"], listener.port)).toBe(Errno.ISCONN);
    expect(guest.receiveFrom(client).errno).toBe(Errno.ISCONN);
    expect(guest.sendTo(listener.fd, ["x"], listener.port)).toBe(Errno.NOTCONN);
    expect(guest.sendTo(1, ["x"], listener.port)).toBe(Errno.NOTSOCK);
    expect(guest.sendTo(99, ["x"], listener.port)).toBe(Errno.BADF);
  });

  it("go only to granted addresses, and refusals are reported", async () => {
    const refused: string[] = [];
    const onRefused = (refusal: Refusal) => void refused.push(describeRefusal(refusal));
    using guest = await open({ connect: ["127.0.0.1:1-9999"], bind: [], onRefused });
    const fd = guest.datagrams();
    expect(guest.sendTo(fd, ["x"], 10_000)).toBe(Errno.ACCES);
    expect(guest.connect(fd, 53, [10, 0, 0, 1])).toBe(Errno.ACCES);
    expect(guest.bind(fd)).toBe(Errno.ACCES);
    expect(guest.name("sock_getlocaladdr", fd).port).toBe(0);
    expect(refused).toEqual([
      "sock_send_to 127.0.0.1:10000: not granted (EACCES); --connect 127.0.0.1:10000 grants it",
      "sock_connect 10.0.0.1:53: not granted (EACCES); --connect 10.0.0.1:53 grants it",
      "sock_bind 127.0.0.1:0: not granted (EACCES); --bind 127.0.0.1:0 grants it",
    ]);
  });
});

describe("datagrams, and a peer of node:dgram", () => {
  async function peer() {
    const socket = dgram.createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const { port } = socket.address();
    return { port, socket, [Symbol.dispose]: () => void socket.close() };
  }
  const send = (socket: dgram.Socket, text: string, port: number) =>
    new Promise((resolve) => socket.send(text, port, "127.0.0.1", resolve));

  it("go both ways; a receive sleeps until one arrives", async () => {
    using other = await peer();
    using guest = await DatagramGuest.open({ connect: [`127.0.0.1:${other.port}`] });
    const fd = guest.datagrams();
    const arrived = once(other.socket, "message");
    expect(guest.sendTo(fd, ["question"], other.port)).toBe(0);
    const [message, from] = (await arrived) as [Buffer, dgram.RemoteInfo];
    expect([String(message), from.port]).toEqual(["question", guest.name("sock_getlocaladdr", fd).port]);
    await send(other.socket, "answer", from.port);
    expect(guest.receiveFrom(fd)).toEqual({ errno: 0, text: "answer", ip: LOOPBACK, port: other.port, cut: 0 });
  });

  it("a socket without a granted name receives only from peers that it may send to", async () => {
    using other = await peer();
    using stranger = await peer();
    using guest = await DatagramGuest.open({ connect: [`127.0.0.1:${other.port}`] });
    const fd = guest.datagrams();
    const arrived = once(other.socket, "message");
    guest.sendTo(fd, ["hello"], other.port);
    const [, { port }] = (await arrived) as [Buffer, dgram.RemoteInfo];
    await send(stranger.socket, "noise", port);
    await send(stranger.socket, "noise", port);
    await send(other.socket, "answer", port);
    expect(guest.receiveFrom(fd, [64], PEEK)).toMatchObject({ text: "answer", port: other.port });
    expect(guest.receiveFrom(fd)).toMatchObject({ text: "answer", port: other.port });
    await send(stranger.socket, "secret", port);
    guest.calls.fd_fdstat_set_flags(fd, NONBLOCK);
    expect(guest.receiveFrom(fd).errno).toBe(Errno.AGAIN);
    expect(guest.guest.bytes(0, guest.guest.size).includes("secret")).toBe(false);
  });
});
