import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { Client, Guest, NONBLOCK } from "./hand-driven-guest.ts";

const directory = mkdtempSync(path.join(tmpdir(), "pollux-descriptors-"));
afterAll(() => rmSync(directory, { recursive: true }));

const OUT = 16;

/** Every call that takes a descriptor, with valid arguments behind it; the descriptor is `fd`. */
function callsOn(guest: Guest, fd: number): [string, unknown[]][] {
  const iovecs = guest.iovecs([guest.room(8), 8]);
  const name = guest.place("name");
  return [
    ["fd_advise", [fd, 0n, 0n, 0]],
    ["fd_allocate", [fd, 0n, 1n]],
    ["fd_close", [fd]],
    ["fd_datasync", [fd]],
    ["fd_fdstat_get", [fd, OUT]],
    ["fd_fdstat_set_flags", [fd, 0]],
    ["fd_fdstat_set_rights", [fd, 0n, 0n]],
    ["fd_filestat_get", [fd, OUT]],
    ["fd_filestat_set_size", [fd, 0n]],
    ["fd_filestat_set_times", [fd, 0n, 0n, 0]],
    ["fd_pread", [fd, ...iovecs, 0n, OUT]],
    ["fd_prestat_get", [fd, OUT]],
    ["fd_prestat_dir_name", [fd, 64, 1]],
    ["fd_pwrite", [fd, ...iovecs, 0n, OUT]],
    ["fd_read", [fd, ...iovecs, OUT]],
    ["fd_readdir", [fd, 64, 64, 0n, OUT]],
    ["fd_renumber", [fd, 3]],
    ["fd_renumber", [3, fd]],
    ["fd_seek", [fd, 0n, 0, OUT]],
    ["fd_sync", [fd]],
    ["fd_tell", [fd, OUT]],
    ["fd_write", [fd, ...iovecs, OUT]],
    ["path_create_directory", [fd, ...name]],
    ["path_filestat_get", [fd, 0, ...name, OUT]],
    ["path_filestat_set_times", [fd, 0, ...name, 0n, 0n, 0]],
    ["path_link", [fd, 0, ...name, 4, ...name]],
    ["path_link", [4, 0, ...name, fd, ...name]],
    ["path_open", [fd, 0, ...name, 0, 0n, 0n, 0, OUT]],
    ["path_readlink", [fd, ...name, 64, 64, OUT]],
    ["path_remove_directory", [fd, ...name]],
    ["path_rename", [fd, ...name, 4, ...name]],
    ["path_rename", [4, ...name, fd, ...name]],
    ["path_symlink", [...name, fd, ...name]],
    ["path_unlink_file", [fd, ...name]],
    ["sock_accept", [fd, 0, OUT]],
    ["sock_recv", [fd, ...iovecs, 0, OUT, OUT + 8]],
    ["sock_send", [fd, ...iovecs, 0, OUT]],
    ["sock_shutdown", [fd, 1]],
  ];
}

const open = () => Guest.open({ listen: ["127.0.0.1:0"], dirs: { "/data": directory } });

describe("a closed descriptor", () => {
  it("is EBADF in every call: never used, negative, or the largest number", async () => {
    using guest = await open();
    for (const fd of [5, 1_000_000, -1, 0x7fff_ffff, 0x8000_0000 | 0]) {
      for (const [call, args] of callsOn(guest, fd)) {
        expect([call, fd, guest.calls[call](...args)]).toEqual([call, fd, Errno.BADF]);
      }
    }
  });

  it("is EBADF in every call after its close", async () => {
    using guest = await open();
    const { stream } = await guest.connection();
    expect(guest.calls.fd_close(stream)).toBe(0);
    for (const [call, args] of callsOn(guest, stream)) {
      expect([call, guest.calls[call](...args)]).toEqual([call, Errno.BADF]);
    }
  });
});

