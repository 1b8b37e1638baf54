/**
 * Scatter and gather: what fd_read, fd_write, sock_recv and sock_send have in common (witx, `$iovec`, `$ciovec`).
 *
 * An iovec is {u32 buffer, u32 length}. These are the hot paths: no closures, no arrays, no bigints.
 *
 * All of them are checked before anything is done, and each once more when it is used: where memory is shared, another
 * thread of the guest's may have written another one by then.
 */
import type { DatagramSocket } from "../datagrams.ts";
import type { Descriptor } from "../descriptors.ts";
import { Errno } from "../errno.ts";
import { type GuestMemory, IOVEC } from "../memory.ts";
import { IN, OUT } from "../readiness.ts";
import { SLEEPS } from "../sleep/sleep.ts";
import type { HostState } from "../state.ts";
import { receiveMessage, sendMessage } from "./messages.ts";
import { blocks, sleep } from "./sleeping.ts";

/** As readv(2)'s IOV_MAX. */
const MOST_IOVECS = 1024;
/** readv(2): EINVAL where the sum of the lengths is over SSIZE_MAX, and the guest's ssize_t has 32 bits. */
const MOST_BYTES = 0x7fff_ffff;
const { AGAIN, FAULT, INVAL } = Errno;

/** 0 where the array, everything it points to and the `result` (u32) are the guest's; else EFAULT or EINVAL. */
export function checkIovecs(memory: GuestMemory, iovs: number, count: number, result: number): number {
  if (count > MOST_IOVECS) return INVAL;
  if (!memory.holds(iovs, count * IOVEC) || !memory.holds(result, 4)) return FAULT;
  let total = 0;
  for (let at = iovs, end = iovs + count * IOVEC; at < end; at += IOVEC) {
    const length = memory.view.getUint32(at + 4, true);
    if (!memory.holds(memory.view.getUint32(at, true), length)) return FAULT;
    total += length;
  }
  return total > MOST_BYTES ? INVAL : 0;
}

/** Fills one iovec after the other until a short count. A count, or a negated errno where not a byte came. */
export function receive(host: HostState, descriptor: Descriptor, iovs: number, count: number): number {
  const { memory } = host;
  if (descriptor.messages) return receiveMessage(host, descriptor as DatagramSocket, iovs, count, 0).count;
  if (count === 1 && descriptor.nonblocking) {
    // What event loops do, all of them and all the time.
    const length = memory.view.getUint32(iovs + 4, true);
    const buffer = memory.view.getUint32(iovs, true);
    if (!memory.holds(buffer, length)) return -FAULT;
    return length === 0 ? 0 : descriptor.read(memory.bytes, buffer, length);
  }
  let total = 0;
  for (let at = iovs, end = iovs + count * IOVEC; at < end; at += IOVEC) {
    const length = memory.view.getUint32(at + 4, true);
    if (length === 0) continue;
    const buffer = memory.view.getUint32(at, true);
    if (!memory.holds(buffer, length)) return total > 0 ? total : -FAULT;
    let got = descriptor.read(memory.bytes, buffer, length);
    while (got === -AGAIN && total === 0 && blocks(descriptor)) {
      if (!sleep(host, descriptor, IN, 0)) return -SLEEPS;
      got = descriptor.read(memory.bytes, buffer, length);
    }
    if (got < 0) return total > 0 ? total : got;
    total += got;
    // Whether more is there cannot be asked of what has no handle, and the next read might sleep.
    if (got < length || descriptor.handle < 0) break;
  }
  return total;
}

/**
 * Empties one iovec after the other: until a short count where the descriptor is NONBLOCK, and all of it where it is not,
 * as a blocking send(2) does. A count, or a negated errno where not a byte went.
 */
export function send(host: HostState, descriptor: Descriptor, iovs: number, count: number): number {
  const { memory } = host;
  if (descriptor.messages) return sendMessage(host, descriptor as DatagramSocket, iovs, count, undefined);
  if (count === 1 && descriptor.nonblocking) {
    const length = memory.view.getUint32(iovs + 4, true);
    const buffer = memory.view.getUint32(iovs, true);
    if (!memory.holds(buffer, length)) return -FAULT;
    return length === 0 ? 0 : descriptor.write(memory.bytes, buffer, length);
  }
  let total = 0;
  let gone = host.sleep.progress;
  for (let at = iovs, end = iovs + count * IOVEC; at < end; at += IOVEC) {
    let buffer = memory.view.getUint32(at, true);
    let left = memory.view.getUint32(at + 4, true);
    if (!memory.holds(buffer, left)) return total > 0 ? total : -FAULT;
    if (gone > 0) {
      const skipped = Math.min(gone, left);
      gone -= skipped;
      total += skipped;
      buffer += skipped;
      left -= skipped;
    }
    while (left > 0) {
      const went = descriptor.write(memory.bytes, buffer, left);
      if (went === -AGAIN && blocks(descriptor)) {
        if (!sleep(host, descriptor, OUT, total)) return -SLEEPS;
        continue;
      }
      if (went <= 0) return total > 0 ? total : went;
      total += went;
      if (went < left && descriptor.nonblocking) return total;
      buffer += went;
      left -= went;
    }
  }
  return total;
}
