/**
 * Files and directories: a base's (`files/contract/base.ts`), whose calls are preview1's and have their pointers in a memory. This
 * one is the host's own: what a component gives is copied in, and what it gets is copied out, so that a list is exactly as long
 * as its allocation.
 *
 *         0 ┌─────────┬────────┬──────────────┬──────────────┬──────────────────────┐
 *           │ results │ iovec  │ a path       │ a second one │ bytes, MAX_BYTES     │
 *           └─────────┴────────┴──────────────┴──────────────┴──────────────────────┘
 */
import { Errno } from "../../../abi/errno.ts";
import { FILESTAT, PRESTAT } from "../../../abi/file-attributes.ts";
import { ALL_RIGHTS } from "../../../abi/rights.ts";
import type { Base } from "../../../files/contract/base.ts";
import { type BaseCalls, callsOf } from "../../../kernel/file.ts";
import { IOVEC_LENGTH } from "../../../memory/guest-memory.ts";
import type { OpenCount } from "../open-count.ts";

/** PATH_MAX of Linux, without the NUL. */
const MAX_PATH = 4095;
/** The most bytes of one call. */
export const MAX_BYTES = 65_536;

const RESULT = 0;
const AT_IOVEC = 128;
const PATHS = [1024, 8192] as const;
const BYTES = 65_536;
const PAGES = 2;

/** witx, `$dirent`: u64 next, u64 inode, u32 length of the name, u8 type; the name. */
const DIRENT = 24;
const NAME_LENGTH = 16;
const TYPE = 20;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export interface Stat {
  readonly device: bigint;
  readonly inode: bigint;
  /** preview1's filetype. */
  readonly filetype: number;
  readonly links: bigint;
  readonly size: bigint;
  /** Nanoseconds since 1970. */
  readonly accessed: bigint;
  readonly modified: bigint;
  readonly changed: bigint;
}

export interface Entry {
  /** preview1's filetype. */
  readonly filetype: number;
  /** Undefined if it is not UTF-8. */
  readonly name: string | undefined;
}

/** A copied path: its address, and its length in bytes. */
export type Path = readonly [pointer: number, length: number];

export class Files {
  readonly calls: BaseCalls;
  readonly base: Base | undefined;
  readonly #open: OpenCount;
  readonly #memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  readonly #bytes = new Uint8Array(this.#memory.buffer);
  readonly #view = new DataView(this.#memory.buffer);
  /** The bytes that `move` has moved. */
  readonly bytes = this.#bytes.subarray(BYTES, BYTES + MAX_BYTES);