describe("a descriptor of the wrong kind", () => {
  const OF_FILES: Record<string, number> = {
    fd_advise: Errno.SPIPE,
    fd_allocate: Errno.SPIPE,
    fd_pread: Errno.SPIPE,
    fd_pwrite: Errno.SPIPE,
    fd_seek: Errno.SPIPE,
    fd_tell: Errno.SPIPE,
    fd_datasync: Errno.INVAL,
    fd_sync: Errno.INVAL,
    fd_filestat_set_size: Errno.INVAL,
    fd_filestat_set_times: Errno.INVAL,
    fd_readdir: Errno.NOTDIR,
    path_open: Errno.NOTDIR,
    path_unlink_file: Errno.NOTDIR,
    path_rename: Errno.NOTDIR,
  };

  it("file calls on a stream return their errno", async () => {
    using guest = await open();
    const { stream } = await guest.connection();
    const on = Object.fromEntries(callsOn(guest, stream));
    for (const [call, errno] of Object.entries(OF_FILES)) {
      expect([call, guest.calls[call](...on[call])]).toEqual([call, errno]);
    }
  });

  it("socket calls on stdio or a directory are ENOTSOCK", async () => {
    using guest = await open();
    for (const fd of [0, 1, 4]) {
      const on = Object.fromEntries(callsOn(guest, fd));
      for (const call of ["sock_accept", "sock_recv", "sock_send", "sock_shutdown"]) {
        expect([fd, call, guest.calls[call](...on[call])]).toEqual([fd, call, Errno.NOTSOCK]);
      }
    }
  });

  it("accept on a stream is EINVAL; recv and send on a listener are ENOTCONN", async () => {
    using guest = await open();
    const { stream } = await guest.connection();
    expect(guest.calls.sock_accept(stream, 0, OUT)).toBe(Errno.INVAL);
    const on = Object.fromEntries(callsOn(guest, 3));
    for (const call of ["sock_recv", "sock_send", "sock_shutdown", "fd_read", "fd_write"]) {
      expect([call, guest.calls[call](...on[call])]).toEqual([call, Errno.NOTCONN]);
    }
  });
});

describe("fd_fdstat", () => {
  it("distinguishes a stream, a listener and a directory, and reports NONBLOCK", async () => {
    using guest = await open();
    const { stream } = await guest.connection();
    const stat = (fd: number) => {
      expect(guest.calls.fd_fdstat_get(fd, OUT)).toBe(0);
      return [guest.view.getUint8(OUT), guest.view.getUint16(OUT + 2, true)];
    };
    expect(stat(stream)).toEqual([6, 0]);
    expect(guest.u64(OUT + 8) & (1n << 6n)).not.toBe(0n);
    expect(guest.calls.fd_fdstat_set_flags(stream, NONBLOCK)).toBe(0);
    expect(stat(stream)).toEqual([6, NONBLOCK]);
    expect(stat(3)).toEqual([6, 0]);
    expect(guest.u64(OUT + 8) & (1n << 29n)).not.toBe(0n);
    expect(stat(4)[0]).toBe(3);
  });

  it("refuses flags that a socket cannot have with EINVAL, without effect", async () => {
    using guest = await open();
    for (const flags of [1, 2, 8, 16, NONBLOCK | 1, -1]) {
      expect([flags, guest.calls.fd_fdstat_set_flags(3, flags)]).toEqual([flags, Errno.INVAL]);
    }
    guest.calls.fd_fdstat_get(3, OUT);
    expect(guest.view.getUint16(OUT + 2, true)).toBe(0);
  });

  it("rights can be kept; adding rights is ENOTCAPABLE", async () => {
    using guest = await open();
    guest.calls.fd_fdstat_get(3, OUT);
    const rights = guest.u64(OUT + 8);
    expect(guest.calls.fd_fdstat_set_rights(3, rights, 0n)).toBe(0);
    expect(guest.calls.fd_fdstat_set_rights(3, -1n, 0n)).toBe(Errno.NOTCAPABLE);
    expect(guest.calls.fd_fdstat_set_rights(3, 0n, 0n)).toBe(Errno.NOTSUP);
  });
});

