/** Unix sockets that the guest opens by WasmEdge's calls: over every driver, at granted paths. */
import { once } from "node:events";
import fs, { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { describeRefusal, type Refusal, WasiHost } from "../../wasi-host/index.ts";
import { NONBLOCK } from "./hand-driven-guest.ts";
import { DATAGRAM, INET4, LOOPBACK, SO_ERROR, SocketGuest, STREAM } from "./socket-guest.ts";

const UNIX = 3;
const STORAGE = 128;

let directory: string;
let place: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "pollux-unix-"));
  place = path.join(directory, "server.sock");
  return () => rmSync(directory, { recursive: true });
});

/** A path in a buffer of 128 bytes, as in WasmEdge's second version and dispatchrun/net. */
function storage(name: string | Uint8Array, family = UNIX): Uint8Array {
  const bytes = new Uint8Array(STORAGE);
  bytes[0] = family;
  bytes.set(typeof name === "string" ? new TextEncoder().encode(name) : name, 2);
  return bytes;
}

const bind = (guest: SocketGuest, fd: number, name: string) =>
  guest.calls.sock_bind(fd, guest.address(storage(name)), 0);
const connect = (guest: SocketGuest, fd: number, name: string) =>
  guest.calls.sock_connect(fd, guest.address(storage(name)), 0);

function listener(guest: SocketGuest, name: string, backlog = 16): number {
  const fd = guest.socket(UNIX);
  expect([bind(guest, fd, name), guest.calls.sock_listen(fd, backlog)]).toEqual([0, 0]);
  return fd;
}

/** sock_getlocaladdr or sock_getpeeraddr of version 2: an errno, or the family, the path and the port. */
function nameOf({ guest, calls }: SocketGuest, call: string, fd: number): number | [number, string, number] {
  const buffer = guest.room(STORAGE);
  guest.view.setUint8(buffer + STORAGE - 1, 0xff); // the previous bytes
  const port = guest.room(4);
  guest.view.setUint32(port, 7, true);
  const errno = calls[call](fd, guest.iovecs([buffer, STORAGE])[0], port);
  if (errno !== 0) return errno;
  const bytes = guest.bytes(buffer, STORAGE);
  const text = bytes.subarray(2).toString();
  expect(text.endsWith("\0")).toBe(true);
  return [bytes.readUInt16LE(0), text.replace(/\0+$/, ""), guest.u32(port)];
}

const accepted = (guest: SocketGuest, fd: number): number => {
  expect(guest.calls.sock_accept(fd, 0, guest.guest.result)).toBe(0);
  return guest.guest.u32();
};

