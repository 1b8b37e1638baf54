/**
 * Descriptors (witx, `fd_*`): sockets and stdio by the host itself, files and directories by the base.
 *
 * The guest's numbers and the base's are different ones: `file` translates, and says what a call gets that wants a file
 * and is given something else.
 */
import { Fdflags } from "../descriptors.ts";
import { Errno } from "../errno.ts";
import { BaseFile, callsOf } from "../file.ts";
import { writeFilestat } from "../file-status.ts";
import { checkFstflags } from "../fstflags.ts";
import type { Imports } from "../imports.ts";
import type { HostState } from "../state.ts";
import { checkIovecs, receive, send } from "./iovecs.ts";

const FDSTAT = 24;
const FILESTAT = 64;
const PRESTAT = 8;
/** The witx knows directories alone, as 0. wasi-libc and Go skip what else stands before a directory. */
const PRESTAT_LISTENER = 1;
const { BADF, FAULT } = Errno;

export function files(host: HostState): Imports {
  const { memory, descriptors } = host;
  const base = callsOf(host.base);

  /** The base's number; or, negated, EBADF where nothing is open and `otherwise` where it is no file. */
  function file(fd: number, otherwise: number): number {
    memory.refresh();
    const descriptor = descriptors.get(fd >>> 0);
    if (descriptor === undefined) return -BADF;
    return descriptor instanceof BaseFile ? descriptor.number : -otherwise;
  }

  return {
    fd_advise(fd: number, offset: bigint, length: bigint, advice: number): number {
      const number = file(fd, Errno.SPIPE);
      return number < 0 ? -number : base.fd_advise(number, offset, length, advice);
    },

    fd_allocate(fd: number, offset: bigint, length: bigint): number {
      const number = file(fd, Errno.SPIPE);
      return number < 0 ? -number : base.fd_allocate(number, offset, length);
    },

    fd_close(fd: number): number {
      const descriptor = descriptors.remove(fd >>> 0);
      return descriptor === undefined ? BADF : 0 - descriptor.close();
    },

    fd_datasync(fd: number): number {
      const number = file(fd, Errno.INVAL);
      return number < 0 ? -number : base.fd_datasync(number);
    },

    fd_fdstat_get(fd: number, result: number): number {
      memory.refresh();
      const descriptor = descriptors.get(fd >>> 0);
      const at = result >>> 0;
      if (descriptor === undefined) return BADF;
      if (!memory.holds(at, FDSTAT)) return FAULT;
      if (descriptor instanceof BaseFile) return base.fd_fdstat_get(descriptor.number, at);
      memory.bytes.fill(0, at, at + FDSTAT);
      memory.view.setUint8(at, descriptor.filetype);
      memory.view.setUint16(at + 2, descriptor.fdflags, true);
      memory.view.setBigUint64(at + 8, descriptor.rights, true);
      return 0;
    },

    /** NONBLOCK alone means something for what is no file. */
    fd_fdstat_set_flags(fd: number, flags: number): number {
      const descriptor = descriptors.get(fd >>> 0);
      if (descriptor === undefined) return BADF;
      if (descriptor instanceof BaseFile) return base.fd_fdstat_set_flags(descriptor.number, flags);
      if ((flags & ~Fdflags.NONBLOCK) !== 0) return Errno.INVAL;
      descriptor.fdflags = flags;
      return 0;
    },

    /** Rights can only be given up, and for what is no file that is not offered: better said than not enforced. */
    fd_fdstat_set_rights(fd: number, rights: bigint, inheriting: bigint): number {
      const descriptor = descriptors.get(fd >>> 0);
      if (descriptor === undefined) return BADF;
      if (descriptor instanceof BaseFile) return base.fd_fdstat_set_rights(descriptor.number, rights, inheriting);
      if ((rights & ~descriptor.rights) !== 0n || inheriting !== 0n) return Errno.NOTCAPABLE;
      return rights === descriptor.rights ? 0 : Errno.NOTSUP;
    },

    fd_filestat_get(fd: number, result: number): number {
      memory.refresh();
      const descriptor = descriptors.get(fd >>> 0);
      const at = result >>> 0;
      if (descriptor === undefined) return BADF;
      if (!memory.holds(at, FILESTAT)) return FAULT;
      if (descriptor instanceof BaseFile) return base.fd_filestat_get(descriptor.number, at);
      const stats = descriptor.stats();
      if (stats === undefined) memory.bytes.fill(0, at, at + FILESTAT);
      else writeFilestat(memory, at, stats);
      memory.view.setUint8(at + 16, descriptor.filetype);
      return 0;
    },

    fd_filestat_set_size(fd: number, size: bigint): number {
      const number = file(fd, Errno.INVAL);
      return number < 0 ? -number : base.fd_filestat_set_size(number, size);
    },

    fd_filestat_set_times(fd: number, accessed: bigint, modified: bigint, flags: number): number {
      const number = file(fd, Errno.INVAL);
      if (number < 0) return -number;
      return checkFstflags(flags) || base.fd_filestat_set_times(number, accessed, modified, flags);
    },

    fd_pread(fd: number, iovs: number, count: number, offset: bigint, result: number): number {
      const number = file(fd, Errno.SPIPE);
      if (number < 0) return -number;
      const error = checkIovecs(memory, iovs >>> 0, count >>> 0, result >>> 0);
      return error !== 0 ? error : base.fd_pread(number, iovs >>> 0, count >>> 0, offset, result >>> 0);
    },

    /** An inherited listener is preopened too, and no directory: EBADF would end the guest's search for directories. */
    fd_prestat_get(fd: number, result: number): number {
      memory.refresh();
      const descriptor = descriptors.get(fd >>> 0);
      const at = result >>> 0;
      if (!(descriptor instanceof BaseFile) && descriptor?.kind !== "listener") return BADF;
      if (!memory.holds(at, PRESTAT)) return FAULT;
      if (descriptor instanceof BaseFile) return base.fd_prestat_get(descriptor.number, at);
      memory.view.setUint32(at, PRESTAT_LISTENER, true);
      memory.view.setUint32(at + 4, 0, true);
      return 0;
    },

    fd_prestat_dir_name(fd: number, path: number, length: number): number {
      const number = file(fd, Errno.NOTDIR);
      if (number < 0) return -number;
      return memory.holds(path >>> 0, length >>> 0)
        ? base.fd_prestat_dir_name(number, path >>> 0, length >>> 0)
        : FAULT;
    },

    fd_pwrite(fd: number, iovs: number, count: number, offset: bigint, result: number): number {
      const number = file(fd, Errno.SPIPE);
      if (number < 0) return -number;
      const error = checkIovecs(memory, iovs >>> 0, count >>> 0, result >>> 0);
      return error !== 0 ? error : base.fd_pwrite(number, iovs >>> 0, count >>> 0, offset, result >>> 0);
    },

    fd_read(fd: number, iovs: number, count: number, result: number): number {
      memory.refresh();
      const descriptor = descriptors.get(fd >>> 0);
      if (descriptor === undefined) return BADF;
      const error = checkIovecs(memory, iovs >>> 0, count >>> 0, result >>> 0);
      if (error !== 0) return error;
      if (descriptor instanceof BaseFile) return base.fd_read(descriptor.number, iovs >>> 0, count >>> 0, result >>> 0);
      const got = receive(host, descriptor, iovs >>> 0, count >>> 0);
      if (got < 0) return -got;
      memory.view.setUint32(result >>> 0, got, true);
      return 0;
    },

    fd_readdir(fd: number, buffer: number, length: number, cookie: bigint, result: number): number {
      const number = file(fd, Errno.NOTDIR);
      if (number < 0) return -number;
      if (!memory.holds(buffer >>> 0, length >>> 0) || !memory.holds(result >>> 0, 4)) return FAULT;
      return base.fd_readdir(number, buffer >>> 0, length >>> 0, cookie, result >>> 0);
    },

    fd_renumber(from: number, to: number): number {
      if (descriptors.get(from >>> 0) === undefined || descriptors.get(to >>> 0) === undefined) return BADF;
      if (from !== to) descriptors.renumber(from >>> 0, to >>> 0)?.close();
      return 0;
    },

    fd_seek(fd: number, offset: bigint, whence: number, result: number): number {
      const number = file(fd, Errno.SPIPE);
      if (number < 0) return -number;
      return memory.holds(result >>> 0, 8) ? base.fd_seek(number, offset, whence, result >>> 0) : FAULT;
    },

    fd_sync(fd: number): number {
      const number = file(fd, Errno.INVAL);
      return number < 0 ? -number : base.fd_sync(number);
    },

    fd_tell(fd: number, result: number): number {
      const number = file(fd, Errno.SPIPE);
      if (number < 0) return -number;
      return memory.holds(result >>> 0, 8) ? base.fd_tell(number, result >>> 0) : FAULT;
    },

    fd_write(fd: number, iovs: number, count: number, result: number): number {
      memory.refresh();
      const descriptor = descriptors.get(fd >>> 0);
      if (descriptor === undefined) return BADF;
      const error = checkIovecs(memory, iovs >>> 0, count >>> 0, result >>> 0);
      if (error !== 0) return error;
      if (descriptor instanceof BaseFile)
        return base.fd_write(descriptor.number, iovs >>> 0, count >>> 0, result >>> 0);
      const went = send(host, descriptor, iovs >>> 0, count >>> 0);
      if (went < 0) return -went;
      memory.view.setUint32(result >>> 0, went, true);
      return 0;
    },
  };
}
