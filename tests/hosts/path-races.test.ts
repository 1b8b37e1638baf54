/** Whoever exchanges directories and links while a guest's path is walked does not lead it out of its directory. */
import fs, { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Errno } from "../../wasi-host/errno.ts";
import { BASES } from "./bases.ts";
import type { Guest } from "./hand-driven-guest.ts";

const OUT = 16;
const ROOT = 3;
const CREATE = 1;
const TRUNCATE = 8;
const READ = 1n << 1n;
const WRITE = 1n << 6n;

let outside: string;
let granted: string;
beforeEach(() => {
  outside = mkdtempSync(path.join(tmpdir(), "pollux-races-"));
  granted = path.join(outside, "granted");
  mkdirSync(path.join(granted, "sub", "deep"), { recursive: true });
  mkdirSync(path.join(outside, "deep"));
  for (const place of ["deep", "granted/sub/deep"]) {
    writeFileSync(path.join(outside, place, "file"), place === "deep" ? "secret" : "inside");
  }
  return () => rmSync(outside, { recursive: true });
});
afterEach(() => vi.restoreAllMocks());

type Call = "openSync" | "mkdirSync" | "unlinkSync" | "renameSync" | "lutimesSync" | "linkSync" | "lstatSync";

/** Just before the system's call that matches, somebody else puts a link to the outside in the place of `sub`. */
function exchangeBefore(call: Call, matches: (place: string) => boolean): { done: boolean } {
  const state = { done: false };
  const original = fs[call] as (...args: unknown[]) => unknown;
  vi.spyOn(fs, call as "openSync").mockImplementation(((...args: unknown[]) => {
    if (!state.done && matches(String(args[0]))) {
      state.done = true;
      renameSync(path.join(granted, "sub"), path.join(granted, "aside"));
      symlinkSync("..", path.join(granted, "sub"));
    }
    return original.apply(fs, args);
  }) as never);
  return state;
}

function open(guest: Guest, name: string, oflags = 0, rights = READ): number {
  return guest.calls.path_open(ROOT, 0, ...guest.place(name), oflags, rights, 0n, 0, OUT);
}

function content(guest: Guest, fd: number): string {
  const room = guest.room(16);
  expect(guest.calls.fd_read(fd, ...guest.iovecs([room, 16]), OUT)).toBe(0);
  return guest.bytes(room, guest.u32()).toString();
}

describe("a directory that is exchanged for a link to the outside, once it was entered,", () => {
  const grant = () => BASES.minimal({ "/data": granted });
  const isLast = (place: string) => /\/(file|new)$/.test(place);

  it("is still the one that was entered: what is opened is in it", async () => {
    using guest = await grant();
    const exchanged = exchangeBefore("openSync", isLast);
    expect(open(guest, "sub/deep/file")).toBe(0);
    expect(content(guest, guest.u32())).toBe("inside");
    expect(exchanged.done).toBe(true);
  });

  it("is made, removed, renamed, linked, asked and dated in", async () => {
    using guest = await grant();
    const at = (name: string): [number, number, number] => [ROOT, ...guest.place(name)];
    const { calls } = guest;
    const attempts: [Call, () => number, string][] = [
      ["mkdirSync", () => calls.path_create_directory(...at("sub/deep/new")), "aside/deep/new"],
      ["linkSync", () => calls.path_link(ROOT, 0, ...guest.place("sub/deep/file"), ...at("hard")), "hard"],
      ["lutimesSync", () => calls.path_filestat_set_times(ROOT, 0, ...guest.place("sub/deep/file"), 0n, 5n, 4), "sub"],
      ["renameSync", () => calls.path_rename(...at("sub/deep/file"), ...at("taken")), "taken"],
    ];
    for (const [call, attempt, made] of attempts) {
      const before = fs.statSync(path.join(outside, "deep", "file")).mtimeMs;
      const exchanged = exchangeBefore(call, isLast);
      expect([call, attempt(), exchanged.done]).toEqual([call, 0, true]);
      vi.restoreAllMocks();
      expect(fs.existsSync(path.join(granted, made))).toBe(true);
      if (made !== "sub" && made !== "aside/deep/new")
        expect(readFileSync(path.join(granted, made), "utf8")).toBe("inside");
      expect(readFileSync(path.join(outside, "deep", "file"), "utf8")).toBe("secret");
      expect(fs.statSync(path.join(outside, "deep", "file")).mtimeMs).toBe(before);
      expect(fs.readdirSync(path.join(outside, "deep"))).toEqual(["file"]);
      rmSync(path.join(granted, "sub"));
      renameSync(path.join(granted, "aside"), path.join(granted, "sub"));
    }
  });

  it("does not let two dots lead to another directory than the one that was come from", async () => {
    using guest = await grant();
    renameSync(path.join(granted, "sub", "deep", "file"), path.join(granted, "sub", "file"));
    writeFileSync(path.join(outside, "file"), "secret");
    // As `deep` is entered, it is moved to the outside: its parent is another one then.
    const original = fs.openSync;
    let moved = false;
    vi.spyOn(fs, "openSync").mockImplementation((...args) => {
      const fd = original(...args);
      if (String(args[0]).endsWith("/deep")) {
        moved = true;
        renameSync(path.join(granted, "sub", "deep"), path.join(outside, "moved"));
      }
      return fd;
    });
    expect(open(guest, "sub/deep/../file")).toBe(0);
    expect([moved, content(guest, guest.u32())]).toEqual([true, "inside"]);
  });
});

