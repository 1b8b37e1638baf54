/** A guest with a granted directory on any base, and short calls for its actions there. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "vitest";
import { Rights } from "../../../wasi-host/abi/rights.ts";
import { DIRECTORY_RIGHTS as ALL_OF_A_DIRECTORY, FILE_RIGHTS } from "../../../wasi-host/files/own/rights.ts";
import type { Guest } from "../../hosts/hand-driven-guest.ts";

export { FILE_RIGHTS, Rights };
/** The rights that libraries ask for: uvwasi takes the right to synchronize data for one to write. */
export const DIRECTORY_RIGHTS = ALL_OF_A_DIRECTORY & ~Rights.FD_DATASYNC;

/** `$oflags`, `$fdflags`, `$fstflags`, `$lookupflags`. */
export const O = { CREAT: 1, DIRECTORY: 2, EXCL: 4, TRUNC: 8 } as const;
export const FD = { APPEND: 1, DSYNC: 2, NONBLOCK: 4, RSYNC: 8, SYNC: 16 } as const;
export const TIMES = { ATIM: 1, ATIM_NOW: 2, MTIM: 4, MTIM_NOW: 8 } as const;
export const FOLLOW = 1;
export const WHENCE = { SET: 0, CUR: 1, END: 2 } as const;
export const TYPE = { DIRECTORY: 3, FILE: 4, LINK: 7 } as const;

/** The guest's listening socket, before its directories. */
export const LISTENER = 3;

/** A case's name and its actions; it fails by an assertion. */
export type Cases = Record<string, Record<string, (rig: Rig) => void | Promise<void>>>;

export interface Opening {
  in?: number;
  follow?: number;
  oflags?: number;
  rights?: bigint;
  inheriting?: bigint;
  fdflags?: number;
}

export interface Status {
  dev: bigint;
  ino: bigint;
  type: number;
  links: bigint;
  size: bigint;
  accessed: bigint;
  modified: bigint;
}

/** The files before each case: every kind of name. */
function furnish(root: string): void {
  const granted = path.join(root, "granted");
  mkdirSync(path.join(granted, "full"), { recursive: true });
  mkdirSync(path.join(granted, "empty"));
  writeFileSync(path.join(root, "secret"), "secret");
  writeFileSync(path.join(granted, "file"), "0123456789");
  writeFileSync(path.join(granted, "other"), "other");
  writeFileSync(path.join(granted, "full", "inner"), "inner");
  const links = { link: "file", dirlink: "full", dangling: "nothing", loop: "pool", pool: "loop", out: "../secret" };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, path.join(granted, name));
}

export class Rig implements Disposable {
  /** The granted directory, `/data` for the guest. */
  readonly dir = LISTENER + 1;
  /** The address for results. */
  readonly out = 16;
  readonly guest: Guest;
  readonly #root: string;

  static async open(grant: (directory: string) => Promise<Guest>): Promise<Rig> {
    const root = mkdtempSync(path.join(tmpdir(), "pollux-preview1-"));
    furnish(root);
    return new Rig(await grant(path.join(root, "granted")), root);
  }

  private constructor(guest: Guest, root: string) {
    this.guest = guest;
    this.#root = root;
  }

  [Symbol.dispose](): void {
    this.guest.host.dispose();
    rmSync(this.#root, { recursive: true });
  }

  get calls(): Guest["calls"] {
    return this.guest.calls;
  }

  /** A descriptor and a name, the first arguments of most path calls. */
  at(name: string | Uint8Array, fd = this.dir): [number, number, number] {
    return [fd, ...this.guest.place(name)];
  }

  /** path_open: the descriptor, or a negated errno. A file is opened with all rights by default. */
  open(name: string | Uint8Array, how: Opening = {}): number {
    const { oflags = 0, fdflags = 0, follow = FOLLOW } = how;
    const usual = (oflags & O.DIRECTORY) === 0 ? FILE_RIGHTS : DIRECTORY_RIGHTS;
    const { rights = usual, inheriting = rights === DIRECTORY_RIGHTS ? rights | FILE_RIGHTS : 0n } = how;
    const fd = how.in ?? this.dir;
    const place = this.guest.place(name);
    const errno = this.calls.path_open(fd, follow, ...place, oflags, rights, inheriting, fdflags, this.out);
    return errno === 0 ? this.guest.u32() : -errno;
  }

  /** The same if it must succeed. */
  opened(name: string, how: Opening = {}): number {
    const fd = this.open(name, how);
    expect(fd).toBeGreaterThan(2);
    return fd;
  }

  directory(name: string): number {
    return this.opened(name, { oflags: O.DIRECTORY });
  }

  /** Gives up a right of an open descriptor for good, to use or to pass on: path_open's arguments cannot. */
  narrow(fd: number, { right = 0n, inheriting = 0n }: { right?: bigint; inheriting?: bigint }): number {
    const has = this.fdstat(fd);
    expect(this.calls.fd_fdstat_set_rights(fd, has.rights & ~right, has.inheriting & ~inheriting)).toBe(0);
    return fd;
  }

  /** `full` without one of its own rights; it passes on all that it may. */
  without(right: bigint): number {
    return this.narrow(this.directory("full"), { right });
  }

  /** A file opened for reading and writing, without one of its rights. */
  fileWithout(right: bigint, name = "file"): number {
    return this.narrow(this.opened(name), { right });
  }

  /** fd_read over iovecs of these lengths: the bytes, or a negated errno. */
  read(fd: number, ...lengths: number[]): string | number {
    return this.#received((iovs) => this.calls.fd_read(fd, ...iovs, this.out), lengths);
  }

  pread(fd: number, length: number, offset: bigint): string | number {
    return this.#received((iovs) => this.calls.fd_pread(fd, ...iovs, offset, this.out), [length]);
  }

  #received(call: (iovs: [number, number]) => number, lengths: number[]): string | number {
    const rooms = lengths.map((length): [number, number] => [this.guest.room(length), length]);
    const errno = call(this.guest.iovecs(...rooms));
    if (errno !== 0) return -errno;
    const all = rooms.map(([at, length]) => this.guest.bytes(at, length).toString()).join("");
    return all.slice(0, this.guest.u32());
  }