describe("directories behind listeners", () => {
  it("are found by counting up to EBADF: a listener is preopened, but not a directory", async () => {
    using guest = await open();
    expect(guest.calls.fd_prestat_get(3, OUT)).toBe(0);
    expect(guest.view.getUint8(OUT)).not.toBe(0);
    expect(guest.calls.fd_prestat_get(4, OUT)).toBe(0);
    expect([guest.view.getUint8(OUT), guest.u32(OUT + 4)]).toEqual([0, 5]);
    expect(guest.calls.fd_prestat_dir_name(4, 64, 5)).toBe(0);
    expect(guest.bytes(64, 5).toString()).toBe("/data");
    expect(guest.calls.fd_prestat_get(5, OUT)).toBe(Errno.BADF);
    expect(guest.calls.fd_prestat_get(1, OUT)).toBe(Errno.BADF);
  });
});

describe("fd_renumber", () => {
  it("moves the descriptor and closes the one that was there", async () => {
    using guest = await open();
    const one = await guest.connection();
    const two = await guest.connection();
    const closed = new Promise((resolve) => two.client.socket.once("end", resolve));
    await one.client.write("one");
    expect(guest.calls.fd_renumber(one.stream, two.stream)).toBe(0);
    expect(guest.receive(two.stream, 8)).toEqual({ errno: 0, text: "one" });
    expect(guest.receive(one.stream, 8).errno).toBe(Errno.BADF);
    await closed;
  });

  it("frees the old number", async () => {
    using guest = await open();
    const one = await guest.connection();
    const two = await guest.connection();
    guest.calls.fd_renumber(one.stream, two.stream);
    expect((await guest.connection()).stream).toBe(one.stream);
  });

  it("to its own number changes nothing", async () => {
    using guest = await open();
    const { client, stream } = await guest.connection();
    expect(guest.calls.fd_renumber(stream, stream)).toBe(0);
    await client.write("still");
    expect(guest.receive(stream, 8).text).toBe("still");
  });

  it("and fd_close report the end of a number, once each", async () => {
    using guest = await open();
    const one = await guest.connection();
    const two = await guest.connection();
    const told: [number, boolean][] = [];
    const { descriptors } = guest.host;
    descriptors.beforeClose.push((fd, descriptor) => told.push([fd, descriptors.get(fd) === descriptor]));
    guest.calls.fd_renumber(one.stream, two.stream);
    guest.calls.fd_close(two.stream);
    expect(told).toEqual([
      [two.stream, true],
      [one.stream, true],
      [two.stream, true],
    ]);
  });
});

describe("a full table", () => {
  it("accept is EMFILE, and the connection waits with its data until there is room", async () => {
    using guest = await Guest.open({ listen: ["127.0.0.1:0"], limits: { descriptors: 5 } });
    const { stream } = await guest.connection();
    const late = await Client.to(guest);
    await late.write("patience");
    expect(guest.calls.sock_accept(3, NONBLOCK, OUT)).toBe(Errno.MFILE);
    expect(guest.calls.sock_accept(3, 0, OUT)).toBe(Errno.MFILE);
    guest.calls.fd_close(stream);
    expect(guest.calls.sock_accept(3, 0, OUT)).toBe(0);
    expect(guest.receive(guest.u32(), 32).text).toBe("patience");
  });

  it("path_open is EMFILE and creates nothing", async () => {
    using guest = await Guest.open({ dirs: { "/data": directory }, limits: { descriptors: 4 } });
    const errno = guest.calls.path_open(3, 0, ...guest.place("created"), 1, 1n << 6n, 0n, 0, OUT);
    expect(errno).toBe(Errno.MFILE);
    expect(guest.calls.path_filestat_get(3, 0, ...guest.place("created"), OUT)).toBe(Errno.NOENT);
  });
});
