/** Directories granted for reading only, on every base: their files can be read, and nothing can be changed. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { Rights } from "../../wasi-host/abi/rights.ts";
import type { BaseName } from "../../wasi-host/index.ts";
import { pollux } from "./command.ts";
import { commandGuest } from "./command-guest.ts";
import { CREATE, content, DIRECTORY, FOLLOW, open, read, TRUNCATE } from "./granted-files.ts";
import { Guest } from "./hand-driven-guest.ts";

const EXCLUSIVE = 4;
const APPEND = 1;
/** fstflags: MTIM_NOW. */
const NOW = 8;
/** The read-only directory, and a writable one beside it. */
const [FIXED, LOOSE] = [3, 4];
/** uvwasi gives a directory exactly the requested rights. */
const ALL = (1n << 28n) - 1n;
const { ROFS, XDEV, EXIST, NOENT } = Errno;

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "pollux-read-only-"));
  mkdirSync(path.join(root, "fixed/inner"), { recursive: true });
  mkdirSync(path.join(root, "loose"));
  writeFileSync(path.join(root, "fixed/file"), "0123456789");
  writeFileSync(path.join(root, "fixed/inner/deep"), "deep");
  writeFileSync(path.join(root, "loose/other"), "other");
});
afterEach(() => rmSync(root, { recursive: true }));

/** Everything in the directory: names, contents, modes and times. */
function state(): unknown {
  return readdirSync(path.join(root, "fixed"), { recursive: true }).map((name) => {
    const place = path.join(root, "fixed", String(name));
    const { mtimeMs, mode, nlink, size } = statSync(place);
    return [name, mtimeMs, mode, nlink, size, statSync(place).isFile() ? readFileSync(place, "latin1") : ""];
  });
}

