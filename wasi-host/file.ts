/** Files and directories: the base's, under the guest's numbers. */
import type { Base } from "./bases/base.ts";
import { Descriptor, Filetype } from "./descriptors.ts";
import { Errno } from "./errno.ts";

/** What the host asks of a base; preview1's own names and signatures, over the base's own descriptor numbers. */
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

// biome-ignore lint/suspicious/noExplicitAny: the signatures differ; each caller gives what the witx says.
export type BaseCalls = Readonly<Record<(typeof NAMES)[number], (...args: any[]) => number>>;

/** The base's calls, complete: what it lacks is ENOSYS, and so is everything where the guest was granted no files. */
export function callsOf(base: Base | undefined): BaseCalls {
  const missing = () => Errno.NOSYS;
  return Object.fromEntries(NAMES.map((name) => [name, base?.imports[name] ?? missing])) as BaseCalls;
}

/** Always ready, as regular files are for poll(2): it has no handle. */
export class BaseFile extends Descriptor {
  readonly kind = "file";
  /** The base knows, and is asked: fd_fdstat_get goes there. */
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

  close(): number {
    return 0 - this.#calls.fd_close(this.number);
  }
}
