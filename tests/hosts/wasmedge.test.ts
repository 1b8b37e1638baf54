/** WasmEdge's socket extension, over every driver: the guest listens, connects to itself, and talks. */
import { describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { NONBLOCK } from "./hand-driven-guest.ts";
import {
  EVERYTHING,
  INET4,
  INET6,
  LOOPBACK,
  LOOPBACK6,
  SO_ERROR,
  SOL_SOCKET,
  SocketGuest,
  STREAM,
} from "./socket-guest.ts";

const OUT = 16;
const SO_REUSEADDR = 0;
const SO_TYPE = 1;
const SO_BROADCAST = 4;
const SO_BINDTODEVICE = 14;
const TCP_NODELAY = 1;
const SO_ACCEPTCONN = 13;

describe.each(["posix", "net", "simulated"])("sockets opened by the guest (%s driver)", (driver) => {
  const open = (options = {}) => SocketGuest.open({ ...EVERYTHING, driver, ...options });

  it.each([
    ["IPv4", INET4, LOOPBACK],
    ["IPv6", INET6, LOOPBACK6],
  ] as const)("listen, connect, accept and talk, and know their addresses: %s", async (_, family, ip) => {
    using guest = await open();
    const listener = guest.listener(family);
    const [client, server] = guest.connection(listener, [...ip]);
    expect(guest.send(client, "question")).toBe(0);
    expect(guest.guest.receive(server, 16)).toEqual({ errno: 0, text: "question" });
    expect(guest.send(server, "answer")).toBe(0);
    expect(guest.guest.receive(client, 16)).toEqual({ errno: 0, text: "answer" });

    const named = { errno: 0, family: family === INET4 ? 4 : 6, bytes: [...ip, ...new Array(16 - ip.length).fill(0)] };
    expect(guest.name("sock_getlocaladdr", listener.fd)).toEqual({ ...named, port: listener.port });
    expect(guest.name("sock_getpeeraddr", client)).toEqual({ ...named, port: listener.port });
    expect(guest.name("sock_getlocaladdr", server)).toEqual({ ...named, port: listener.port });
    const { port } = guest.name("sock_getlocaladdr", client);
    expect(guest.name("sock_getpeeraddr", server)).toEqual({ ...named, port });
    expect(port).toBeGreaterThan(0);
  });

  it("keep their descriptor number and their flags when they connect and listen", async () => {
    using guest = await open();
    const listener = guest.listener();
    const flagsOf = (fd: number) => {
      expect(guest.calls.fd_fdstat_get(fd, OUT)).toBe(0);
      return [guest.guest.view.getUint8(OUT), guest.guest.view.getUint16(OUT + 2, true)];
    };
    const client = guest.socket(INET4, NONBLOCK);
    expect(flagsOf(client)).toEqual([6, NONBLOCK]);
    expect(guest.connect(client, listener.port)).toBe(Errno.INPROGRESS);
    expect(flagsOf(client)).toEqual([6, NONBLOCK]);
    expect(flagsOf(listener.fd)).toEqual([6, 0]);
    const waiting = guest.socket(INET4, NONBLOCK);
    guest.bind(waiting);
    guest.calls.sock_listen(waiting, 1);
    expect(guest.calls.sock_accept(waiting, 0, OUT)).toBe(Errno.AGAIN);
  });

  it("in NONBLOCK mode are in progress, and writable when connected", async () => {
    using guest = await open();
    const { fd, port } = guest.listener();
    const client = guest.socket(INET4, NONBLOCK);
    expect(guest.connect(client, port)).toBe(Errno.INPROGRESS);
    guest.writable(client);
    expect(guest.option(client, SO_ERROR)).toEqual({ errno: 0, value: 0 });
    expect(guest.name("sock_getpeeraddr", client).port).toBe(port);
    expect(guest.connect(client, port)).toBe(Errno.ISCONN);
    expect(guest.connect(fd, port)).toBe(Errno.ISCONN);
  });

  it("report a refused connection from a blocking sock_connect, and can connect again", async () => {
    using guest = await open();
    const client = guest.socket();
    expect(guest.connect(client, guest.unusedPort())).toBe(Errno.CONNREFUSED);
    expect(guest.guest.receive(client, 1).errno).toBe(Errno.NOTCONN);
    expect(guest.connect(client, guest.listener().port)).toBe(0);
  });

  it("report a refused connection in SO_ERROR once if NONBLOCK", async () => {
    using guest = await open();
    const client = guest.socket(INET4, NONBLOCK);
    expect(guest.connect(client, guest.unusedPort())).toBe(Errno.INPROGRESS);
    guest.writable(client);
    expect(guest.option(client, SO_ERROR)).toEqual({ errno: 0, value: Errno.CONNREFUSED });
    expect(guest.option(client, SO_ERROR)).toEqual({ errno: 0, value: 0 });
    expect(guest.name("sock_getpeeraddr", client).errno).toBe(Errno.NOTCONN);
    expect(guest.connect(client, guest.listener().port)).toBe(Errno.INVAL);
  });

  it("in progress are EALREADY for a second sock_connect, EAGAIN for bytes", async () => {
    using guest = await open();
    const { fd, port } = guest.listener(INET4, 0);
    const client = guest.pending(port);
    expect(guest.connect(client, port)).toBe(Errno.ALREADY);
    expect(guest.option(client, SO_ERROR)).toEqual({ errno: 0, value: 0 });
    expect(guest.guest.receive(client, 1).errno).toBe(Errno.AGAIN);
    guest.calls.fd_close(fd);
  });

  it("that neither listen nor connect support few calls", async () => {
    using guest = await open();
    const fd = guest.socket();
    const any = { errno: 0, family: 4, bytes: new Array(16).fill(0), port: 0 };
    expect(guest.name("sock_getlocaladdr", fd)).toEqual(any);
    expect(guest.name("sock_getlocaladdr", guest.socket(INET6))).toEqual({ ...any, family: 6 });
    expect(guest.name("sock_getpeeraddr", fd).errno).toBe(Errno.NOTCONN);
    expect(guest.option(fd, SO_ERROR)).toEqual({ errno: 0, value: 0 });
    expect(guest.guest.receive(fd, 1).errno).toBe(Errno.NOTCONN);
    expect(guest.send(fd, "x")).toBe(Errno.NOTCONN);
    expect(guest.calls.sock_shutdown(fd, 1)).toBe(Errno.NOTCONN);
    expect(guest.calls.sock_accept(fd, 0, OUT)).toBe(Errno.INVAL);
    expect(guest.calls.sock_listen(fd, 1)).toBe(Errno.DESTADDRREQ);
    expect(guest.calls.fd_close(fd)).toBe(0);
    expect(guest.name("sock_getlocaladdr", fd).errno).toBe(Errno.BADF);
  });

  it("are bound at once and only once, with their port; sock_bind reports a port in use", async () => {
    using guest = await open();
    const { fd: listening, port } = guest.listener();
    const fd = guest.socket();
    expect(guest.bind(fd, port)).toBe(Errno.ADDRINUSE);
    expect(guest.name("sock_getlocaladdr", fd)).toMatchObject({ errno: 0, port: 0 });
    guest.calls.fd_close(listening);
    expect(guest.bind(fd)).toBe(0);
    const own = guest.name("sock_getlocaladdr", fd);
    expect(own).toMatchObject({ errno: 0, bytes: [...LOOPBACK, ...new Array(12).fill(0)] });
    expect(own.port).toBeGreaterThan(1023);
    expect(guest.bind(fd)).toBe(Errno.INVAL);
    expect(guest.calls.sock_listen(fd, 1)).toBe(0);
    expect(guest.calls.sock_listen(fd, 1)).toBe(0);
    expect(guest.name("sock_getlocaladdr", fd)).toEqual(own);
    expect(guest.bind(fd, port)).toBe(Errno.INVAL);
    const client = guest.socket();
    expect(guest.connect(client, own.port)).toBe(0);
    expect(guest.calls.sock_listen(client, 1)).toBe(Errno.INVAL);
    expect(guest.bind(client, port)).toBe(Errno.INVAL);
  });

  it.each([
    ["IPv4", INET4, LOOPBACK, 0],
    ["IPv6", INET6, LOOPBACK6, 0],
    ["IPv4, not blocking", INET4, LOOPBACK, NONBLOCK],
  ] as const)("connect from their bound port: %s", async (_, family, ip, flags) => {
    using guest = await open();
    const listener = guest.listener(family);
    const client = guest.socket(family, flags);
    expect(guest.bind(client, 0, [...ip])).toBe(0);
    const own = guest.name("sock_getlocaladdr", client);
    expect(guest.connect(client, listener.port, [...ip])).toBe(flags === 0 ? 0 : Errno.INPROGRESS);
    guest.writable(client);
    expect(guest.calls.sock_accept(listener.fd, 0, OUT)).toBe(0);
    const server = guest.guest.u32(OUT);
    expect(guest.name("sock_getpeeraddr", server)).toEqual(own);
    expect(guest.name("sock_getlocaladdr", client)).toEqual(own);
    expect(guest.send(client, "hello")).toBe(0);
    expect(guest.guest.receive(server, 16)).toEqual({ errno: 0, text: "hello" });
  });

  it("stay bound after a refused connection, and can connect again", async () => {
    using guest = await open();
    const { port } = guest.listener();
    const client = guest.socket();
    const own = guest.unusedPort();
    expect(guest.bind(client, own)).toBe(0);
    expect(guest.connect(client, guest.unusedPort())).toBe(Errno.CONNREFUSED);
    expect(guest.name("sock_getlocaladdr", client)).toMatchObject({ errno: 0, port: own });
    expect(guest.connect(client, port)).toBe(0);
    expect(guest.name("sock_getlocaladdr", client)).toMatchObject({ errno: 0, port: own });
  });

  it("need grants for both their bound address and their peer", async () => {
    using guest = await open({ bind: ["127.0.0.1:*"], connect: ["127.0.0.2:*"] });
    const client = guest.socket();
    expect(guest.bind(client, 0, [127, 0, 0, 2])).toBe(Errno.ACCES);
    expect(guest.bind(client)).toBe(0);
    expect(guest.connect(client, 9)).toBe(Errno.ACCES);
    expect(guest.name("sock_getlocaladdr", client).port).toBeGreaterThan(0);
  });

  it("release their bound port at close", async () => {
    using guest = await open();
    const fd = guest.socket();
    guest.bind(fd);
    const { port } = guest.name("sock_getlocaladdr", fd);
    expect(guest.calls.fd_close(fd)).toBe(0);
    const next = guest.socket();
    expect(guest.bind(next, port)).toBe(0);
    expect(guest.calls.sock_listen(next, 1)).toBe(0);
  });

  it("report their type, error and whether they listen; other options are ENOPROTOOPT", async () => {
    using guest = await open();
    const listener = guest.listener();
    const [client] = guest.connection(listener);
    expect(guest.option(client, SO_TYPE)).toEqual({ errno: 0, value: STREAM });
    expect(guest.option(client, SO_ACCEPTCONN).value).toBe(0);
    expect(guest.option(listener.fd, SO_ACCEPTCONN).value).toBe(1);
    expect(guest.option(listener.fd, SO_REUSEADDR).value).toBe(1);
    for (const [name, level] of [
      [SO_BINDTODEVICE, SOL_SOCKET],
      [99, SOL_SOCKET],
      [-1, SOL_SOCKET],
      [SO_BROADCAST, 6],
      [TCP_NODELAY, 17],
    ]) {
      expect([name, level, guest.option(client, name, level).errno]).toEqual([name, level, Errno.NOPROTOOPT]);
      expect(guest.calls.sock_setsockopt(client, level, name, OUT, 4)).toBe(Errno.NOPROTOOPT);
    }
    expect(guest.calls.sock_setsockopt(client, SOL_SOCKET, SO_REUSEADDR, OUT, 4)).toBe(0);
    for (const name of [SO_ERROR, SO_TYPE]) {
      expect(guest.calls.sock_setsockopt(client, SOL_SOCKET, name, OUT, 4)).toBe(Errno.NOPROTOOPT);
    }
  });

  it("pass addresses with their family in 128 bytes, in version 2", async () => {
    using guest = await open();
    const { calls } = guest;
    const opened = () => {
      expect(calls.sock_open_v2(INET4, STREAM, OUT)).toBe(0);
      return guest.guest.u32(OUT);
    };
    const loopback = guest.address([INET4, 0, ...LOOPBACK, ...new Array(122).fill(0)]);
    const name = guest.address(new Array(128).fill(0));
    const listener = opened();
    expect(calls.sock_bind_v2(listener, loopback, 0)).toBe(0);
    expect(calls.sock_listen_v2(listener, 4)).toBe(0);
    expect(calls.sock_getlocaladdr_v2(listener, name, OUT)).toBe(0);
    const port = guest.guest.u32(OUT);
    expect([...guest.guest.bytes(guest.guest.u32(name), 6)]).toEqual([INET4, 0, ...LOOPBACK]);
    const client = opened();
    expect(calls.sock_connect_v2(client, loopback, port)).toBe(0);
    expect(calls.sock_accept_v2(listener, 0, OUT)).toBe(0);
    const server = guest.guest.u32(OUT);
    expect(calls.sock_getpeeraddr_v2(client, name, OUT)).toBe(0);
    expect(guest.guest.u32(OUT)).toBe(port);
    expect(calls.sock_send_v2(client, ...guest.guest.iovecs(guest.guest.place("hello")), 0, OUT)).toBe(0);
    const room = guest.guest.room(16);
    expect(calls.sock_recv_v2(server, ...guest.guest.iovecs([room, 16]), 0, OUT, OUT + 8)).toBe(0);
    expect(guest.guest.bytes(room, guest.guest.u32(OUT)).toString()).toBe("hello");
  });

  it("are EMFILE in a full table, until one is closed", async () => {
    using guest = await open({ limits: { descriptors: 4 } });
    const fd = guest.socket();
    expect(guest.calls.sock_open(INET4, STREAM, OUT)).toBe(Errno.MFILE);
    guest.calls.fd_close(fd);
    expect(guest.socket()).toBe(fd);
  });
});