describe.each<BaseName>(["minimal", "node-wasi", "wasmer-wasi"])("base %s:", (base) => {
  let guest: Guest;
  beforeEach(async () => {
    const dirs = {
      "/fixed": { path: path.join(root, "fixed"), readOnly: true },
      "/loose": { path: path.join(root, "loose"), readOnly: false },
    };
    guest = await Guest.open({ dirs, base });
  });
  afterEach(() => guest[Symbol.dispose]());

  const at = (name: string, fd = FIXED): [number, number, number] => [fd, ...guest.place(name)];
  /** A directory in the read-only one, by its own descriptor. */
  const inner = () => {
    expect(open(guest, "inner", { oflags: DIRECTORY, rights: ALL })).toBe(0);
    return guest.u32();
  };
  const file = () => {
    expect(open(guest, "file")).toBe(0);
    return guest.u32();
  };

  it("existing files can be read, inspected and listed", () => {
    expect(content(guest, "file")).toBe("0123456789");
    expect(content(guest, "inner/deep")).toBe("deep");
    expect(open(guest, "deep", { fd: inner() })).toBe(0);
    expect(read(guest, guest.u32())).toBe("deep");
    expect(guest.calls.path_filestat_get(FIXED, FOLLOW, ...guest.place("file"), guest.room(64))).toBe(0);
    expect(guest.calls.fd_readdir(FIXED, guest.room(512), 512, 0n, guest.result)).toBe(0);
    expect(guest.u32()).toBeGreaterThan(2 * 24);
    expect(guest.calls.fd_prestat_get(FIXED, guest.result)).toBe(0);
    expect(guest.u32(guest.result + 4)).toBe("/fixed".length);
  });

  const CHANGES: Record<string, (guest: Guest) => number> = {
    "open for writing": (g) => open(g, "file", { rights: Rights.FD_READ | Rights.FD_WRITE }),
    "open for writing alone": (g) => open(g, "file", { rights: Rights.FD_WRITE }),
    "open for writing what is deeper": (g) => open(g, "inner/deep", { rights: Rights.FD_WRITE }),
    "open for writing through a directory of it": (g) => open(g, "deep", { fd: inner(), rights: Rights.FD_WRITE }),
    "open and empty": (g) => open(g, "file", { oflags: TRUNCATE }),
    "make a file": (g) => open(g, "new", { oflags: CREATE, rights: Rights.FD_WRITE }),
    "make a file to read": (g) => open(g, "new", { oflags: CREATE }),
    "make a file, and it must be new": (g) => open(g, "new", { oflags: CREATE | EXCLUSIVE }),
    "make a file in a directory of it": (g) => open(g, "new", { fd: inner(), oflags: CREATE }),
    "write to an open file": (g) => g.calls.fd_write(file(), ...g.iovecs(g.place("x")), g.result),
    "write at a place": (g) => g.calls.fd_pwrite(file(), ...g.iovecs(g.place("x")), 0n, g.result),
    "set an open file's size": (g) => g.calls.fd_filestat_set_size(file(), 1n),
    allocate: (g) => g.calls.fd_allocate(file(), 0n, 100n),
    "set an open file's times": (g) => g.calls.fd_filestat_set_times(file(), 0n, 0n, NOW),
    "set the granted directory's times": (g) => g.calls.fd_filestat_set_times(FIXED, 0n, 0n, NOW),
    "set times by name": (g) => g.calls.path_filestat_set_times(FIXED, FOLLOW, ...g.place("file"), 0n, 0n, NOW),
    "make a directory": (g) => g.calls.path_create_directory(...at("directory")),
    "make a directory through one of it": (g) => g.calls.path_create_directory(...at("directory", inner())),
    "remove a file": (g) => g.calls.path_unlink_file(...at("file")),
    "remove a directory": (g) => g.calls.path_remove_directory(...at("inner")),
    "make a symbolic link": (g) => g.calls.path_symlink(...g.place("file"), ...at("link")),
    "make a link": (g) => g.calls.path_link(FIXED, 0, ...g.place("file"), ...at("link")),
    "rename a file": (g) => g.calls.path_rename(...at("file"), ...at("renamed")),
    "rename into a directory of it": (g) => g.calls.path_rename(...at("file"), ...at("renamed", inner())),
  };

  it.each(Object.entries(CHANGES))("EROFS without effect: %s", (_, change) => {
    const before = state();
    expect(change(guest)).toBe(ROFS);
    expect(state()).toEqual(before);
  });

  it("a link or a move to or from another directory is EXDEV", () => {
    const before = state();
    expect(guest.calls.path_link(FIXED, 0, ...guest.place("file"), ...at("stolen", LOOSE))).toBe(XDEV);
    expect(guest.calls.path_rename(...at("file"), ...at("stolen", LOOSE))).toBe(XDEV);
    expect(guest.calls.path_rename(...at("other", LOOSE), ...at("other"))).toBe(XDEV);
    expect(guest.calls.path_link(LOOSE, 0, ...guest.place("other"), ...at("other"))).toBe(XDEV);
    expect(state()).toEqual(before);
  });

  it("CREAT opens an existing file, but not with EXCL; without CREAT a missing file is ENOENT", () => {
    expect(open(guest, "file", { oflags: CREATE })).toBe(0);
    expect(read(guest, guest.u32())).toBe("0123456789");
    expect(open(guest, "file", { oflags: CREATE | EXCLUSIVE })).toBe(EXIST);
    expect(open(guest, "missing")).toBe(NOENT);
  });

  it("a reused descriptor number is not read-only", () => {
    expect(guest.calls.fd_close(file())).toBe(0);
    expect(open(guest, "other", { fd: LOOSE, rights: Rights.FD_READ | Rights.FD_WRITE })).toBe(0);
    const fd = guest.u32();
    expect(guest.calls.fd_write(fd, ...guest.iovecs(guest.place("new")), guest.result)).toBe(0);
    expect(guest.u32()).toBe(3);
  });

  it("the directory beside it can be changed", () => {
    expect(open(guest, "made", { fd: LOOSE, oflags: CREATE, rights: Rights.FD_WRITE })).toBe(0);
    expect(guest.calls.path_create_directory(...at("directory", LOOSE))).toBe(0);
  });
});

describe("base minimal:", () => {
  it("setting append on a file does not change it", async () => {
    using guest = await Guest.open({ dirs: { "/": { path: path.join(root, "fixed"), readOnly: true } } });
    expect(open(guest, "file")).toBe(0);
    const fd = guest.u32();
    expect(guest.calls.fd_fdstat_set_flags(fd, APPEND)).toBe(0);
    expect(guest.calls.fd_write(fd, ...guest.iovecs(guest.place("x")), guest.result)).toBe(ROFS);
  });

  it("a symbolic link in it does not lead out", async () => {
    symlinkSync("../loose/other", path.join(root, "fixed/out"));
    using guest = await Guest.open({ dirs: { "/": { path: path.join(root, "fixed"), readOnly: true } } });
    expect(open(guest, "out")).toBe(Errno.NOTCAPABLE);
  });
});

describe("the command", () => {
  let guest: string;
  beforeEach(async () => {
    guest = await commandGuest();
  }, 60_000);

  it.each(["minimal", "node-wasi"])("--dir HOST::GUEST:ro grants a read-only directory (base %s)", async (base) => {
    const fixed = path.join(root, "fixed");
    const { out, status } = await pollux(
      "run",
      "--quiet",
      "--listen",
      "127.0.0.1:0",
      "--base",
      base,
      "--dir",
      `${fixed}::/data:ro`,
      guest,
      "dir",
    );
    expect([out, status]).toEqual(["/data", 0]);
  });
});