describe("where a directory is held by its path", () => {
  const grant = () => BASES["minimal, by paths"]({ "/data": granted });

  it("a file that was opened behind an exchanged directory is not handed out, and not emptied", async () => {
    using guest = await grant();
    const exchanged = exchangeBefore("openSync", (place) => place.endsWith("/file"));
    expect(open(guest, "sub/deep/file", TRUNCATE, WRITE)).toBe(Errno.NOENT);
    expect(exchanged.done).toBe(true);
    expect(readFileSync(path.join(outside, "deep", "file"), "utf8")).toBe("secret");
  });

  it("a directory of the guest's that another took the place of is not found any more", async () => {
    using guest = await grant();
    expect(open(guest, "sub", 2, READ | (1n << 13n))).toBe(0);
    const sub = guest.u32();
    renameSync(path.join(granted, "sub"), path.join(granted, "aside"));
    mkdirSync(path.join(granted, "sub", "deep"), { recursive: true });
    const name = guest.place("deep");
    expect(guest.calls.path_open(sub, 0, ...name, 0, 0n, 0n, 0, OUT)).toBe(Errno.NOENT);
    expect(open(guest, "sub", 2, 1n << 13n)).toBe(0);
    expect(guest.calls.path_open(guest.u32(), 0, ...name, 0, 0n, 0n, 0, OUT)).toBe(0);
  });
});

describe("links whose text is not where they lead", () => {
  it("those of /proc lead nowhere", async () => {
    using guest = await BASES.minimal({ "/": "/" });
    const secret = fs.openSync(path.join(outside, "deep", "file"), "r");
    const directory = fs.openSync(outside, "r");
    try {
      for (const name of [`proc/self/fd/${directory}/deep/file`, "proc/self/root/etc", "proc/self/cwd/package.json"]) {
        expect([name, guest.calls.path_open(ROOT, 1, ...guest.place(name), 0, READ, 0n, 0, OUT)]).toEqual([
          name,
          Errno.NOTCAPABLE,
        ]);
      }
      const magic = guest.place(`proc/self/fd/${secret}`);
      expect(guest.calls.path_open(ROOT, 1, ...magic, 0, READ, 0n, 0, OUT)).toBe(Errno.NOTCAPABLE);
    } finally {
      fs.closeSync(secret);
      fs.closeSync(directory);
    }
  });

  it("a directory that was opened may be moved out of what was granted: nothing leads back, or further", async () => {
    using guest = await BASES.minimal({ "/data": granted });
    expect(open(guest, "sub", 2, READ | (1n << 13n))).toBe(0);
    const sub = guest.u32();
    renameSync(path.join(granted, "sub"), path.join(outside, "moved"));
    for (const name of ["..", "../granted", "deep/../.."]) {
      expect(guest.calls.path_open(sub, 1, ...guest.place(name), 0, 0n, 0n, 0, OUT)).toBe(Errno.NOTCAPABLE);
    }
    expect(open(guest, "new", CREATE, WRITE)).toBe(0);
    expect(fs.existsSync(path.join(granted, "new"))).toBe(true);
  });
});
