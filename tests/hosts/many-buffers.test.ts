/** More iovecs than IOV_MAX: a short count of the first 1,024, as from writev(2); a datagram is EMSGSIZE. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { Rights } from "../../wasi-host/abi/rights.ts";
import { CREATE, open, ROOT } from "./granted-files.ts";
import { Guest } from "./hand-driven-guest.ts";
import { DATAGRAM, EVERYTHING, INET4, LOOPBACK, SocketGuest } from "./socket-guest.ts";

const directory = mkdtempSync(path.join(tmpdir(), "pollux-many-"));
afterAll(() => rmSync(directory, { recursive: true }));

const OUT = 16;
const IOV_MAX = 1024;
const MANY = 2000;
const [PEEK, WAITALL] = [1, 2];
const TEXT = Array.from({ length: MANY }, (_, index) => String.fromCharCode(97 + (index % 26))).join("");

/** An iovec for each byte of the text, and one for each byte of the same room. */
function oneByteEach(guest: Guest) {
  const [text] = guest.place(TEXT);
  const room = guest.room(MANY);
  const each = (first: number) =>
    guest.iovecs(...TEXT.split("").map((_, index): [number, number] => [first + index, 1]));
  return { from: each(text), into: each(room), room };
}

/** The iovecs after the first `count`. */
const behind = ([pointer, length]: [number, number], count: number): [number, number] => [
  pointer + count * 8,
  length - count,
];

describe("more than 1,024 iovecs are a short count", () => {
  it.each(["posix", "net", "simulated"])("of a connection, in both directions (%s driver)", async (driver) => {
    using sockets = await SocketGuest.open({ ...EVERYTHING, driver });
    const { guest } = sockets;
    const { from, into, room } = oneByteEach(guest);
    const [client, server] = sockets.connection(sockets.listener());
    expect([guest.calls.sock_send(client, ...from, 0, OUT), guest.u32()]).toEqual([0, IOV_MAX]);
    expect([guest.calls.fd_write(client, ...behind(from, IOV_MAX), OUT), guest.u32()]).toEqual([0, MANY - IOV_MAX]);
    const all = guest.iovecs([room, MANY]);
    expect([guest.calls.sock_recv(server, ...all, PEEK | WAITALL, OUT, OUT + 8), guest.u32()]).toEqual([0, MANY]);
    for (const flags of [PEEK, 0]) {
      new Uint8Array(guest.memory.buffer).fill(0, room, room + MANY);
      expect([guest.calls.sock_recv(server, ...into, flags, OUT, OUT + 8), guest.u32()]).toEqual([0, IOV_MAX]);
      expect(guest.bytes(room, MANY).toString()).toBe(TEXT.slice(0, IOV_MAX) + "\0".repeat(MANY - IOV_MAX));
    }
    expect([guest.calls.fd_read(server, ...behind(into, IOV_MAX), OUT), guest.u32()]).toEqual([0, MANY - IOV_MAX]);
    expect(guest.bytes(room, MANY).toString()).toBe(TEXT);
    guest.calls.sock_send(client, ...all, 0, OUT);
    expect([guest.calls.sock_recv(server, ...into, WAITALL, OUT, OUT + 8), guest.u32()]).toEqual([0, IOV_MAX]);
  });

  it("of a file, at its offset and at a given one", async () => {
    using guest = await Guest.open({ dirs: { "/": directory } });
    const { from, into, room } = oneByteEach(guest);
    const rights = Rights.FD_READ | Rights.FD_WRITE | Rights.FD_SEEK | Rights.FD_TELL;
    expect(open(guest, "file", { fd: ROOT, oflags: CREATE, rights })).toBe(0);
    const fd = guest.u32();
    expect([guest.calls.fd_write(fd, ...from, OUT), guest.u32()]).toEqual([0, IOV_MAX]);
    expect(guest.calls.fd_write(fd, ...behind(from, IOV_MAX), OUT)).toBe(0);
    expect(readFileSync(path.join(directory, "file"), "utf8")).toBe(TEXT);
    expect([guest.calls.fd_pread(fd, ...into, 0n, OUT), guest.u32()]).toEqual([0, IOV_MAX]);
    expect(guest.bytes(room, MANY).toString()).toBe(TEXT.slice(0, IOV_MAX) + "\0".repeat(MANY - IOV_MAX));
    expect([guest.calls.fd_pwrite(fd, ...from, 1n, OUT), guest.u32()]).toEqual([0, IOV_MAX]);
    expect(guest.calls.fd_seek(fd, 0n, 0, OUT + 8)).toBe(0);
    expect([guest.calls.fd_read(fd, ...into, OUT), guest.u32()]).toEqual([0, IOV_MAX]);
    expect(guest.bytes(room, IOV_MAX).toString()).toBe(`a${TEXT.slice(0, IOV_MAX - 1)}`);
  });

  it("of stdin and stdout", async () => {
    let out = "";
    using guest = await Guest.open({ stdin: TEXT, stdout: (bytes) => void (out += Buffer.from(bytes)) });
    const { from, into, room } = oneByteEach(guest);
    expect([guest.calls.fd_write(1, ...from, OUT), guest.u32(), out]).toEqual([0, IOV_MAX, TEXT.slice(0, IOV_MAX)]);
    expect([guest.calls.fd_read(0, ...into, OUT), guest.u32()]).toEqual([0, IOV_MAX]);
    expect(guest.bytes(room, MANY).toString()).toBe(TEXT.slice(0, IOV_MAX) + "\0".repeat(MANY - IOV_MAX));
  });

  it("ignores everything behind the first 1,024", async () => {
    let out = "";
    using guest = await Guest.open({ stdout: (bytes) => void (out += Buffer.from(bytes)) });
    const { from } = oneByteEach(guest);
    guest.view.setUint32(from[0] + IOV_MAX * 8, 0xffff_ffff, true);
    expect([guest.calls.fd_write(1, from[0], 0xffff_ffff, OUT), guest.u32()]).toEqual([0, IOV_MAX]);
    guest.view.setUint32(from[0] + (IOV_MAX - 1) * 8, 0xffff_ffff, true);
    expect(guest.calls.fd_write(1, ...from, OUT)).toBe(Errno.FAULT);
    expect(out).toBe(TEXT.slice(0, IOV_MAX));
  });
});

