/** Granted files and directories: the same through each base. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { Rights } from "../../wasi-host/abi/rights.ts";
import { WasiHost } from "../../wasi-host/index.ts";
import { BASES } from "./bases.ts";
import type { Guest } from "./hand-driven-guest.ts";

const OUT = 16;
const DIRECTORY = 4;
/** `$oflags`. */
const [CREATE, EXCLUSIVE, TRUNCATE] = [1, 4, 8];
const READ_WRITE =
  Rights.FD_DATASYNC |
  Rights.FD_READ |
  Rights.FD_SEEK |
  Rights.FD_SYNC |
  Rights.FD_TELL |
  Rights.FD_WRITE |
  Rights.FD_FILESTAT_GET |
  Rights.FD_FILESTAT_SET_SIZE |
  Rights.FD_FILESTAT_SET_TIMES;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "pollux-files-"));
  return () => rmSync(directory, { recursive: true });
});

function openFile(guest: Guest, name: string, oflags = 0, rights = READ_WRITE): { errno: number; fd: number } {
  const errno = guest.calls.path_open(DIRECTORY, 0, ...guest.place(name), oflags, rights, 0n, 0, OUT);
  return { errno, fd: guest.u32() };
}

function names(guest: Guest, fd: number): string[] {
  const buffer = guest.room(4096);
  expect(guest.calls.fd_readdir(fd, buffer, 4096, 0n, OUT)).toBe(0);
  const found: string[] = [];
  for (let at = buffer, end = buffer + guest.u32(); at < end; ) {
    const length = guest.u32(at + 16);
    found.push(guest.bytes(at + 24, length).toString());
    at += 24 + length;
  }
  return found.filter((name) => name !== "." && name !== "..").sort();
}

