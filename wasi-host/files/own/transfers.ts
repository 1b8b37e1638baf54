/**
 * Reads and writes of files, and their offsets (witx, `fd_read` and similar calls).
 *
 * Node cannot read or set a descriptor's offset. So each open file keeps its own, and passes it to each call. Files without an
 * offset (a FIFO, a terminal) are non-blocking, and the guest handles EAGAIN.
 */
import fs from "node:fs";
import { Errno } from "../../abi/errno.ts";
import { Fdflags } from "../../abi/file-attributes.ts";
import { Rights } from "../../abi/rights.ts";
import { SystemError } from "../../errors/system-error.ts";
import { IOVEC, IOVEC_LENGTH } from "../../memory/guest-memory.ts";
import type { OpenFile } from "./open-files.ts";
import type { Call, State } from "./state.ts";

const SET = 0;
const CUR = 1;
const END = 2;
/** The longest file, and Node's largest number. */
const FARTHEST = Number.MAX_SAFE_INTEGER;

export function transfers({ memory, files }: State): Record<string, Call> {
  /** The guest's buffers; empty ones are left out. */
  function buffers(iovs: number, count: number): Uint8Array[] {
    const found: Uint8Array[] = [];
    for (let at = iovs, end = iovs + count * IOVEC; at < end; at += IOVEC) {
      const buffer = memory.view.getUint32(at, true);
      const length = memory.view.getUint32(at + IOVEC_LENGTH, true);
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
      // With APPEND the system writes at the end of the file, and not at its position.
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

/** Writes several buffers in one call, so that other appends cannot come between them. */
function write({ fd, seekable }: OpenFile, buffers: Uint8Array[], position: number): number {
  if (buffers.length === 0) return 0;
  const at = seekable ? position : null;
  return buffers.length === 1
    ? fs.writeSync(fd, buffers[0], 0, buffers[0].length, at)
    : fs.writevSync(fd, buffers, at as number);
}

/** Returns Infinity for an offset that is too large. Throws ESPIPE for a file without offsets, EINVAL for a negative one. */
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

/** The right to seek includes the right to tell. */
function mayTell({ rights }: OpenFile): void {
  if ((rights & (Rights.FD_SEEK | Rights.FD_TELL)) === 0n) throw new SystemError(Errno.NOTCAPABLE, "lseek");
}
