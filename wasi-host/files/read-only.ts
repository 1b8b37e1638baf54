/**
 * Read-only directories on any base: refuses each change with EROFS, as Linux does on a read-only file system
 * (mount(2), MS_RDONLY).
 *
 * A descriptor is read-only if its directory was granted so, or if path_open got it from a read-only one. A link or a
 * move between such a directory and another is EXDEV, as between two mounts: a hard link elsewhere would allow writing.
 */
import { Errno } from "../abi/errno.ts";
import type { Imports } from "../abi/imports.ts";
import { Rights } from "../abi/rights.ts";
import { GuestMemory } from "../memory/guest-memory.ts";
import type { Base } from "./contract/base.ts";

/** $oflags. */
const CREAT = 1;
const DIRECTORY = 2;
const EXCL = 4;
const TRUNC = 8;
/** With one of these rights, node:wasi opens the file for writing. */
const FOR_WRITING = Rights.FD_WRITE | Rights.FD_DATASYNC | Rights.FD_ALLOCATE | Rights.FD_FILESTAT_SET_SIZE;

/** Calls that change the file of their first argument. */
const CHANGES = [
  "fd_allocate",
  "fd_filestat_set_size",
  "fd_filestat_set_times",
  "fd_pwrite",
  "fd_write",
  "path_create_directory",
  "path_filestat_set_times",
  "path_remove_directory",
  "path_unlink_file",
];

/** The same base if none of `numbers` is read-only; else the base with refused calls in these directories. */
export function withReadOnly(base: Base, numbers: Set<number>): Base {
  if (numbers.size === 0) return base;
  const memory = new GuestMemory();
  return {
    name: base.name,
    imports: { ...base.imports, ...guarded(base.imports, memory, numbers) },
    preopens: base.preopens,
    readOnly: numbers,
    attach(guests) {
      memory.attach(guests);
      base.attach(guests);
    },
    dispose: () => base.dispose(),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the signatures differ; arguments are passed on as they came.
type Call = (...args: any[]) => number;

function guarded(imports: Imports, memory: GuestMemory, numbers: Set<number>): Imports {
  const calls = imports as Record<string, Call>;
  const refusing = CHANGES.map((name): [string, Call] => [
    name,
    (number: number, ...rest) => (numbers.has(number) ? Errno.ROFS : calls[name](number, ...rest)),
  ]);
  /** For calls with two directories: the indices of these arguments. */
  const between =
    (call: Call, from: number, to: number): Call =>
    (...args) => {
      const [first, second] = [numbers.has(args[from]), numbers.has(args[to])];
      if (first !== second) return Errno.XDEV;
      return first ? Errno.ROFS : call(...args);
    };
  return {
    ...Object.fromEntries(refusing),
    path_link: between(calls.path_link, 0, 4),
    path_rename: between(calls.path_rename, 0, 3),
    path_symlink: (target: number, length: number, number: number, ...rest: unknown[]) =>
      numbers.has(number) ? Errno.ROFS : calls.path_symlink(target, length, number, ...rest),

    /** An existing file can be opened with CREAT, if it need not be created. */
    path_open(
      number: number,
      lookup: number,
      path: number,
      length: number,
      oflags: number,
      rights: bigint,
      inheriting: bigint,
      fdflags: number,
      result: number,
    ) {
      const open = (how: number, right: bigint) =>
        calls.path_open(number, lookup, path, length, how, right, inheriting, fdflags, result);
      if (!numbers.has(number)) return open(oflags, rights);
      const writes = (rights & Rights.FD_WRITE) !== 0n && (oflags & DIRECTORY) === 0;
      if (writes || (oflags & TRUNC) !== 0) return Errno.ROFS;
      const errno = open(oflags & ~(CREAT | EXCL), rights & ~FOR_WRITING);
      if (errno !== 0) return errno === Errno.NOENT && (oflags & CREAT) !== 0 ? Errno.ROFS : errno;
      memory.refresh();
      const opened = memory.view.getUint32(result, true);
      if ((oflags & (CREAT | EXCL)) === (CREAT | EXCL)) {
        calls.fd_close(opened);
        return Errno.EXIST;
      }
      numbers.add(opened);
      return 0;
    },

    fd_close(number: number) {
      const errno = calls.fd_close(number);
      if (errno === 0) numbers.delete(number);
      return errno;
    },
  };
}
