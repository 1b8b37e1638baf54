/**
 * Looks names up in directories, one name at a time, so that a path cannot be redirected while it is walked.
 *
 * Node has no openat(2). On Linux, `/proc/self/fd/N/name` does the same: it is the name in the directory that is open
 * as N, even if that directory was moved or replaced. So a directory is a descriptor there, and cannot be exchanged
 * between check and use. Elsewhere it is a host path without links, checked before each use and again after opening a
 * file; a change in between goes unnoticed.
 *
 * No method follows a link at the end of its name.
 */
import fs from "node:fs";
import path from "node:path";
import { Errno } from "../../abi/errno.ts";
import { SystemError } from "../../errors/system-error.ts";

export interface Directory {
  /** The host's path of a name in this directory, "." for itself, for a call of node:fs that follows no link. */
  at(name: string): string;
  /** The file status of a name, not following a link; undefined if there is none. Names that are not text are bytes. */
  look(name: string | Uint8Array): fs.BigIntStats | undefined;
  /** All names in it except "." and "..", in the order of their bytes. */
  names(): Uint8Array[];
  /** The directory with that name. Throws ENOTDIR for other files and for links. */
  enter(name: string): Directory;
  /** open(2) with O_NOFOLLOW. Returns a descriptor of the process. */
  open(name: string, flags: number): number;
  /** Makes a directory of `fd`, which turned out to be one; `fd` stays the caller's. */
  opened(name: string, fd: number): Directory;
  /** The caller disposes it. */
  leave(): void;
}

/** The source of directories. */
export interface Ground {
  /** A granted directory, and its descriptor. Throws if it cannot be opened. */
  root(hostPath: string): { readonly fd: number; readonly directory: Directory };
  /** Opens the file of `fd` again, with other flags. Throws ENOTSUP if the platform cannot. */
  reopen(fd: number, flags: number): number;
}

/** Linux's value on every architecture of Node; Node's own table does not have it. */
const O_PATH = 0o10000000;
/** Missing on Windows. */
const { O_DIRECTORY = 0, O_NOFOLLOW = 0, O_RDONLY, O_TRUNC } = fs.constants;
const MODE = 0o666;

class DescriptorDirectory implements Directory {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  at(name: string): string {
    return `/proc/self/fd/${this.#fd}/${name}`;
  }

  look(name: string | Uint8Array): fs.BigIntStats | undefined {
    return lstat(this.at(""), name);
  }

  names(): Uint8Array[] {
    return fs.readdirSync(this.at("."), { encoding: "buffer" });
  }

  enter(name: string): Directory {
    return new DescriptorDirectory(fs.openSync(this.at(name), O_PATH | O_DIRECTORY | O_NOFOLLOW));
  }

  open(name: string, flags: number): number {
    return fs.openSync(this.at(name), flags | O_NOFOLLOW, MODE);
  }

  opened(_name: string, fd: number): Directory {
    return new DescriptorDirectory(fd);
  }

  leave(): void {
    fs.closeSync(this.#fd);
  }
}

class PathDirectory implements Directory {
  readonly #path: string;
  readonly #identity: fs.BigIntStats;

  /** `hostPath`: absolute, and without links. */
  constructor(hostPath: string) {
    this.#path = hostPath;
    this.#identity = fs.lstatSync(hostPath, { bigint: true });
    if (!this.#identity.isDirectory()) throw new SystemError(Errno.NOTDIR, "open", hostPath);
  }

  at(name: string): string {
    if (!isHostName(name)) throw new SystemError(Errno.NOENT, "open", name);
    this.#check();
    return this.#path + path.sep + name;
  }

  look(name: string | Uint8Array): fs.BigIntStats | undefined {
    return typeof name === "string" ? lstat("", this.at(name)) : lstat(this.at(".") + path.sep, name);
  }

  names(): Uint8Array[] {
    return fs.readdirSync(this.at("."), { encoding: "buffer" });
  }

  enter(name: string): Directory {
    return new PathDirectory(name === "." ? this.#path : this.at(name));
  }

  open(name: string, flags: number): number {
    const place = this.at(name);
    const fd = fs.openSync(place, (flags & ~O_TRUNC) | O_NOFOLLOW, MODE);
    try {
      this.#check();
      if (!same(fs.fstatSync(fd, { bigint: true }), fs.lstatSync(place, { bigint: true }))) throw moved(place);
      if ((flags & O_TRUNC) !== 0) fs.ftruncateSync(fd);
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
    return fd;
  }

  opened(name: string): Directory {
    return this.enter(name);
  }

  leave(): void {}

  /** Throws ENOENT if the path now has another file, or a link on its way. */
  #check(): void {
    const here = fs.lstatSync(this.#path, { bigint: true, throwIfNoEntry: false });
    if (here === undefined || !same(here, this.#identity)) throw moved(this.#path);
    if (fs.realpathSync(this.#path) !== this.#path) throw moved(this.#path);
  }
}

function lstat(before: string, name: string | Uint8Array): fs.BigIntStats | undefined {
  const place = typeof name === "string" ? before + name : Buffer.concat([Buffer.from(before), name]);
  return fs.lstatSync(place, { bigint: true, throwIfNoEntry: false });
}

function same(one: fs.BigIntStats, other: fs.BigIntStats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

function moved(place: string): SystemError {
  return new SystemError(Errno.NOENT, "open", place);
}

/** Names with another meaning on Windows: a second separator, drives and streams, and dots and blanks that it drops. */
export function isHostName(name: string, platform: string = process.platform): boolean {
  return platform !== "win32" || name === "." || !/[\\:]|[. ]$/.test(name);
}

export const byDescriptor: Ground = {
  root(hostPath) {
    const fd = fs.openSync(hostPath, O_RDONLY | O_DIRECTORY);
    return { fd, directory: new DescriptorDirectory(fd) };
  },
  reopen: (fd, flags) => fs.openSync(`/proc/self/fd/${fd}`, flags),
};

export const byPath: Ground = {
  root(hostPath) {
    const real = fs.realpathSync(hostPath);
    const directory = new PathDirectory(real);
    return { fd: fs.openSync(real, O_RDONLY | O_DIRECTORY), directory };
  },
  reopen() {
    throw new SystemError(Errno.NOTSUP, "open");
  },
};

/** The platform's better source: Linux without /proc has the other. */
export function ground(): Ground {
  return process.platform === "linux" && fs.existsSync("/proc/self/fd/.") ? byDescriptor : byPath;
}
