/**
 * Descriptors (witx, `fd_*`): the host implements sockets and stdio, the base implements files and directories.
 *
 * The guest and the base number descriptors differently: `file` translates, and chooses the errno for a descriptor that is not
 * a file.
 */

import { FDSTAT_FILETYPE, FDSTAT_FLAGS, FDSTAT_RIGHTS, FDSTAT_SIZE } from "../../../assembly/abi/wasi.ts";
import { Errno } from "../../abi/errno.ts";
import { checkFstflags, Fdflags, FILESTAT, PRESTAT } from "../../abi/file-attributes.ts";
import { writeFilestat } from "../../files/contract/file-status.ts";
import type { DatagramSocket } from "../../kernel/datagrams.ts";
import { BaseFile, callsOf } from "../../kernel/file.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Wait } from "../../waiting/wait.ts";
import type { Calls } from "../../waiting/way.ts";
import type { Io } from "./io.ts";
import { checkIovecs, taken } from "./iovecs.ts";
import { NO_FLAGS } from "./reads.ts";

/** The witx has only directories, as 0. wasi-libc and Go skip other preopens. */
const PRESTAT_LISTENER = 1;
const { BADF, FAULT } = Errno;

/** The calls that may wait. */
export const WAITS: readonly string[] = ["fd_read", "fd_write"];