  constructor(base: Base | undefined, open: OpenCount) {
    this.base = base;
    this.#open = open;
    this.calls = callsOf(base);
    base?.attach(this.#memory);
  }

  /** Copies a path in, as the first or the second of a call. Undefined if it is too long for every system. */
  path(text: string, place: 0 | 1 = 0): Path | undefined {
    const pointer = PATHS[place];
    const { read, written } = new TextEncoder().encodeInto(text, this.#bytes.subarray(pointer, pointer + MAX_PATH));
    if (read < text.length) return undefined;
    this.#bytes[pointer + written] = 0; // some bases read on until a NUL
    return [pointer, written];
  }

  /** The name of a granted directory. */
  grantedAs(number: number): string {
    this.calls.fd_prestat_get(number, RESULT);
    const length = this.#view.getUint32(RESULT + PRESTAT.nameLength, true);
    this.calls.fd_prestat_dir_name(number, PATHS[0], length);
    return new TextDecoder().decode(this.#bytes.slice(PATHS[0], PATHS[0] + length));
  }

  /** path_open: a number of the base, or a negated errno: -EMFILE if the guest must not open more. */
  open(
    directory: number,
    lookup: number,
    [path, length]: Path,
    oflags: number,
    rights: bigint,
    fdflags: number,
  ): number {
    if (!this.#open.add()) return -Errno.MFILE;
    const error = this.calls.path_open(directory, lookup, path, length, oflags, rights, ALL_RIGHTS, fdflags, RESULT);
    if (error === 0) return this.#view.getUint32(RESULT, true);
    this.#open.remove();
    return -error;
  }

  close(number: number): void {
    this.#open.remove();
    this.calls.fd_close(number);
  }

  /** Calls a function that writes a `$filestat`. Returns the status, or a positive errno. */
  stat(call: (result: number) => number): Stat | number {
    const error = call(RESULT);
    if (error !== 0) return error;
    const field = (offset: number) => this.#view.getBigUint64(RESULT + offset, true);
    return {
      device: field(FILESTAT.device),
      inode: field(FILESTAT.inode),
      filetype: this.#bytes[RESULT + FILESTAT.filetype],
      links: field(FILESTAT.links),
      size: field(FILESTAT.bytes),
      accessed: field(FILESTAT.accessed),
      modified: field(FILESTAT.modified),
      changed: field(FILESTAT.changed),
    };
  }

  statOf(number: number): Stat | number {
    return this.stat((result) => this.calls.fd_filestat_get(number, result));
  }

  /** Reads up to `length` bytes at `offset`, at most MAX_BYTES, into `bytes`: a count, or a negated errno. */
  read(number: number, length: number, offset: bigint): number {
    this.#iovec(length);
    let error = this.calls.fd_pread(number, AT_IOVEC, 1, offset, RESULT);
    if (error === Errno.SPIPE) error = this.calls.fd_read(number, AT_IOVEC, 1, RESULT);
    return error === 0 ? this.#view.getUint32(RESULT, true) : -error;
  }

  /** Writes the first `length` of `bytes`: a count, or a negated errno. */
  write(number: number, length: number, offset: bigint): number {
    this.#iovec(length);
    let error = this.calls.fd_pwrite(number, AT_IOVEC, 1, offset, RESULT);
    if (error === Errno.SPIPE) error = this.calls.fd_write(number, AT_IOVEC, 1, RESULT);
    return error === 0 ? this.#view.getUint32(RESULT, true) : -error;
  }

  #iovec(length: number): void {
    this.#view.setUint32(AT_IOVEC, BYTES, true);
    this.#view.setUint32(AT_IOVEC + IOVEC_LENGTH, Math.min(length, MAX_BYTES), true);
  }

  /** path_readlink: the text, or a positive errno. */
  link(directory: number, [path, length]: Path): string | number {
    const error = this.calls.path_readlink(directory, path, length, BYTES, MAX_BYTES, RESULT);
    if (error !== 0) return error;
    return this.#text(BYTES, this.#view.getUint32(RESULT, true)) ?? Errno.ILSEQ;
  }

  /** All entries of a directory except "." and "..", or a positive errno. */
  entries(directory: number): Entry[] | number {
    const found: Entry[] = [];
    let cookie = 0n;
    for (;;) {
      const error = this.calls.fd_readdir(directory, BYTES, MAX_BYTES, cookie, RESULT);
      if (error !== 0) return error;
      const used = this.#view.getUint32(RESULT, true);
      let at = BYTES;
      const end = BYTES + used;
      while (at + DIRENT <= end) {
        const length = this.#view.getUint32(at + NAME_LENGTH, true);
        if (at + DIRENT + length > end) break;
        const name = this.#text(at + DIRENT, length);
        if (name !== "." && name !== "..") found.push({ filetype: this.#bytes[at + TYPE], name });
        cookie = this.#view.getBigUint64(at, true);
        at += DIRENT + length;
      }
      if (used < MAX_BYTES || at === BYTES) return found;
    }
  }

  #text(pointer: number, length: number): string | undefined {
    try {
      return utf8.decode(this.#bytes.subarray(pointer, pointer + length));
    } catch {
      return undefined;
    }
  }
}
