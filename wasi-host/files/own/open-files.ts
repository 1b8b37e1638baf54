/** The guest's open files in this base, by the base's own numbers. */
import fs from "node:fs";
import { Errno } from "../../abi/errno.ts";
import { Rights } from "../../abi/rights.ts";
import { SystemError } from "../../errors/system-error.ts";
import type { Directory } from "./directories.ts";
import { DIRECTORY_RIGHTS, FILE_RIGHTS } from "./rights.ts";

export class OpenFile {
  /** The process's descriptor. */
  fd: number;
  /** WASI's filetype. */
  readonly filetype: number;
  /** Its rights, and the rights that it passes on. */
  rights: bigint;
  inheriting: bigint;
  /** FD_READ and FD_WRITE, if the file was opened for them. */
  readonly mode: bigint;
  /** The requested fdflags of WASI. */
  fdflags: number;
  /** open(2)'s flags, without those that create or truncate. */
  readonly osFlags: number;
  /** Whether it has an offset. Node has no call for it, so this file keeps it, in bytes. */
  readonly seekable: boolean;
  position = 0;
  /** For a directory. */
  readonly directory: Directory | undefined;
  /** The guest's name of a granted directory. */
  readonly grantedAs: Uint8Array | undefined;
  /** Names of a directory that is being read, in the order of their cookies. */
  names: readonly Uint8Array[] | undefined;

  constructor(from: {
    fd: number;
    filetype: number;
    seekable: boolean;
    directory?: Directory;
    grantedAs?: Uint8Array;
    /** The rights that its directory passes on. */
    handedOn: bigint;
    mode: bigint;
    fdflags: number;
    osFlags: number;
  }) {
    this.fd = from.fd;
    this.filetype = from.filetype;
    this.seekable = from.seekable;
    this.directory = from.directory;
    this.grantedAs = from.grantedAs;
    this.mode = from.mode;
    this.rights =
      from.handedOn & (from.directory === undefined ? FILE_RIGHTS & ~(MODE & ~from.mode) : DIRECTORY_RIGHTS);
    this.inheriting = from.directory === undefined ? 0n : from.handedOn;
    this.fdflags = from.fdflags;
    this.osFlags = from.osFlags;
  }
}

const MODE = Rights.FD_READ | Rights.FD_WRITE;

export interface OpenDirectory extends OpenFile {
  readonly directory: Directory;
}

export class OpenFiles {
  readonly #files = new Map<number, OpenFile>();
  readonly #free: number[] = [];
  #next = 0;

  insert(file: OpenFile): number {
    const number = this.#free.pop() ?? this.#next++;
    this.#files.set(number, file);
    return number;
  }

  close(number: number): void {
    const file = this.any(number);
    this.#files.delete(number);
    this.#free.push(number);
    fs.closeSync(file.fd);
  }

  closeAll(): void {
    for (const number of [...this.#files.keys()]) this.close(number);
  }

  /** Throws EBADF, and ENOTCAPABLE if one of the rights is missing. */
  any(number: number, rights = 0n): OpenFile {
    const file = this.#files.get(number);
    if (file === undefined) throw new SystemError(Errno.BADF, "fcntl");
    return withRights(file, rights);
  }

  /** The same for calls on bytes: EISDIR for a directory. */
  file(number: number, rights: bigint): OpenFile {
    const file = this.any(number);
    if (file.directory !== undefined) throw new SystemError(Errno.ISDIR, "read");
    return withRights(file, rights);
  }

  /** The same for calls with names: ENOTDIR for other files than directories. */
  directory(number: number, rights: bigint): OpenDirectory {
    const file = this.any(number);
    if (file.directory === undefined) throw new SystemError(Errno.NOTDIR, "open");
    return withRights(file, rights) as OpenDirectory;
  }
}

/** A file that was not opened for reading, or not for writing, is EBADF there, as for read(2) and write(2). */
function withRights(file: OpenFile, rights: bigint): OpenFile {
  const missing = rights & ~file.rights;
  if (missing === 0n) return file;
  const byMode = file.directory === undefined && (missing & MODE & ~file.mode) !== 0n;
  throw new SystemError(byMode ? Errno.BADF : Errno.NOTCAPABLE, "fcntl");
}
