/**
 * Scatter and gather for fd_read, fd_write, sock_recv and sock_send (witx, `$iovec`, `$ciovec`).
 *
 * An iovec is {u32 buffer, u32 length}. These are the hot paths: no closures, no arrays, no bigints.
 *
 * All iovecs are checked before the call has an effect. Each is checked again when it is copied into the driver's vector,
 * because another thread of the guest may change it in between.
 */

import { Errno } from "../../abi/errno.ts";
import { MAX_BUFFERS } from "../../drivers/contract/io-vector.ts";
import { type GuestMemory, IOVEC, IOVEC_LENGTH } from "../../memory/guest-memory.ts";

/** readv(2): EINVAL if the sum of the lengths is over SSIZE_MAX; the guest's ssize_t has 32 bits. */
const MAX_BYTES = 0x7fff_ffff;
const { FAULT, INVAL } = Errno;

/**
 * The number of iovecs that a call uses: at most IOV_MAX of `count`; the rest is a short count (writev(2), "Linux").
 */
export function taken(count: number): number {
  return Math.min(count >>> 0, MAX_BUFFERS);
}

/**
 * 0 if the guest's memory holds the array of the `taken` iovecs, their buffers and the `result` (u32); else EFAULT or
 * EINVAL.
 */
export function checkIovecs(memory: GuestMemory, iovs: number, count: number, result: number): number {
  const end = iovs + taken(count) * IOVEC;
  if (!memory.holds(iovs, end - iovs) || !memory.holds(result, 4)) return FAULT;
  let total = 0;
  for (let at = iovs; at < end; at += IOVEC) {
    const length = memory.view.getUint32(at + IOVEC_LENGTH, true);
    if (!memory.holds(memory.view.getUint32(at, true), length)) return FAULT;
    total += length;
  }
  return total > MAX_BYTES ? INVAL : 0;
}