describe.each(Object.entries(BASES))("%s", (_base, openGuest) => {
  /** With the listener, the guest's numbers differ from the base's. */
  const open = () => openGuest({ "/data": directory }, { listen: ["127.0.0.1:0"] });

  describe("a file in a granted directory", () => {
    it("can be created, written, sought and read, over several iovecs", async () => {
      using guest = await open();
      const { errno, fd } = openFile(guest, "new.txt", CREATE);
      expect([errno, fd]).toEqual([0, 5]);
      expect(guest.calls.fd_write(fd, ...guest.iovecs(guest.place("hello "), guest.place("world")), OUT)).toBe(0);
      expect([guest.u32(), readFileSync(path.join(directory, "new.txt"), "utf8")]).toEqual([11, "hello world"]);
      expect(guest.calls.fd_tell(fd, OUT)).toBe(0);
      expect(guest.u64()).toBe(11n);
      expect(guest.calls.fd_seek(fd, -5n, 2, OUT)).toBe(0);
      expect(guest.u64()).toBe(6n);
      const room = guest.room(16);
      expect(guest.calls.fd_read(fd, ...guest.iovecs([room, 2], [room + 2, 10]), OUT)).toBe(0);
      expect([guest.u32(), guest.bytes(room, 5).toString()]).toEqual([5, "world"]);
      expect(guest.calls.fd_sync(fd)).toBe(0);
      expect(guest.calls.fd_datasync(fd)).toBe(0);
    });

    it("can be read and written at an offset, and keeps its position", async () => {
      using guest = await open();
      writeFileSync(path.join(directory, "f"), "0123456789");
      const { fd } = openFile(guest, "f");
      const room = guest.room(8);
      expect(guest.calls.fd_pwrite(fd, ...guest.iovecs(guest.place("XY")), 4n, OUT)).toBe(0);
      expect(guest.calls.fd_pread(fd, ...guest.iovecs([room, 4]), 3n, OUT)).toBe(0);
      expect(guest.bytes(room, 4).toString()).toBe("3XY6");
      guest.calls.fd_tell(fd, OUT);
      expect(guest.u64()).toBe(0n);
    });

    it("has a size that can be set and read by descriptor and by path", async () => {
      using guest = await open();
      writeFileSync(path.join(directory, "f"), "0123456789");
      const { fd } = openFile(guest, "f");
      const stat = guest.room(64);
      expect(guest.calls.fd_filestat_set_size(fd, 3n)).toBe(0);
      expect(guest.calls.fd_filestat_get(fd, stat)).toBe(0);
      expect([guest.view.getUint8(stat + 16), guest.u64(stat + 32)]).toEqual([4, 3n]);
      expect(guest.calls.path_filestat_get(DIRECTORY, 0, ...guest.place("f"), stat)).toBe(0);
      expect(guest.u64(stat + 32)).toBe(3n);
    });

    it("has times that can be set by descriptor and by path", async () => {
      using guest = await open();
      writeFileSync(path.join(directory, "f"), "");
      const { fd } = openFile(guest, "f");
      const stat = guest.room(64);
      const MODIFIED = 4;
      expect(guest.calls.fd_filestat_set_times(fd, 0n, 5_000_000_000n, MODIFIED)).toBe(0);
      guest.calls.fd_filestat_get(fd, stat);
      expect(guest.u64(stat + 48)).toBe(5_000_000_000n);
      const name = guest.place("f");
      expect(guest.calls.path_filestat_set_times(DIRECTORY, 0, ...name, 0n, 7_000_000_000n, MODIFIED)).toBe(0);
      guest.calls.fd_filestat_get(fd, stat);
      expect(guest.u64(stat + 48)).toBe(7_000_000_000n);
    });

    it("can be truncated on opening, and frees its number when closed", async () => {
      using guest = await open();
      writeFileSync(path.join(directory, "f"), "content");
      const { fd } = openFile(guest, "f", TRUNCATE);
      expect(readFileSync(path.join(directory, "f"), "utf8")).toBe("");
      expect(guest.calls.fd_close(fd)).toBe(0);
      expect(openFile(guest, "f").fd).toBe(fd);
    });

    it("is closed in the base too", async () => {
      using guest = await open();
      writeFileSync(path.join(directory, "f"), "");
      const { fd } = openFile(guest, "f");
      const opened = readdirSync("/proc/self/fd").length;
      expect(guest.calls.fd_close(fd)).toBe(0);
      expect(readdirSync("/proc/self/fd").length).toBe(opened - 1);
    });
  });

  describe("a granted directory", () => {
    it("lists, makes, renames, links and removes its entries", async () => {
      using guest = await open();
      const at = (name: string): [number, number, number] => [DIRECTORY, ...guest.place(name)];
      writeFileSync(path.join(directory, "a"), "A");
      expect(guest.calls.path_create_directory(...at("sub"))).toBe(0);
      expect(guest.calls.path_rename(...at("a"), ...at("sub/b"))).toBe(0);
      expect(guest.calls.path_link(DIRECTORY, 0, ...guest.place("sub/b"), ...at("c"))).toBe(0);
      expect(guest.calls.path_symlink(...guest.place("sub/b"), ...at("d"))).toBe(0);
      expect(names(guest, DIRECTORY)).toEqual(["c", "d", "sub"]);
      expect(readFileSync(path.join(directory, "d"), "utf8")).toBe("A");
      const room = guest.room(16);
      expect(guest.calls.path_readlink(...at("d"), room, 16, OUT)).toBe(0);
      expect(guest.bytes(room, guest.u32()).toString()).toBe("sub/b");
      expect(guest.calls.path_remove_directory(...at("sub"))).toBe(Errno.NOTEMPTY);
      for (const name of ["c", "d", "sub/b"]) expect(guest.calls.path_unlink_file(...at(name))).toBe(0);
      expect(guest.calls.path_remove_directory(...at("sub"))).toBe(0);
      expect(names(guest, DIRECTORY)).toEqual([]);
    });

    it("can be listed in pieces, by cookie", async () => {
      using guest = await open();
      for (const name of ["one", "two", "three"]) writeFileSync(path.join(directory, name), "");
      const found: string[] = [];
      const buffer = guest.room(64);
      for (let cookie = 0n; ; ) {
        expect(guest.calls.fd_readdir(DIRECTORY, buffer, 32, cookie, OUT)).toBe(0);
        if (guest.u32() === 0) break;
        found.push(guest.bytes(buffer + 24, Math.min(guest.u32(buffer + 16), 8)).toString());
        cookie = guest.u64(buffer);
      }
      expect(found.filter((name) => !name.startsWith(".")).sort()).toEqual(["one", "three", "two"]);
    });

    it("passes on errors: ENOENT, EEXIST, ENOTDIR", async () => {
      using guest = await open();
      writeFileSync(path.join(directory, "f"), "");
      expect(openFile(guest, "missing").errno).toBe(Errno.NOENT);
      expect(openFile(guest, "f", CREATE | EXCLUSIVE).errno).toBe(Errno.EXIST);
      expect(openFile(guest, "f/g").errno).toBe(Errno.NOTDIR);
      expect(guest.calls.path_unlink_file(DIRECTORY, ...guest.place("missing"))).toBe(Errno.NOENT);
    });

    it("is one of several, in the order of granting", async () => {
      mkdirSync(path.join(directory, "x"));
      mkdirSync(path.join(directory, "y"));
      using guest = await openGuest({ "/y": path.join(directory, "y"), "/x": path.join(directory, "x") });
      for (const fd of [3, 4]) {
        const at = guest.place(`made-through-${fd}`);
        expect(guest.calls.path_create_directory(fd, ...at)).toBe(0);
      }
      expect(existsSync(path.join(directory, "y", "made-through-3"))).toBe(true);
      expect(existsSync(path.join(directory, "x", "made-through-4"))).toBe(true);
      guest.calls.fd_prestat_dir_name(4, OUT, 2);
      expect(guest.bytes(OUT, 2).toString()).toBe("/x");
    });
  });
});

it("opening a host refuses a missing directory and an unknown base by name", async () => {
  const missing = path.join(directory, "missing");
  await expect(WasiHost.open({ dirs: { "/data": missing } })).rejects.toThrow(`no such directory: '${missing}'`);
  await expect(WasiHost.open({ base: "nobody" as "minimal" })).rejects.toThrow(
    "unknown base 'nobody': expected minimal, node-wasi or wasmer-wasi",
  );
});

it("disposing a host closes its guest's files and directories", async () => {
  const before = readdirSync("/proc/self/fd").length;
  for (const base of ["minimal", "minimal, by paths"]) {
    using guest = await BASES[base]({ "/data": directory });
    const file = guest.calls.path_open(3, 0, ...guest.place("f"), CREATE, READ_WRITE, 0n, 0, OUT);
    const made = guest.calls.path_create_directory(3, ...guest.place("sub"));
    const sub = guest.calls.path_open(3, 0, ...guest.place("sub"), 0, 0n, 0n, 0, OUT);
    expect([file, made, sub]).toEqual([0, base === "minimal" ? 0 : Errno.EXIST, 0]);
    guest.host.dispose();
    expect(readdirSync("/proc/self/fd").length).toBe(before);
  }
});
