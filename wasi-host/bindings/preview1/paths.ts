/**
 * Names in directories (witx, `path_*`), which the base implements. The host checks the pointers, the numbers, and the
 * table's limit.
 *
 * The base keeps a path within its directory.
 */
import { Errno } from "../../abi/errno.ts";
import { checkFstflags, FILESTAT } from "../../abi/file-attributes.ts";
import type { Imports } from "../../abi/imports.ts";
import { BaseFile, callsOf } from "../../kernel/file.ts";
import type { Kernel } from "../../kernel/kernel.ts";

const { FAULT } = Errno;

export function paths(host: Kernel): Imports {
  const { memory, descriptors } = host;
  const base = callsOf(host.base);

  /** Returns the base's number, -EBADF for a closed descriptor, or -ENOTDIR for one of the host's own. */
  function directory(fd: number): number {
    memory.refresh();
    const descriptor = descriptors.get(fd >>> 0);
    if (descriptor === undefined) return -Errno.BADF;
    return descriptor instanceof BaseFile ? descriptor.number : -Errno.NOTDIR;
  }

  function holds(path: number, length: number): boolean {
    return memory.holds(path >>> 0, length >>> 0);
  }

  return {
    path_create_directory(fd: number, path: number, length: number): number {
      const number = directory(fd);
      if (number < 0) return -number;
      return holds(path, length) ? base.path_create_directory(number, path >>> 0, length >>> 0) : FAULT;
    },

    path_filestat_get(fd: number, flags: number, path: number, length: number, result: number): number {
      const number = directory(fd);
      if (number < 0) return -number;
      if (!holds(path, length) || !holds(result, FILESTAT.size)) return FAULT;
      return base.path_filestat_get(number, flags, path >>> 0, length >>> 0, result >>> 0);
    },

    path_filestat_set_times(
      fd: number,
      flags: number,
      path: number,
      length: number,
      accessed: bigint,
      modified: bigint,
      which: number,
    ): number {
      const number = directory(fd);
      if (number < 0) return -number;
      if (!holds(path, length)) return FAULT;
      const refused = checkFstflags(which);
      if (refused !== 0) return refused;
      return base.path_filestat_set_times(number, flags, path >>> 0, length >>> 0, accessed, modified, which);
    },

    path_link(
      fd: number,
      flags: number,
      path: number,
      length: number,
      newFd: number,
      newPath: number,
      newLength: number,
    ): number {
      const number = directory(fd);
      const newNumber = directory(newFd);
      if (number < 0 || newNumber < 0) return number < 0 ? -number : -newNumber;
      if (!holds(path, length) || !holds(newPath, newLength)) return FAULT;
      return base.path_link(number, flags, path >>> 0, length >>> 0, newNumber, newPath >>> 0, newLength >>> 0);
    },

    /** Replaces the base's number, which the call wrote, by the guest's. */
    path_open(
      fd: number,
      dirflags: number,
      path: number,
      length: number,
      oflags: number,
      rights: bigint,
      inheriting: bigint,
      fdflags: number,
      result: number,
    ): number {
      const at = result >>> 0;
      const number = directory(fd);
      if (number < 0) return -number;
      if (!holds(path, length) || !holds(result, 4)) return FAULT;
      if (descriptors.full) return Errno.MFILE;
      const error = base.path_open(number, dirflags, path >>> 0, length >>> 0, oflags, rights, inheriting, fdflags, at);
      if (error !== 0) return error;
      const opened = new BaseFile(base, memory.view.getUint32(at, true));
      memory.view.setUint32(at, descriptors.insert(opened), true);
      return 0;
    },

    path_readlink(
      fd: number,
      path: number,
      length: number,
      buffer: number,
      bufferLength: number,
      result: number,
    ): number {
      const number = directory(fd);
      if (number < 0) return -number;
      if (!holds(path, length) || !holds(buffer, bufferLength) || !holds(result, 4)) return FAULT;
      return base.path_readlink(number, path >>> 0, length >>> 0, buffer >>> 0, bufferLength >>> 0, result >>> 0);
    },

    path_remove_directory(fd: number, path: number, length: number): number {
      const number = directory(fd);
      if (number < 0) return -number;
      return holds(path, length) ? base.path_remove_directory(number, path >>> 0, length >>> 0) : FAULT;
    },

    path_rename(fd: number, path: number, length: number, newFd: number, newPath: number, newLength: number): number {
      const number = directory(fd);
      const newNumber = directory(newFd);
      if (number < 0 || newNumber < 0) return number < 0 ? -number : -newNumber;
      if (!holds(path, length) || !holds(newPath, newLength)) return FAULT;
      return base.path_rename(number, path >>> 0, length >>> 0, newNumber, newPath >>> 0, newLength >>> 0);
    },

    /** The target is text, and belongs to no descriptor. */
    path_symlink(target: number, targetLength: number, fd: number, path: number, length: number): number {
      const number = directory(fd);
      if (number < 0) return -number;
      if (!holds(target, targetLength) || !holds(path, length)) return FAULT;
      return base.path_symlink(target >>> 0, targetLength >>> 0, number, path >>> 0, length >>> 0);
    },

    path_unlink_file(fd: number, path: number, length: number): number {
      const number = directory(fd);
      if (number < 0) return -number;
      return holds(path, length) ? base.path_unlink_file(number, path >>> 0, length >>> 0) : FAULT;
    },
  };
}
