/** Files and directories of the base, under the guest's numbers. */

import { Errno } from "../abi/errno.ts";
import { Filetype } from "../abi/file-attributes.ts";
import type { Base } from "../files/contract/base.ts";
import type { GuestMemory } from "../memory/guest-memory.ts";
import { Descriptor } from "./descriptors.ts";

/** The base's calls that the host uses, with preview1's own names and signatures, over the base's own numbers. */
const NAMES = [
  "fd_advise",
  "fd_allocate",
  "fd_close",
  "fd_datasync",
  "fd_fdstat_get",
  "fd_fdstat_set_flags",
  "fd_fdstat_set_rights",
  "fd_filestat_get",
  "fd_filestat_set_size",
  "fd_filestat_set_times",
  "fd_pread",
  "fd_prestat_get",
  "fd_prestat_dir_name",
  "fd_pwrite",
  "fd_read",
  "fd_readdir",
  "fd_seek",
  "fd_sync",
  "fd_tell",
  "fd_write",
  "path_create_directory",
  "path_filestat_get",
  "path_filestat_set_times",
  "path_link",
  "path_open",
  "path_readlink",
  "path_remove_directory",
  "path_rename",
  "path_symlink",
  "path_unlink_file",
] as const;

/** `$whence`. */
const SET = 0;
const END = 2;

// biome-ignore lint/suspicious/noExplicitAny: the signatures differ; each caller gives what the witx says.
export type BaseCalls = Readonly<Record<(typeof NAMES)[number], (...args: any[]) => number>>;

/** All calls of the base. Missing ones are ENOSYS, and so are all without granted files. */
export function callsOf(base: Base | undefined): BaseCalls {
  const missing = () => Errno.NOSYS;
  return Object.fromEntries(NAMES.map((name) => [name, base?.imports[name] ?? missing])) as BaseCalls;
}

/** Always ready, as regular files are for poll(2): it has no handle. */
export class BaseFile extends Descriptor {
  readonly kind = "file";
  /** fd_fdstat_get asks the base instead. */
  readonly filetype = Filetype.UNKNOWN;
  readonly rights = 0n;
  /** The base's own number. */
  readonly number: number;
  readonly #calls: BaseCalls;

  constructor(calls: BaseCalls, number: number) {
    super();
    this.#calls = calls;
    this.number = number;
  }

  /**
   * The bytes from its position to its end, by seeking there and back, which every base can. 0 without a position, and
   * if the guest has given up the right to seek.
   */
  override available({ view }: GuestMemory, scratch: number): number {
    const { fd_seek, fd_tell } = this.#calls;
    if (fd_tell(this.number, scratch) !== 0) return 0;
    const position = view.getBigUint64(scratch, true);
    if (fd_seek(this.number, 0n, END, scratch) !== 0) return 0;
    const end = view.getBigUint64(scratch, true);
    fd_seek(this.number, position, SET, scratch);
    return position < end ? Number(end - position) : 0;
  }

  close(): number {
    return 0 - this.#calls.fd_close(this.number);
  }
}
