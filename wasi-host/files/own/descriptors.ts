/** The state of an open file, and its changes (witx, `fd_*` without bytes and names). */
import fs from "node:fs";
import { FDSTAT_INHERITED_RIGHTS, FDSTAT_RIGHTS } from "../../../assembly/abi/wasi.ts";
import { Errno } from "../../abi/errno.ts";
import { Fdflags, PRESTAT } from "../../abi/file-attributes.ts";
import { Rights } from "../../abi/rights.ts";
import { SystemError } from "../../errors/system-error.ts";
import { writeFilestat } from "../contract/file-status.ts";
import type { OpenFile } from "./open-files.ts";
import type { Call, State } from "./state.ts";

const { APPEND, NONBLOCK } = Fdflags;
const KNOWN_FLAGS = APPEND | NONBLOCK | Fdflags.DSYNC | Fdflags.RSYNC | Fdflags.SYNC;
/** normal, sequential, random, willneed, dontneed, noreuse. */
const LAST_ADVICE = 5;
const TOO_LARGE = 1n << 63n;

export function descriptors({ memory, files, ground, times }: State): Record<string, Call> {
  return {
    /** Node cannot pass it on, and it has no effect on results. */
    fd_advise(number: number, _offset: bigint, length: bigint, advice: number) {
      const file = files.file(number, Rights.FD_ADVISE);
      if (!file.seekable) throw new SystemError(Errno.SPIPE, "fadvise");
      if (advice >>> 0 > LAST_ADVICE || size(length) < 0n) throw new SystemError(Errno.INVAL, "fadvise");
    },

    /** Extends the file if it is shorter. Missing disk space is reported by a later write. */
    fd_allocate(number: number, offset: bigint, length: bigint) {
      const file = files.file(number, Rights.FD_ALLOCATE);
      if (!writable(file)) throw new SystemError(Errno.BADF, "fallocate");
      if (!file.seekable) throw new SystemError(Errno.SPIPE, "fallocate");
      const [from, end] = [size(offset), size(offset) + size(length)];
      if (from < 0n || end <= from) throw new SystemError(Errno.INVAL, "fallocate");
      if (end > Number.MAX_SAFE_INTEGER) throw new SystemError(Errno.FBIG, "fallocate");
      if (fs.fstatSync(file.fd, { bigint: true }).size < end) fs.ftruncateSync(file.fd, Number(end));
    },

    fd_close(number: number) {
      files.close(number);
    },

    fd_datasync(number: number) {
      fs.fdatasyncSync(files.any(number, Rights.FD_DATASYNC).fd);
    },

    fd_fdstat_get(number: number, result: number) {
      const { filetype, fdflags, rights, inheriting } = files.any(number);
      const { view } = memory;
      // The file type and the flags, with zeros between and after them.
      view.setBigUint64(result, BigInt(filetype | (fdflags << 16)), true);
      view.setBigUint64(result + FDSTAT_RIGHTS, rights, true);
      view.setBigUint64(result + FDSTAT_INHERITED_RIGHTS, inheriting, true);
    },

    /** As fcntl(2): the SYNC flags of an open file cannot be changed. */
    fd_fdstat_set_flags(number: number, flags: number) {
      const file = files.any(number, Rights.FD_FDSTAT_SET_FLAGS);
      if ((flags & ~KNOWN_FLAGS) !== 0) throw new SystemError(Errno.INVAL, "fcntl");
      const changed = flags ^ file.fdflags;
      if ((changed & ~(APPEND | NONBLOCK)) !== 0) throw new SystemError(Errno.NOTSUP, "fcntl");
      // Node has no fcntl: the file is opened once more, which Linux can do.
      if ((changed & APPEND) !== 0 && file.seekable) {
        const append = (flags & APPEND) === 0 ? 0 : fs.constants.O_APPEND;
        const fd = ground.reopen(file.fd, (file.osFlags & ~fs.constants.O_APPEND) | append);
        fs.closeSync(file.fd);
        file.fd = fd;
      }
      file.fdflags = flags;
    },

    fd_fdstat_set_rights(number: number, rights: bigint, inheriting: bigint) {
      const file = files.any(number);
      const added = (BigInt.asUintN(64, rights) & ~file.rights) | (BigInt.asUintN(64, inheriting) & ~file.inheriting);
      if (added !== 0n) throw new SystemError(Errno.NOTCAPABLE, "fcntl");
      file.rights = BigInt.asUintN(64, rights);
      file.inheriting = BigInt.asUintN(64, inheriting);
    },

    fd_filestat_get(number: number, result: number) {
      const { fd } = files.any(number, Rights.FD_FILESTAT_GET);
      writeFilestat(memory, result, fs.fstatSync(fd, { bigint: true }));
    },

    fd_filestat_set_size(number: number, length: bigint) {
      const file = files.file(number, Rights.FD_FILESTAT_SET_SIZE);
      const end = size(length);
      if (end < 0n || !writable(file)) throw new SystemError(Errno.INVAL, "ftruncate");
      if (end > Number.MAX_SAFE_INTEGER) throw new SystemError(Errno.FBIG, "ftruncate");
      fs.ftruncateSync(file.fd, Number(end));
    },

    fd_filestat_set_times(number: number, accessed: bigint, modified: bigint, flags: number) {
      const { fd } = files.any(number, Rights.FD_FILESTAT_SET_TIMES);
      if (flags === 0) return;
      times().setOpen(fd, flags, accessed, modified);
    },

    fd_prestat_get(number: number, result: number) {
      const name = granted(number);
      memory.view.setUint32(result + PRESTAT.tag, 0, true);
      memory.view.setUint32(result + PRESTAT.nameLength, name.length, true);
    },

    fd_prestat_dir_name(number: number, pointer: number, length: number) {
      const name = granted(number);
      if (length < name.length) throw new SystemError(Errno.NAMETOOLONG, "prestat");
      memory.bytes.set(name, pointer);
    },

    fd_sync(number: number) {
      fs.fsyncSync(files.any(number, Rights.FD_SYNC).fd);
    },
  };

  /** EBADF ends a guest's search for its directories. */
  function granted(number: number): Uint8Array {
    const { grantedAs } = files.any(number);
    if (grantedAs === undefined) throw new SystemError(Errno.BADF, "prestat");
    return grantedAs;
  }
}

function writable({ mode }: OpenFile): boolean {
  return (mode & Rights.FD_WRITE) !== 0n;
}

/** Returns the guest's length; -1 if it is too large for the system's signed lengths. */
function size(given: bigint): bigint {
  const length = BigInt.asUintN(64, given);
  return length >= TOO_LARGE ? -1n : length;
}
