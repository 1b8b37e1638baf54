/**
 * Bytes in and out of files, and where in them (witx, `fd_read` and its relatives).
 *
 * Node does not tell a descriptor's offset, nor set it; so each open file has its own here, and the system is always told
 * where. What has no offset (a FIFO, a terminal) is read and written as it comes, and never waited for: all is opened
 * non-blocking, and EAGAIN is the guest's to deal with.
 */
import fs from "node:fs";
import { Fdflags } from "../../descriptors.ts";
import { Errno } from "../../errno.ts";
import { IOVEC } from "../../memory.ts";
import { Rights } from "../../rights.ts";
import { SystemError } from "../../system-error.ts";
import type { OpenFile } from "./open-files.ts";
import type { Call, State } from "./state.ts";

const SET = 0;
const CUR = 1;
const END = 2;
/** No file is longer, and Node counts no further. */
const FARTHEST = Number.MAX_SAFE_INTEGER;

export function transfers({ memory, files }: State): Record<string, Call> {
  /** The guest's buffers; empty ones are left out. */
  function buffers(iovs: number, count: number): Uint8Array[] {
    const found: Uint8Array[] = [];
    for (let at = iovs, end = iovs + count * IOVEC; at < end; at += IOVEC) {
      const buffer = memory.view.getUint32(at, true);
      const length = memory.view.getUint32(at + 4, true);
      if (length > 0) found.push(memory.bytes.subarray(buffer, buffer + length));
    }
    return found;
  }

  return {
    fd_pread(number: number, iovs: number, count: number, offset: bigint, result: number) {
      const file = files.file(number, Rights.FD_READ | Rights.FD_SEEK);
      const got = read(file, buffers(iovs, count), offsetIn(file, offset));
      memory.view.setUint32(result, got, true);
    },

    fd_pwrite(number: number, iovs: number, count: number, offset: bigint, result: number) {
      const file = files.file(number, Rights.FD_WRITE | Rights.FD_SEEK);
      const at = offsetIn(file, offset);
      if (at > FARTHEST) throw new SystemError(Errno.FBIG, "pwrite");
      memory.view.setUint32(result, write(file, buffers(iovs, count), at), true);
    },

    fd_read(number: number, iovs: number, count: number, result: number) {
      const file = files.file(number, Rights.FD_READ);
      const got = read(file, buffers(iovs, count), file.position);
      file.position += got;
      memory.view.setUint32(result, got, true);
    },

    fd_seek(number: number, offset: bigint, whence: number, result: number) {
      const inPlace = whence === CUR && offset === 0n;
      const file = files.file(number, inPlace ? 0n : Rights.FD_SEEK);
      if (inPlace) mayTell(file);
      if (!file.seekable) throw new SystemError(Errno.SPIPE, "lseek");
      const to = from(file, whence) + BigInt.asIntN(64, offset);
      if (to < 0n || to > FARTHEST) throw new SystemError(Errno.INVAL, "lseek");
      file.position = Number(to);
      memory.view.setBigUint64(result, to, true);
    },

    fd_tell(number: number, result: number) {
      const file = files.file(number, 0n);
      mayTell(file);
      if (!file.seekable) throw new SystemError(Errno.SPIPE, "lseek");
      memory.view.setBigUint64(result, BigInt(file.position), true);
    },

    fd_write(number: number, iovs: number, count: number, result: number) {
      const file = files.file(number, Rights.FD_WRITE);
      const went = write(file, buffers(iovs, count), file.position);
      // The system has put it at the end, wherever that was.
      const appended = (file.fdflags & Fdflags.APPEND) !== 0 && file.seekable;
      file.position = appended ? fs.fstatSync(file.fd).size : file.position + went;
      memory.view.setUint32(result, went, true);
    },
  };
}

function read({ fd, seekable }: OpenFile, buffers: Uint8Array[], position: number): number {
  if (buffers.length === 0 || position > FARTHEST) return 0;
  const at = seekable ? position : null;
  return buffers.length === 1
    ? fs.readSync(fd, buffers[0], 0, buffers[0].length, at)
    : fs.readvSync(fd, buffers, at as number);
}

/** Several buffers by one call, which others who append cannot come between. */
function write({ fd, seekable }: OpenFile, buffers: Uint8Array[], position: number): number {
  if (buffers.length === 0) return 0;
  const at = seekable ? position : null;
  return buffers.length === 1
    ? fs.writeSync(fd, buffers[0], 0, buffers[0].length, at)
    : fs.writevSync(fd, buffers, at as number);
}

/** Infinity beyond what can be counted. Throws ESPIPE where there are no offsets, EINVAL for what is none. */
function offsetIn({ seekable }: OpenFile, offset: bigint): number {
  if (!seekable) throw new SystemError(Errno.SPIPE, "pread");
  if (offset < 0n || offset >= 1n << 63n) throw new SystemError(Errno.INVAL, "pread");
  return offset > FARTHEST ? Infinity : Number(offset);
}

function from({ fd, position }: OpenFile, whence: number): bigint {
  if (whence === SET) return 0n;
  if (whence === CUR) return BigInt(position);
  if (whence === END) return fs.fstatSync(fd, { bigint: true }).size;
  throw new SystemError(Errno.INVAL, "lseek");
}

/** The right to seek is the right to tell as well. */
function mayTell({ rights }: OpenFile): void {
  if ((rights & (Rights.FD_SEEK | Rights.FD_TELL)) === 0n) throw new SystemError(Errno.NOTCAPABLE, "lseek");
}
