import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SimulatedDriver } from "../../../wasi-host/drivers/simulated/index.ts";
import { openBase } from "../../../wasi-host/files/index.ts";
import { FlatGuest } from "./flat-guest.ts";

/** wasi:filesystem/types' error-code, in its order. */
const CODES = [
  ...["access", "would-block", "already", "bad-descriptor", "busy", "deadlock", "quota", "exist", "file-too-large"],
  ...["illegal-byte-sequence", "in-progress", "interrupted", "invalid", "io", "is-directory", "loop", "too-many-links"],
  ...["message-size", "name-too-long", "no-device", "no-entry", "no-lock", "insufficient-memory"],
  ...["insufficient-space", "not-directory", "not-empty", "not-recoverable", "unsupported", "no-tty"],
  ...["no-such-device", "overflow", "not-permitted", "pipe", "read-only", "invalid-seek", "text-file-busy"],
  "cross-device",
];
/** descriptor-type, in its order. */
const TYPES = [
  ...["unknown", "block-device", "character-device", "directory", "fifo", "symbolic-link", "regular-file", "socket"],
];

const READ = 1;
const WRITE = 2;
const MUTATE = 32;
const CREATE = 1;
const DIRECTORY = 2;
const EXCLUSIVE = 4;
const TRUNCATE = 8;
const FOLLOW = 1;
const SECOND = 1_000_000_000n;
const PATHS = [2048, 8192] as const;

const text = (bytes: unknown) => (bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : bytes);

/** Calls of wasi:filesystem. A failed call returns the error's name. */
class FileGuest {
  readonly guest: FlatGuest;

  constructor(guest: FlatGuest) {
    this.guest = guest;
  }

  /** Writes paths to memory: their addresses and lengths. */
  paths(...texts: string[]): [number, number][] {
    return texts.map((each, place) => {
      const bytes = new TextEncoder().encode(each);
      this.guest.bytes.set(bytes, PATHS[place]);
      return [PATHS[place], bytes.length];
    });
  }

  /** A method of descriptor; the error at `offset`. */
  call(method: string, handle: number, values: (number | bigint)[] = [], offset = 1): string {
    this.guest.call(`filesystem/types#[method]descriptor.${method}`, handle, ...values, this.guest.area);
    return this.guest.u8(0) === 0 ? "ok" : CODES[this.guest.u8(offset)];
  }

  directories(): { handle: number; name: string }[] {
    this.guest.call("filesystem/preopens#get-directories", this.guest.area);
    const { view } = this.guest;
    const at = this.guest.u32(0);
    return Array.from({ length: this.guest.u32(4) }, (_, index) => {
      const [first, name, length] = [0, 4, 8].map((offset) => view.getUint32(at + 12 * index + offset, true));
      return { handle: first, name: new TextDecoder().decode(this.guest.bytes.slice(name, name + length)) };
    });
  }

  open(directory: number, name: string, flags = READ, how = 0, follow = FOLLOW): number | string {
    const outcome = this.call("open-at", directory, [follow, ...this.paths(name)[0], how, flags], 4);
    return outcome === "ok" ? this.guest.u32(4) : outcome;
  }

  read(file: number, length: number, offset: number): readonly [string, boolean] | string {
    const outcome = this.call("read", file, [BigInt(length), BigInt(offset)], 4);
    return outcome === "ok" ? [this.guest.string(4), this.guest.u8(12) === 1] : outcome;
  }

  write(file: number, content: string, offset: number): bigint | string {
    const outcome = this.call("write", file, [...this.guest.text(content), BigInt(offset)], 8);
    return outcome === "ok" ? this.guest.u64(8) : outcome;
  }

  stat(method: string, handle: number, values: (number | bigint)[] = []) {
    const outcome = this.call(method, handle, values, 8);
    if (outcome !== "ok") return outcome;
    const time = (at: number) =>
      this.guest.u8(at) === 1 ? this.guest.u64(at + 8) * SECOND + BigInt(this.guest.u32(at + 16)) : -1n;
    return {
      type: TYPES[this.guest.u8(8)],
      links: this.guest.u64(16),
      size: this.guest.u64(24),
      accessed: time(32),
      modified: time(56),
      changed: time(80),
    };
  }