  /** fd_write of these texts, an iovec each: the number of bytes, or a negated errno. */
  write(fd: number, ...texts: string[]): number {
    const iovs = this.guest.iovecs(...texts.map((text) => this.guest.place(text)));
    return this.#count(this.calls.fd_write(fd, ...iovs, this.out));
  }

  pwrite(fd: number, text: string, offset: bigint): number {
    return this.#count(this.calls.fd_pwrite(fd, ...this.guest.iovecs(this.guest.place(text)), offset, this.out));
  }

  #count(errno: number): number {
    return errno === 0 ? this.guest.u32() : -errno;
  }

  /** fd_seek: the new position, or a negated errno. */
  seek(fd: number, offset: bigint, whence: number): number {
    return this.#position(this.calls.fd_seek(fd, offset, whence, this.out));
  }

  tell(fd: number): number {
    return this.#position(this.calls.fd_tell(fd, this.out));
  }

  #position(errno: number): number {
    return errno === 0 ? Number(this.guest.u64()) : -errno;
  }

  /** The contents of the file with that name. */
  content(name: string): string | number {
    const fd = this.open(name, { rights: Rights.FD_READ });
    if (fd < 0) return fd;
    const text = this.read(fd, 4096);
    this.calls.fd_close(fd);
    return text;
  }

  fdstat(fd: number): { type: number; flags: number; rights: bigint; inheriting: bigint } {
    const at = this.guest.room(24);
    expect(this.calls.fd_fdstat_get(fd, at)).toBe(0);
    const { view } = this.guest;
    const [rights, inheriting] = [this.guest.u64(at + 8), this.guest.u64(at + 16)];
    return { type: view.getUint8(at), flags: view.getUint16(at + 2, true), rights, inheriting };
  }

  stat(fd: number): Status {
    const at = this.guest.room(64);
    expect(this.calls.fd_filestat_get(fd, at)).toBe(0);
    return this.#status(at);
  }

  /** path_filestat_get: the status, or a negated errno. */
  statAt(name: string | Uint8Array, follow = 0, fd = this.dir): Status | number {
    const at = this.guest.room(64);
    const errno = this.calls.path_filestat_get(fd, follow, ...this.guest.place(name), at);
    return errno === 0 ? this.#status(at) : -errno;
  }

  #status(at: number): Status {
    const u64 = (offset: number) => this.guest.u64(at + offset);
    const type = this.guest.view.getUint8(at + 16);
    return { dev: u64(0), ino: u64(8), type, links: u64(24), size: u64(32), accessed: u64(40), modified: u64(48) };
  }

  /** Whether the name exists, also as a dangling link. */
  has(name: string): boolean {
    return typeof this.statAt(name) === "object";
  }

  /** One fd_readdir: its entries, the last of which may be cut off, and the number of its bytes. */
  readdir(fd: number, length = 4096, cookie = 0n): { used: number; entries: Entry[] } {
    const buffer = this.guest.room(length);
    expect(this.calls.fd_readdir(fd, buffer, length, cookie, this.out)).toBe(0);
    const used = this.guest.u32();
    const entries: Entry[] = [];
    for (let at = buffer; at + 24 <= buffer + used; ) {
      const size = this.guest.u32(at + 16);
      if (at + 24 + size > buffer + used) break;
      const [next, ino] = [this.guest.u64(at), this.guest.u64(at + 8)];
      const name = this.guest.bytes(at + 24, size).toString();
      entries.push({ next, ino, type: this.guest.view.getUint8(at + 20), name });
      at += 24 + size;
    }
    return { used, entries };
  }

  names(fd: number): string[] {
    return this.readdir(fd)
      .entries.map(({ name }) => name)
      .sort();
  }

  readlink(name: string, length = 64): string | number {
    const buffer = this.guest.room(length);
    const errno = this.calls.path_readlink(...this.at(name), buffer, length, this.out);
    return errno === 0 ? this.guest.bytes(buffer, this.guest.u32()).toString() : -errno;
  }

  symlink(target: string, name: string): number {
    return this.calls.path_symlink(...this.guest.place(target), ...this.at(name));
  }
}

export interface Entry {
  next: bigint;
  ino: bigint;
  type: number;
  name: string;
}