export function files(kernel: Kernel, { reads, writes, messages }: Io): Calls {
  const { memory, descriptors, way } = kernel;
  const base = callsOf(kernel.base);

  /** Returns the base's number, -EBADF for a closed descriptor, or -`otherwise` for one that is not a file. */
  function file(fd: number, otherwise: number): number {
    memory.refresh();
    const descriptor = descriptors.get(fd >>> 0);
    if (descriptor === undefined) return -BADF;
    return descriptor instanceof BaseFile ? descriptor.number : -otherwise;
  }

  /** EBADF, reported for calls that servers make on a missing listener. */
  function closed(fd: number): number {
    kernel.missingListener.used(fd);
    return BADF;
  }

  function readMessage(fd: number, socket: DatagramSocket, iovs: number, count: number, result: number): number | Wait {
    return messages.receive(fd, socket, iovs, count, 0, (message) => {
      memory.view.setUint32(result, message.count, true);
      return 0;
    });
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
      if (descriptors.isClaimed(fd >>> 0)) return Errno.NOTSUP;
      const descriptor = descriptors.remove(fd >>> 0);
      return descriptor === undefined ? BADF : 0 - descriptor.close();
    },

    fd_datasync(fd: number): number {
      const number = file(fd, Errno.INVAL);
      return number < 0 ? -number : base.fd_datasync(number);
    },

    /** The call that opens the ready file. */
    fd_fdstat_get(fd: number, result: number): number {
      memory.refresh();
      const at = result >>> 0;
      const writable = memory.holds(at, FDSTAT_SIZE);
      const descriptor = writable ? descriptors.claim(fd >>> 0) : descriptors.get(fd >>> 0);
      if (descriptor === undefined) return closed(fd >>> 0);
      if (!writable) return FAULT;
      if (descriptor instanceof BaseFile) return base.fd_fdstat_get(descriptor.number, at);
      memory.bytes.fill(0, at, at + FDSTAT_SIZE);
      memory.view.setUint8(at + FDSTAT_FILETYPE, descriptor.filetype);
      memory.view.setUint16(at + FDSTAT_FLAGS, descriptor.fdflags, true);
      memory.view.setBigUint64(at + FDSTAT_RIGHTS, descriptor.rights, true);
      return 0;
    },

    /** For descriptors that are not files, only NONBLOCK has a meaning. */
    fd_fdstat_set_flags(fd: number, flags: number): number {
      const descriptor = descriptors.get(fd >>> 0);
      if (descriptor === undefined) return closed(fd >>> 0);
      if (descriptor instanceof BaseFile) return base.fd_fdstat_set_flags(descriptor.number, flags);
      if ((flags & ~Fdflags.NONBLOCK) !== 0) return Errno.INVAL;
      descriptor.fdflags = flags;
      return 0;
    },

    /** Rights can only be reduced. Descriptors that are not files refuse this, because nothing would enforce it. */
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
      if (!memory.holds(at, FILESTAT.size)) return FAULT;
      if (descriptor instanceof BaseFile) return base.fd_filestat_get(descriptor.number, at);
      const stats = descriptor.stats();
      if (stats === undefined) memory.bytes.fill(0, at, at + FILESTAT.size);
      else writeFilestat(memory, at, stats);
      memory.view.setUint8(at + FILESTAT.filetype, descriptor.filetype);
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
      return error !== 0 ? error : base.fd_pread(number, iovs >>> 0, taken(count), offset, result >>> 0);
    },

    /** An inherited listener is preopened too, but no directory: EBADF would end the guest's search for directories. */
    fd_prestat_get(fd: number, result: number): number {
      memory.refresh();
      const descriptor = descriptors.get(fd >>> 0);
      const at = result >>> 0;
      if (!(descriptor instanceof BaseFile) && descriptor?.kind !== "listener") return BADF;
      if (!memory.holds(at, PRESTAT.size)) return FAULT;
      if (descriptor instanceof BaseFile) return base.fd_prestat_get(descriptor.number, at);
      memory.view.setUint32(at, PRESTAT_LISTENER, true);
      memory.view.setUint32(at + PRESTAT.nameLength, 0, true);
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
      return error !== 0 ? error : base.fd_pwrite(number, iovs >>> 0, taken(count), offset, result >>> 0);
    },

    fd_read(fd: number, iovs: number, count: number, result: number): number | Promise<number> {
      memory.refresh();
      const descriptor = descriptors.get(fd >>> 0);
      if (descriptor === undefined) return BADF;
      const error = checkIovecs(memory, iovs >>> 0, count >>> 0, result >>> 0);
      if (error !== 0) return error;
      if (descriptor instanceof BaseFile)
        return base.fd_read(descriptor.number, iovs >>> 0, taken(count), result >>> 0);
      const answer = descriptor.messages
        ? readMessage(fd >>> 0, descriptor as DatagramSocket, iovs >>> 0, count >>> 0, result >>> 0)
        : reads.read(fd >>> 0, descriptor, iovs >>> 0, count >>> 0, result >>> 0, NO_FLAGS);
      return typeof answer === "number" ? answer : way.finish(answer);
    },

    fd_readdir(fd: number, buffer: number, length: number, cookie: bigint, result: number): number {
      const number = file(fd, Errno.NOTDIR);
      if (number < 0) return -number;
      if (!memory.holds(buffer >>> 0, length >>> 0) || !memory.holds(result >>> 0, 4)) return FAULT;
      return base.fd_readdir(number, buffer >>> 0, length >>> 0, cookie, result >>> 0);
    },

    fd_renumber(from: number, to: number): number {
      if (descriptors.get(from >>> 0) === undefined || descriptors.get(to >>> 0) === undefined) return BADF;
      if (descriptors.isClaimed(from >>> 0) || descriptors.isClaimed(to >>> 0)) return Errno.NOTSUP;
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

    fd_write(fd: number, iovs: number, count: number, result: number): number | Promise<number> {
      memory.refresh();
      const descriptor = descriptors.get(fd >>> 0);
      if (descriptor === undefined) return BADF;
      const error = checkIovecs(memory, iovs >>> 0, count >>> 0, result >>> 0);
      if (error !== 0) return error;
      if (descriptor instanceof BaseFile)
        return base.fd_write(descriptor.number, iovs >>> 0, taken(count), result >>> 0);
      const answer = descriptor.messages
        ? messages.send(fd >>> 0, descriptor as DatagramSocket, iovs >>> 0, count >>> 0, undefined, result >>> 0)
        : writes.write(fd >>> 0, descriptor, iovs >>> 0, count >>> 0, result >>> 0);
      return typeof answer === "number" ? answer : way.finish(answer);
    },
  };
}