describe.each(["posix", "net", "simulated"])("a datagram in more than 1,024 iovecs (%s driver)", (driver) => {
  it("is EMSGSIZE without effect; in 1,024 it is sent and received whole", async () => {
    using sockets = await SocketGuest.open({ ...EVERYTHING, driver });
    const { guest } = sockets;
    const { from, into, room } = oneByteEach(guest);
    const [one, other] = [0, 0].map(() => {
      guest.calls.sock_open(INET4, DATAGRAM, OUT);
      const fd = guest.u32();
      expect(sockets.bind(fd)).toBe(0);
      return fd;
    });
    const to = [sockets.address(LOOPBACK), sockets.name("sock_getlocaladdr", other).port] as const;
    const storage = sockets.address(new Array(128).fill(0));
    const send = (count: number) => guest.calls.sock_send_to(one, from[0], count, ...to, 0, OUT);
    const receive = (count: number) =>
      guest.calls.sock_recv_from(other, into[0], count, storage, 0, OUT + 4, OUT, OUT + 8);
    expect([send(IOV_MAX + 1), send(MANY), send(-1)]).toEqual(new Array(3).fill(Errno.MSGSIZE));
    expect([send(IOV_MAX), guest.u32()]).toEqual([0, IOV_MAX]);
    expect([receive(IOV_MAX + 1), receive(-1)]).toEqual([Errno.MSGSIZE, Errno.MSGSIZE]);
    expect(guest.calls.sock_recv(other, into[0], MANY, 0, OUT, OUT + 8)).toBe(Errno.MSGSIZE);
    expect(guest.calls.fd_read(other, into[0], MANY, OUT)).toBe(Errno.MSGSIZE);
    expect([receive(IOV_MAX), guest.u32()]).toEqual([0, IOV_MAX]);
    expect(guest.bytes(room, IOV_MAX).toString()).toBe(TEXT.slice(0, IOV_MAX));
    sockets.connect(one, to[1]);
    expect(guest.calls.fd_write(one, ...from, OUT)).toBe(Errno.MSGSIZE);
    expect(guest.calls.sock_send(one, ...from, 0, OUT)).toBe(Errno.MSGSIZE);
  });
});