  entries(handle: number): string[] | string {
    const outcome = this.call("read-directory", handle, [], 4);
    if (outcome !== "ok") return outcome;
    const stream = this.guest.u32(4);
    const found: string[] = [];
    for (;;) {
      this.guest.call("filesystem/types#[method]directory-entry-stream.read-directory-entry", stream, this.guest.area);
      if (this.guest.u8(0) !== 0) found.push(CODES[this.guest.u8(4)]);
      else if (this.guest.u8(4) === 0) break;
      else found.push(`${TYPES[this.guest.u8(8)]} ${this.guest.string(12)}`);
    }
    this.guest.drop("filesystem/types/directory-entry-stream", stream);
    return found.sort();
  }

  stream(method: string, file: number, offset?: number): number | string {
    const outcome = this.call(`${method}-via-stream`, file, offset === undefined ? [] : [BigInt(offset)], 4);
    return outcome === "ok" ? this.guest.u32(4) : outcome;
  }
}

describe("wasi:filesystem", () => {
  let host: string;
  let guest: FlatGuest;
  let files: FileGuest;
  let root: number;

  beforeEach(async () => {
    host = fs.mkdtempSync(path.join(os.tmpdir(), "preview2-"));
    fs.writeFileSync(path.join(host, "file.txt"), "content");
    fs.mkdirSync(path.join(host, "directory"));
    fs.writeFileSync(path.join(host, "directory", "inner.txt"), "inner");
    fs.symlinkSync("file.txt", path.join(host, "link"));
    const base = await openBase({ "/data": host });
    guest = new FlatGuest(new SimulatedDriver(), { base });
    files = new FileGuest(guest);
    root = files.directories()[0].handle;
  });

  afterEach(() => {
    guest[Symbol.dispose]();
    fs.rmSync(host, { recursive: true });
  });

  describe("preopens", () => {
    it("lists what was granted, by new handles each time", () => {
      const again = files.directories();
      expect(again).toEqual([{ handle: expect.any(Number), name: "/data" }]);
      expect(again[0].handle).not.toBe(root);
      guest.drop("filesystem/types/descriptor", root);
      expect(files.open(again[0].handle, "file.txt")).toBeTypeOf("number");
    });

    it("lists nothing where nothing was granted", () => {
      using none = new FlatGuest(new SimulatedDriver());
      expect(new FileGuest(none).directories()).toEqual([]);
    });
  });

  describe("descriptor.open-at", () => {
    it("opens files and directories, with the flags that were asked for", () => {
      const flagsOf = (handle: number) => {
        files.call("get-flags", handle);
        return guest.u8(1);
      };
      expect(flagsOf(root)).toBe(READ | MUTATE);
      expect(flagsOf(files.open(root, "file.txt") as number)).toBe(READ);
      expect(flagsOf(files.open(root, "file.txt", READ | WRITE | 4) as number)).toBe(READ | WRITE | 4);
      expect(flagsOf(files.open(root, "directory") as number)).toBe(READ | MUTATE);
      expect(flagsOf(files.open(root, "directory", READ | MUTATE, DIRECTORY) as number)).toBe(READ | MUTATE);
    });

    it("makes files, makes them anew, and empties them", () => {
      expect(files.open(root, "new", WRITE, CREATE | EXCLUSIVE)).toBeTypeOf("number");
      expect(files.open(root, "new", WRITE, CREATE | EXCLUSIVE)).toBe("exist");
      expect(files.open(root, "file.txt", WRITE, TRUNCATE)).toBeTypeOf("number");
      expect(fs.readFileSync(path.join(host, "file.txt"), "utf8")).toBe("");
    });

    it.each([
      ["no-entry", "nothing", READ, 0, FOLLOW],
      ["not-directory", "file.txt", READ, DIRECTORY, FOLLOW],
      ["not-directory", "file.txt", MUTATE, 0, FOLLOW],
      ["not-directory", "file.txt/x", READ, 0, FOLLOW],
      ["is-directory", "directory", WRITE, 0, FOLLOW],
      ["loop", "link", READ, 0, 0],
      ["invalid", "new", READ, CREATE | DIRECTORY, FOLLOW],
      ["invalid", "a\0b", READ, 0, FOLLOW],
      ["not-permitted", "/etc/passwd", READ, 0, FOLLOW],
      ["not-permitted", "../outside", READ, 0, FOLLOW],
      ["not-permitted", "directory/../../outside", READ, 0, FOLLOW],
      ["name-too-long", "x".repeat(300), READ, 0, FOLLOW],
      ["name-too-long", "x/".repeat(2100), READ, 0, FOLLOW],
      ["no-entry", "", READ, 0, FOLLOW],
    ])("says %s: %s", (code, name, flags, how, follow) => {
      expect(files.open(root, name, flags, how, follow)).toBe(code);
    });

    it("reports not-directory for other files", () => {
      expect(files.open(files.open(root, "file.txt") as number, "x")).toBe("not-directory");
    });

    it("says not-permitted of a link that leads out", () => {
      fs.symlinkSync("/etc", path.join(host, "out"));
      expect(files.open(root, "out/passwd")).toBe("not-permitted");
      expect(files.open(root, "out")).toBe("not-permitted");
    });

    it("opens no more than the limit on descriptors, and again when one is dropped", async () => {
      using few = new FlatGuest(new SimulatedDriver(), { base: await openBase({ "/": host }), descriptors: 1 });
      const limited = new FileGuest(few);
      const directory = limited.directories()[0].handle;
      const file = limited.open(directory, "file.txt") as number;
      expect(limited.open(directory, "file.txt")).toBe("insufficient-memory");
      few.drop("filesystem/types/descriptor", file);
      expect(limited.open(directory, "file.txt")).toBeTypeOf("number");
    });

    it("traps at a path that is no UTF-8, and one beyond memory", () => {
      guest.bytes.set([0xff, 0xfe], PATHS[0]);
      const open = (pointer: number, length: number) =>
        guest.call("filesystem/types#[method]descriptor.open-at", root, 0, pointer, length, 0, READ, guest.area);
      expect(() => open(PATHS[0], 2)).toThrow("not UTF-8");
      expect(() => open(PATHS[0], -1)).toThrow("beyond memory");
    });
  });

  describe("bytes", () => {
    it("reads at any place, and tells the end", () => {
      const file = files.open(root, "file.txt") as number;
      expect(files.read(file, 3, 0)).toEqual(["con", false]);
      expect(files.read(file, 100, 3)).toEqual(["tent", false]);
      expect(files.read(file, 100, 7)).toEqual(["", true]);
      expect(files.read(file, 100, 1000)).toEqual(["", true]);
      expect(files.read(file, 0, 0)).toEqual(["", false]);
    });

    it("writes at any place", () => {
      const file = files.open(root, "file.txt", READ | WRITE) as number;
      expect(files.write(file, "CON", 0)).toBe(3n);
      expect(files.write(file, "!", 9)).toBe(1n);
      expect(fs.readFileSync(path.join(host, "file.txt"), "utf8")).toBe("CONtent\0\0!");
    });

    it("says bad-descriptor where the file was not opened for it, and is-directory of a directory", () => {
      const file = files.open(root, "file.txt") as number;
      const written = files.open(root, "file.txt", WRITE) as number;
      expect(files.write(file, "x", 0)).toBe("bad-descriptor");
      expect(files.read(written, 1, 0)).toBe("bad-descriptor");
      expect(files.stream("write", file, 0)).toBe("bad-descriptor");
      expect(files.stream("append", file)).toBe("bad-descriptor");
      expect(files.stream("read", written, 0)).toBe("bad-descriptor");
      expect(files.read(root, 1, 0)).toBe("is-directory");
      expect(files.write(root, "x", 0)).toBe("is-directory");
      expect(files.stream("read", root, 0)).toBe("is-directory");
      expect(files.stream("write", root, 0)).toBe("is-directory");
      expect(files.stream("append", root)).toBe("is-directory");
    });

    it("says invalid for an offset that no file has", () => {
      expect(files.read(files.open(root, "file.txt") as number, 1, -1)).toBe("invalid");
    });

    it("has streams with places of their own, which outlive the descriptor", () => {
      const file = files.open(root, "file.txt", READ | WRITE) as number;
      const [one, two] = [files.stream("read", file, 0) as number, files.stream("read", file, 4) as number];
      const out = files.stream("write", file, 7) as number;
      const more = files.stream("append", file) as number;
      guest.drop("filesystem/types/descriptor", file);
      expect(text(guest.read(one, 3))).toBe("con");
      expect(text(guest.read(two, 100))).toBe("ent");
      expect(guest.read(two, 100)).toBe("closed");
      expect(guest.checkWrite(out)).toBe(65_536);
      expect(guest.write(out, " and")).toBeUndefined();
      expect(guest.write(more, " more", "blocking-write-and-flush")).toBeUndefined();
      expect(guest.write(out, "_", "blocking-write-and-flush")).toBeUndefined();
      expect(text(guest.read(one, 100, "blocking-read"))).toBe("tent and_more");
      expect(fs.readFileSync(path.join(host, "file.txt"), "utf8")).toBe("content and_more");
      const pollable = guest.subscribeInput(one);
      expect(guest.poll(pollable)).toEqual([0]);
      guest.drop("io/poll/pollable", pollable);
      for (const stream of [one, two]) guest.drop("io/streams/input-stream", stream);
      for (const stream of [out, more]) guest.drop("io/streams/output-stream", stream);
    });

    it("reads and writes more than one call moves", () => {
      const file = files.open(root, "large", READ | WRITE, CREATE) as number;
      const out = files.stream("write", file, 0) as number;
      for (let part = 0; part < 4; part++) {
        guest.checkWrite(out);
        guest.bytes.fill(65 + part, 700_000, 765_536);
        guest.call("io/streams#[method]output-stream.write", out, 700_000, 65_536, guest.area);
        expect(guest.u8(0)).toBe(0);
      }
      expect(fs.statSync(path.join(host, "large")).size).toBe(4 * 65_536);
      const input = files.stream("read", file, 0) as number;
      let got = "";
      for (let bytes = guest.read(input, 1e6); bytes !== "closed"; bytes = guest.read(input, 1e6)) {
        got += text(bytes);
        guest.reset();
      }
      expect(got).toBe("ABCD".replace(/./g, (letter) => letter.repeat(65_536)));
    });

    it("has errors with a code of this interface", () => {
      const file = files.open(root, "file.txt", READ | WRITE) as number;
      const out = files.stream("write", file, -1) as number;
      guest.checkWrite(out);
      const failed = guest.write(out, "x") as { error: number };
      guest.call("filesystem/types#filesystem-error-code", failed.error, guest.area);
      expect([guest.u8(0), CODES[guest.u8(1)]]).toEqual([1, "invalid"]);
      guest.call("sockets/network#network-error-code", failed.error, guest.area);
      expect(guest.u8(0)).toBe(0);
      expect(guest.debugString(failed)).toBe("EINVAL");
    });

    it("advises, synchronises and sets sizes", () => {
      const file = files.open(root, "file.txt", READ | WRITE) as number;
      expect(files.call("advise", file, [0n, 10n, 5])).toBe("ok");
      expect(files.call("advise", root, [0n, 10n, 0])).toBe("is-directory");
      expect(() => files.call("advise", file, [0n, 10n, 6])).toThrow("advice has no case 6");
      expect(files.call("sync", file)).toBe("ok");
      expect(files.call("sync-data", file)).toBe("ok");
      expect(files.call("sync", root)).toBe("ok");
      expect(files.call("sync-data", root)).toBe("ok");
      expect(files.call("set-size", file, [3n])).toBe("ok");
      expect(files.read(file, 100, 0)).toEqual(["con", false]);
      expect(files.call("set-size", file, [-1n])).toBe("invalid");
      expect(files.call("set-size", file, [1n << 60n])).toBe("file-too-large");
      expect(files.call("set-size", root, [3n])).toBe("is-directory");
    });
  });

  describe("status", () => {
    it("tells type, links, size and times", () => {
      const file = files.open(root, "file.txt") as number;
      const stats = fs.statSync(path.join(host, "file.txt"), { bigint: true });
      expect(files.stat("stat", file)).toEqual({
        type: "regular-file",
        links: 1n,
        size: 7n,
        accessed: stats.atimeNs,
        modified: stats.mtimeNs,
        changed: stats.ctimeNs,
      });
      expect(files.stat("stat-at", root, [0, ...files.paths("link")[0]])).toMatchObject({
        type: "symbolic-link",
        size: 8n,
      });
      expect(files.stat("stat-at", root, [FOLLOW, ...files.paths("link")[0]])).toMatchObject({
        type: "regular-file",
        size: 7n,
      });
      expect(files.stat("stat-at", root, [0, ...files.paths("nothing")[0]])).toBe("no-entry");
      expect(files.stat("stat-at", root, [0, ...files.paths("x".repeat(5000))[0]])).toBe("name-too-long");
    });

    it("tells the type alone", () => {
      for (const [handle, type] of [
        [root, "directory"],
        [files.open(root, "file.txt") as number, "regular-file"],
      ] as const) {
        expect(files.call("get-type", handle)).toBe("ok");
        expect(TYPES[guest.u8(1)]).toBe(type);
      }
    });

    it("sets times: given ones, the present one, and none", () => {
      const file = files.open(root, "file.txt", READ | WRITE) as number;
      const given = 1_234_567_890n * SECOND + 123_456_789n;
      expect(files.call("set-times", file, [2, 1_234_567_890n, 123_456_789, 0, 0n, 0])).toBe("ok");
      const before = files.stat("stat", file) as { accessed: bigint; modified: bigint };
      expect(before.accessed).toBe(given);
      expect(files.call("set-times-at", root, [FOLLOW, ...files.paths("link")[0], 0, 0n, 0, 2, 5n, 6])).toBe("ok");
      expect(files.stat("stat", file)).toMatchObject({ accessed: given, modified: 5n * SECOND + 6n });
      expect(files.call("set-times", file, [0, 0n, 0, 1, 0n, 0])).toBe("ok");
      expect((files.stat("stat", file) as typeof before).modified).toBeGreaterThan(given);
      expect(files.call("set-times-at", root, [0, ...files.paths("nothing")[0], 1, 0n, 0, 1, 0n, 0])).toBe("no-entry");
      expect(() => files.call("set-times", file, [3, 0n, 0, 0, 0n, 0])).toThrow("new-timestamp has no case 3");
    });

    it("knows an object again, and whether it has changed", () => {
      const same = (one: number, two: number) =>
        guest.call("filesystem/types#[method]descriptor.is-same-object", one, two);
      const [one, two] = [files.open(root, "file.txt") as number, files.open(root, "link") as number];
      expect([same(one, two), same(one, root)]).toEqual([1, 0]);
      const hash = (method: string, handle: number, values: (number | bigint)[] = []) => {
        const outcome = files.call(method, handle, values, 8);
        return outcome === "ok" ? [guest.u64(8), guest.u64(16)] : outcome;
      };
      const before = hash("metadata-hash", one);
      expect(hash("metadata-hash", two)).toEqual(before);
      expect(hash("metadata-hash-at", root, [FOLLOW, ...files.paths("link")[0]])).toEqual(before);
      expect(hash("metadata-hash-at", root, [0, ...files.paths("link")[0]])).not.toEqual(before);
      expect(hash("metadata-hash-at", root, [0, ...files.paths("nothing")[0]])).toBe("no-entry");
      fs.writeFileSync(path.join(host, "file.txt"), "longer content");
      expect(hash("metadata-hash", one)).not.toEqual(before);
    });
  });

  describe("names", () => {
    it("lists a directory without dots, and streams do not disturb each other", () => {
      const expected = ["directory directory", "regular-file file.txt", "symbolic-link link"];
      expect(files.entries(root)).toEqual(expected);
      files.call("read-directory", root, [], 4);
      const other = guest.u32(4);
      guest.call("filesystem/types#[method]directory-entry-stream.read-directory-entry", other, guest.area);
      expect(files.entries(root)).toEqual(expected);
      expect(files.entries(files.open(root, "file.txt") as number)).toBe("not-directory");
    });

    it("lists a directory that is larger than one page", () => {
      const names = Array.from({ length: 1200 }, (_, index) => `${index}-${"n".repeat(80)}`);
      for (const name of names) fs.writeFileSync(path.join(host, "directory", name), "");
      const found = files.entries(files.open(root, "directory") as number);
      expect(found).toEqual([...names.map((name) => `regular-file ${name}`), "regular-file inner.txt"].sort());
    });

    it("says illegal-byte-sequence in place of a name that is no UTF-8", () => {
      fs.writeFileSync(Buffer.concat([Buffer.from(`${host}/directory/`), Buffer.from([0xff])]), "");
      expect(files.entries(files.open(root, "directory") as number)).toEqual([
        "illegal-byte-sequence",
        "regular-file inner.txt",
      ]);
    });

    it("reports FIFOs as unknown: the base has no type for them", () => {
      execFileSync("mkfifo", [path.join(host, "directory", "fifo")]);
      expect(files.entries(files.open(root, "directory") as number)).toContain("unknown fifo");
    });

    it("makes and removes directories", () => {
      expect(files.call("create-directory-at", root, files.paths("made")[0])).toBe("ok");
      expect(files.call("create-directory-at", root, files.paths("made")[0])).toBe("exist");
      expect(files.call("remove-directory-at", root, files.paths("made")[0])).toBe("ok");
      expect(files.call("remove-directory-at", root, files.paths("made")[0])).toBe("no-entry");
      expect(files.call("remove-directory-at", root, files.paths("directory")[0])).toBe("not-empty");
      expect(files.call("remove-directory-at", root, files.paths("file.txt")[0])).toBe("not-directory");
      expect(files.call("create-directory-at", root, files.paths("../x")[0])).toBe("not-permitted");
    });

    it("links, renames and unlinks", () => {
      const two = (one: string, other: string) => files.paths(one, other) as [[number, number], [number, number]];
      const link = (one: string, other: string) => {
        const [old, path] = two(one, other);
        return files.call("link-at", root, [0, ...old, root, ...path]);
      };
      const rename = (one: string, other: string) => {
        const [old, path] = two(one, other);
        return files.call("rename-at", root, [...old, root, ...path]);
      };
      expect(link("file.txt", "directory/hard")).toBe("ok");
      expect(link("file.txt", "directory/hard")).toBe("exist");
      expect(link("nothing", "other")).toBe("no-entry");
      expect(link("directory", "other")).toBe("not-permitted");
      expect(rename("directory/hard", "moved")).toBe("ok");
      expect(rename("directory/hard", "moved")).toBe("no-entry");
      expect(rename("file.txt", "directory")).toBe("is-directory");
      expect(rename("directory", "file.txt")).toBe("not-directory");
      expect(rename("file.txt", "/x")).toBe("not-permitted");
      expect(rename("x".repeat(5000), "x")).toBe("name-too-long");
      expect(files.call("unlink-file-at", root, files.paths("moved")[0])).toBe("ok");
      expect(files.call("unlink-file-at", root, files.paths("moved")[0])).toBe("no-entry");
      expect(files.call("unlink-file-at", root, files.paths("directory")[0])).toBe("is-directory");
    });

    it("makes and reads symbolic links", () => {
      const symlink = (target: string, name: string) =>
        files.call("symlink-at", root, files.paths(target, name).flat());
      const readlink = (name: string) => {
        const outcome = files.call("readlink-at", root, files.paths(name)[0], 4);
        return outcome === "ok" ? { target: guest.string(4) } : outcome;
      };
      expect(symlink("file.txt", "directory/soft")).toBe("ok");
      expect(symlink("file.txt", "directory/soft")).toBe("exist");
      expect(symlink("/etc/passwd", "absolute")).toBe("not-permitted");
      expect(readlink("directory/soft")).toEqual({ target: "file.txt" });
      expect(readlink("file.txt")).toBe("invalid");
      expect(readlink("nothing")).toBe("no-entry");
      expect(readlink("x".repeat(5000))).toBe("name-too-long");
      fs.symlinkSync("/etc/passwd", path.join(host, "outside"));
      expect(readlink("outside")).toBe("not-permitted");
      fs.symlinkSync("loop", path.join(host, "loop"));
      expect(files.open(root, "loop")).toBe("loop");
    });
  });

  describe("a directory that was granted for reading only", () => {
    it("says read-only where something would change", async () => {
      using readOnly = new FlatGuest(new SimulatedDriver(), {
        base: await openBase({ "/": { path: host, readOnly: true } }),
      });
      const only = new FileGuest(readOnly);
      const directory = only.directories()[0].handle;
      only.call("get-flags", directory);
      expect(readOnly.u8(1)).toBe(READ);
      for (const [flags, how] of [
        [WRITE, 0],
        [MUTATE, 0],
        [READ, CREATE],
        [READ, TRUNCATE],
      ]) {
        expect(only.open(directory, "file.txt", flags, how)).toBe("read-only");
      }
      expect(only.call("create-directory-at", directory, only.paths("x")[0])).toBe("read-only");
      expect(only.call("unlink-file-at", directory, only.paths("file.txt")[0])).toBe("read-only");
      expect(only.call("set-times-at", directory, [0, ...only.paths("link")[0], 1, 0n, 0, 1, 0n, 0])).toBe("read-only");
      expect(only.read(only.open(directory, "file.txt") as number, 100, 0)).toEqual(["content", false]);
      const inner = only.open(directory, "directory") as number;
      only.call("get-flags", inner);
      expect(readOnly.u8(1)).toBe(READ);
    });

    it("says cross-device for a link between two grants of different kinds", async () => {
      const base = await openBase({ "/r": { path: host, readOnly: true }, "/w": path.join(host, "directory") });
      using both = new FlatGuest(new SimulatedDriver(), { base });
      const two = new FileGuest(both);
      const [from, to] = two.directories().map(({ handle }) => handle);
      const [old, name] = two.paths("file.txt", "hard");
      expect(two.call("link-at", from, [0, ...old, to, ...name])).toBe("cross-device");
    });
  });
});
