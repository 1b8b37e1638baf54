/** Exchanging directories and links during a path walk does not lead out of the granted directory. */
import fs, { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { Rights } from "../../wasi-host/abi/rights.ts";
import { byDescriptor } from "../../wasi-host/files/own/directories.ts";
import { nodeTimes } from "../../wasi-host/files/own/file-times.ts";
import { MinimalBase } from "../../wasi-host/files/own/index.ts";
import { BASES } from "./bases.ts";
import { CREATE, DIRECTORY, open, ROOT, read, TRUNCATE } from "./granted-files.ts";
import { Guest } from "./hand-driven-guest.ts";

/** A directory, with the right to open its entries. */
const TO_OPEN_IN = { oflags: DIRECTORY, rights: Rights.FD_READ | Rights.PATH_OPEN };

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

/** Just before a matching system call, `sub` is replaced by a link to the outside. */
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

describe("a directory that is replaced by a link to the outside after it was entered", () => {
  const grant = () => BASES.minimal({ "/data": granted });
  const isLast = (place: string) => /\/(file|new)$/.test(place);

  it("is still the entered one: files are opened in it", async () => {
    using guest = await grant();
    const exchanged = exchangeBefore("openSync", isLast);
    expect(open(guest, "sub/deep/file", { flags: 0 })).toBe(0);
    expect(read(guest, guest.u32())).toBe("inside");
    expect(exchanged.done).toBe(true);
  });

  const within = (...names: string[]) => path.join(granted, "aside", "deep", ...names);
  const text = (place: string) => readFileSync(place, "utf8");
  const named = (guest: Guest, name: string): [number, number, number] => [ROOT, ...guest.place(name)];
  const file = (guest: Guest) => named(guest, "sub/deep/file");
  /** The same for calls with flags of the lookup, which are 0. */
  const looked = (guest: Guest): [number, number, number, number] => [ROOT, 0, ...guest.place("sub/deep/file")];
  const [STATUS, MODIFIED] = [64, 4];

  /** The action, the system's calls that do it, and the proof that it was done in the right place. */
  const deeds: [string, Call, (guest: Guest) => number, (guest: Guest) => void][] = [
    [
      "made",
      "mkdirSync",
      (guest) => guest.calls.path_create_directory(...named(guest, "sub/deep/new")),
      () => expect(fs.readdirSync(within())).toEqual(["file", "new"]),
    ],
    [
      "removed",
      "unlinkSync",
      (guest) => guest.calls.path_unlink_file(...file(guest)),
      () => expect(fs.readdirSync(within())).toEqual([]),
    ],
    [
      "renamed",
      "renameSync",
      (guest) => guest.calls.path_rename(...file(guest), ...named(guest, "taken")),
      () => expect([text(path.join(granted, "taken")), fs.readdirSync(within())]).toEqual(["inside", []]),
    ],
    [
      "linked",
      "linkSync",
      (guest) => guest.calls.path_link(...looked(guest), ...named(guest, "hard")),
      () => expect([text(path.join(granted, "hard")), text(within("file"))]).toEqual(["inside", "inside"]),
    ],
    [
      "asked",
      "lstatSync",
      (guest) => guest.calls.path_filestat_get(...looked(guest), STATUS),
      (guest) => {
        const { ino } = fs.lstatSync(within("file"), { bigint: true });
        expect(guest.u64(STATUS + 8)).toBe(ino);
      },
    ],
    // A C call sets its time after that.
    ["dated", "lstatSync", dated, expectDated],
    ["dated without the C library", "lutimesSync", dated, expectDated],
  ];

  function dated(guest: Guest): number {
    return guest.calls.path_filestat_set_times(...looked(guest), 0n, 5_000_000_000n, MODIFIED);
  }

  function expectDated(): void {
    expect(fs.lstatSync(within("file")).mtimeMs).toBe(5000);
  }

  const withoutC = () => Guest.open({ base: new MinimalBase({ "/data": granted }, byDescriptor, () => nodeTimes) });

  it.each(deeds)("is %s in (%s)", async (deed, call, attempt, expectDone) => {
    using guest = await (deed.endsWith("without the C library") ? withoutC() : grant());
    const secret = path.join(outside, "deep", "file");
    const before = fs.statSync(secret).mtimeMs;
    const exchanged = exchangeBefore(call, isLast);
    expect([attempt(guest), exchanged.done]).toEqual([0, true]);
    vi.restoreAllMocks();
    expectDone(guest);
    expect([text(secret), fs.statSync(secret).mtimeMs]).toEqual(["secret", before]);
    expect(fs.readdirSync(path.dirname(secret))).toEqual(["file"]);
  });

  it("does not make '..' lead to another directory than the one it was entered from", async () => {
    using guest = await grant();
    renameSync(path.join(granted, "sub", "deep", "file"), path.join(granted, "sub", "file"));
    writeFileSync(path.join(outside, "file"), "secret");
    // When `deep` is entered, it is moved outside: then it has another parent.
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
    expect(open(guest, "sub/deep/../file", { flags: 0 })).toBe(0);
    expect([moved, read(guest, guest.u32())]).toEqual([true, "inside"]);
  });
});

describe("if a directory is held by its path,", () => {
  const grant = () => BASES["minimal, by paths"]({ "/data": granted });

  it("a file opened behind an exchanged directory is neither returned nor truncated", async () => {
    using guest = await grant();
    const exchanged = exchangeBefore("openSync", (place) => place.endsWith("/file"));
    expect(open(guest, "sub/deep/file", { flags: 0, oflags: TRUNCATE, rights: Rights.FD_WRITE })).toBe(Errno.NOENT);
    expect(exchanged.done).toBe(true);
    expect(readFileSync(path.join(outside, "deep", "file"), "utf8")).toBe("secret");
  });

  it("a replaced directory is no longer found", async () => {
    using guest = await grant();
    expect(open(guest, "sub", TO_OPEN_IN)).toBe(0);
    const sub = guest.u32();
    renameSync(path.join(granted, "sub"), path.join(granted, "aside"));
    mkdirSync(path.join(granted, "sub", "deep"), { recursive: true });
    expect(open(guest, "deep", { fd: sub, flags: 0, rights: 0n })).toBe(Errno.NOENT);
    expect(open(guest, "sub", TO_OPEN_IN)).toBe(0);
    expect(open(guest, "deep", { fd: guest.u32(), flags: 0, rights: 0n })).toBe(0);
  });
});

describe("links whose target differs from their text", () => {
  it("lead nowhere in /proc", async () => {
    using guest = await BASES.minimal({ "/": "/" });
    const secret = fs.openSync(path.join(outside, "deep", "file"), "r");
    const directory = fs.openSync(outside, "r");
    try {
      for (const name of [`proc/self/fd/${directory}/deep/file`, "proc/self/root/etc", "proc/self/cwd/package.json"]) {
        expect([name, open(guest, name)]).toEqual([name, Errno.NOTCAPABLE]);
      }
      expect(open(guest, `proc/self/fd/${secret}`)).toBe(Errno.NOTCAPABLE);
    } finally {
      fs.closeSync(secret);
      fs.closeSync(directory);
    }
  });

  it("do not lead out of an opened directory that is moved outside", async () => {
    using guest = await BASES.minimal({ "/data": granted });
    expect(open(guest, "sub", TO_OPEN_IN)).toBe(0);
    const sub = guest.u32();
    renameSync(path.join(granted, "sub"), path.join(outside, "moved"));
    for (const name of ["..", "../granted", "deep/../.."]) {
      expect(open(guest, name, { fd: sub, rights: 0n })).toBe(Errno.NOTCAPABLE);
    }
    expect(open(guest, "new", { oflags: CREATE, rights: Rights.FD_WRITE })).toBe(0);
    expect(fs.existsSync(path.join(granted, "new"))).toBe(true);
  });
});