describe.each(["posix", "net", "simulated"])("Unix sockets of the guest (%s driver)", (driver) => {
  const open = (grants = { connect: [`unix:${directory}/*`], bind: [`unix:${directory}/*`] }) =>
    SocketGuest.open({ ...grants, driver });

  it("listen, connect, accept and talk, and know their paths", async () => {
    using guest = await open();
    const server = listener(guest, place);
    const client = guest.socket(UNIX);
    expect(nameOf(guest, "sock_getlocaladdr", client)).toEqual([UNIX, "", 0]);
    expect(connect(guest, client, place)).toBe(0);
    const connection = accepted(guest, server);
    expect(guest.send(client, "question")).toBe(0);
    expect(guest.guest.receive(connection, 16)).toEqual({ errno: 0, text: "question" });
    expect(guest.send(connection, "answer")).toBe(0);
    expect(guest.guest.receive(client, 16)).toEqual({ errno: 0, text: "answer" });

    expect(nameOf(guest, "sock_getlocaladdr", server)).toEqual([UNIX, place, 0]);
    expect(nameOf(guest, "sock_getlocaladdr", connection)).toEqual([UNIX, place, 0]);
    expect(nameOf(guest, "sock_getpeeraddr", client)).toEqual([UNIX, place, 0]);
    expect(nameOf(guest, "sock_getpeeraddr", connection)).toEqual([UNIX, "", 0]);
    // The first version of the calls has no room for a path.
    expect(guest.name("sock_getlocaladdr", server).errno).toBe(Errno.AFNOSUPPORT);
  });

  it("have their path from sock_bind on, and release it at close", async () => {
    using guest = await open();
    const first = guest.socket(UNIX);
    expect([bind(guest, first, place), nameOf(guest, "sock_getlocaladdr", first)]).toEqual([0, [UNIX, place, 0]]);
    expect(bind(guest, first, `${place}-2`)).toBe(Errno.INVAL);
    expect(guest.calls.sock_listen(first, 1)).toBe(0);
    expect(bind(guest, guest.socket(UNIX), place)).toBe(Errno.ADDRINUSE);
    guest.calls.fd_close(first);
    listener(guest, place);
  });

  it("keep their path if another socket is bound to it", async () => {
    using guest = await open();
    const first = guest.socket(UNIX, NONBLOCK);
    expect([bind(guest, first, place), bind(guest, guest.socket(UNIX), place)]).toEqual([0, Errno.ADDRINUSE]);
    expect(guest.calls.sock_listen(first, 4)).toBe(0);
    expect(bind(guest, guest.socket(UNIX), place)).toBe(Errno.ADDRINUSE);
    expect(guest.calls.sock_accept(first, 0, guest.guest.result)).toBe(Errno.AGAIN);
    const client = guest.socket(UNIX);
    expect([connect(guest, client, place), guest.send(client, "x")]).toEqual([0, 0]);
    guest.readable(first);
    expect(guest.guest.receive(accepted(guest, first), 4)).toEqual({ errno: 0, text: "x" });
  });

  it("connect at once if nothing delays them", async () => {
    using guest = await open();
    const server = listener(guest, place);
    const client = guest.socket(UNIX, NONBLOCK);
    const errno = connect(guest, client, place);
    expect([0, Errno.INPROGRESS]).toContain(errno);
    guest.writable(client);
    expect(guest.option(client, SO_ERROR)).toEqual({ errno: 0, value: 0 });
    expect(connect(guest, client, place)).toBe(Errno.ISCONN);
    expect(guest.send(client, "x")).toBe(0);
    expect(guest.guest.receive(accepted(guest, server), 4)).toEqual({ errno: 0, text: "x" });
  });

  it("end like streams", async () => {
    using guest = await open();
    const server = listener(guest, place);
    const client = guest.socket(UNIX);
    connect(guest, client, place);
    const connection = accepted(guest, server);
    guest.send(client, "last");
    expect(guest.calls.sock_shutdown(client, 2)).toBe(0);
    expect(guest.guest.receive(connection, 16)).toEqual({ errno: 0, text: "last" });
    expect(guest.guest.receive(connection, 16)).toEqual({ errno: 0, text: "" });
  });

  it("are ENOENT without a listener, and can connect again", async () => {
    using guest = await open();
    const client = guest.socket(UNIX);
    expect(connect(guest, client, place)).toBe(Errno.NOENT);
    listener(guest, place);
    expect(connect(guest, client, place)).toBe(0);
  });

  it("refuse addresses of another family and invalid paths with an errno", async () => {
    using guest = await open();
    const { calls } = guest;
    const attempt = (bytes: Uint8Array | number[], family = UNIX) =>
      calls.sock_bind(guest.socket(family), guest.address(bytes), 0);
    expect(attempt(LOOPBACK)).toBe(Errno.AFNOSUPPORT);
    expect(attempt(storage(Uint8Array.from(LOOPBACK), INET4))).toBe(Errno.AFNOSUPPORT);
    expect(attempt(storage(place), INET4)).toBe(Errno.AFNOSUPPORT);
    expect(attempt(storage(""))).toBe(Errno.INVAL);
    expect(attempt(storage("\0abstract"))).toBe(Errno.INVAL);
    expect(attempt(new Uint8Array(8))).toBe(Errno.INVAL);
    expect(attempt(storage(Uint8Array.of(0x2f, 0xff)))).toBe(Errno.ILSEQ);
    expect(calls.sock_open(4, STREAM, guest.guest.result)).toBe(Errno.AFNOSUPPORT);
    expect(calls.sock_open(UNIX, DATAGRAM, guest.guest.result)).toBe(Errno.PROTONOSUPPORT);
    expect(calls.sock_bind(guest.socket(UNIX), 65_530, 0)).toBe(Errno.FAULT);
  });

  it("accept a path of 107 bytes; one more is ENAMETOOLONG", async () => {
    using guest = await open();
    const longest = `${directory}/`.padEnd(107, "x");
    expect(bind(guest, guest.socket(UNIX), longest)).toBe(0);
    expect(bind(guest, guest.socket(UNIX), `${longest}x`)).toBe(Errno.NAMETOOLONG);
  });

  it("exist only at granted paths", async () => {
    const refused: string[] = [];
    const onRefused = (refusal: Refusal) => void refused.push(describeRefusal(refusal));
    using guest = await SocketGuest.open({ bind: [`unix:${place}`], connect: [`unix:${place}`], driver, onRefused });
    const other = `${directory}/other.sock`;
    expect(bind(guest, guest.socket(UNIX), other)).toBe(Errno.ACCES);
    expect(connect(guest, guest.socket(UNIX), other)).toBe(Errno.ACCES);
    expect(bind(guest, guest.socket(UNIX), `${directory}/./server.sock`)).toBe(Errno.ACCES);
    expect(guest.bind(guest.socket())).toBe(Errno.ACCES);
    expect(refused.slice(0, 2)).toEqual([
      `sock_bind unix:${other}: not granted (EACCES); --bind unix:${other} grants it`,
      `sock_connect unix:${other}: not granted (EACCES); --connect unix:${other} grants it`,
    ]);
    listener(guest, place);
    expect(connect(guest, guest.socket(UNIX), place)).toBe(0);
  });

  it("a granted directory covers its names, not its subdirectories", async () => {
    using guest = await open({ bind: [`unix:${directory}/*`], connect: [] });
    mkdirSync(path.join(directory, "sub"));
    expect(bind(guest, guest.socket(UNIX), place)).toBe(0);
    for (const name of [`${directory}/sub/x`, `${directory}/..`, `${directory}/`, `${directory}/sub/../x`, "x"])
      expect([name, bind(guest, guest.socket(UNIX), name)]).toEqual([name, Errno.ACCES]);
    expect(connect(guest, guest.socket(UNIX), place)).toBe(Errno.ACCES);
  });
});

describe.each(["posix", "net"])("Unix sockets in the file system (%s driver)", (driver) => {
  it("talk to those of other programs in both directions", async () => {
    using guest = await SocketGuest.open({ bind: [`unix:${place}`], connect: [`unix:${place}-2`], driver });
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(`${place}-2`, resolve));
    const client = guest.socket(UNIX, NONBLOCK);
    expect([0, Errno.INPROGRESS]).toContain(connect(guest, client, `${place}-2`));
    guest.writable(client);
    expect(guest.option(client, SO_ERROR).value).toBe(0);
    const [connection] = (await once(server, "connection")) as [net.Socket];
    await new Promise((resolve) => connection.end("from outside", () => resolve(undefined)));
    guest.calls.fd_fdstat_set_flags(client, 0);
    expect(guest.guest.receive(client, 32)).toEqual({ errno: 0, text: "from outside" });

    const fd = listener(guest, place);
    const outside = net.connect(place);
    await once(outside, "connect");
    expect(guest.send(accepted(guest, fd), "from inside")).toBe(0);
    const [bytes] = await once(outside, "data");
    expect(String(bytes)).toBe("from inside");
    outside.destroy();
    connection.destroy();
    server.close();
  });

  it("disappear with their names when the host is disposed", async () => {
    const guest = await SocketGuest.open({ bind: [`unix:${place}`], driver });
    listener(guest, place);
    expect(existsSync(place)).toBe(true);
    guest[Symbol.dispose]();
    await expect.poll(() => existsSync(place)).toBe(false);
  });

  it("are ECONNREFUSED after their listener has gone, and the name can be bound again", async () => {
    const child = net.createServer();
    await new Promise<void>((resolve) => child.listen(place, resolve));
    fs.linkSync(place, `${place}-left`);
    await new Promise((resolve) => child.close(resolve));
    renameSync(`${place}-left`, place);
    using guest = await SocketGuest.open({ bind: [`unix:${place}`], connect: [`unix:${place}`], driver });
    expect(connect(guest, guest.socket(UNIX), place)).toBe(Errno.CONNREFUSED);
    listener(guest, place);
    expect(connect(guest, guest.socket(UNIX), place)).toBe(0);
  });

  it("a link that leads out of the grant grants nothing, at the end of the path or in it", async () => {
    const outside = mkdtempSync(path.join(tmpdir(), "pollux-unix-"));
    mkdirSync(path.join(directory, "sub"));
    const [secret, inner] = [path.join(outside, "secret.sock"), path.join(directory, "sub", "secret.sock")];
    const server = net.createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(secret, resolve));
    const grants = [`unix:${place}`, `unix:${directory}/sub/*`];
    using guest = await SocketGuest.open({ bind: grants, connect: grants, driver });
    // As a guest that may write to the directory.
    symlinkSync(secret, place);
    symlinkSync(secret, path.join(directory, "sub", "link.sock"));
    expect(connect(guest, guest.socket(UNIX), place)).toBe(Errno.ACCES);
    expect(connect(guest, guest.socket(UNIX), path.join(directory, "sub", "link.sock"))).toBe(Errno.ACCES);
    renameSync(path.join(directory, "sub"), path.join(directory, "aside"));
    symlinkSync(outside, path.join(directory, "sub"));
    expect(connect(guest, guest.socket(UNIX), inner)).toBe(Errno.ACCES);
    expect(bind(guest, guest.socket(UNIX), path.join(directory, "sub", "new.sock"))).toBe(Errno.ACCES);
    expect(fs.readdirSync(outside)).toEqual(["secret.sock"]);
    await new Promise((resolve) => server.close(resolve));
    rmSync(outside, { recursive: true });
  });

  it("a link that exists when the host opens is followed", async () => {
    mkdirSync(path.join(directory, "real"));
    symlinkSync("real", path.join(directory, "run"));
    const name = path.join(directory, "run", "x.sock");
    using guest = await SocketGuest.open({ bind: [`unix:${name}`], connect: [`unix:${name}`], driver });
    listener(guest, name);
    expect(connect(guest, guest.socket(UNIX), name)).toBe(0);
    expect(fs.readdirSync(path.join(directory, "real"))).toEqual(["x.sock"]);
  });

  it("a missing directory is refused by name", async () => {
    for (const text of [`unix:${directory}/missing/x.sock`, `unix:${directory}/missing/*`]) {
      const opened = WasiHost.open({ connect: [text], driver });
      await expect(opened).rejects.toThrow(`bad address '${text}': its directory does not exist`);
    }
    await expect(WasiHost.open({ bind: ["unix:"], driver })).rejects.toThrow("bad address 'unix:': expected HOST:PORT");
  });
});
