/**
 * Iovecs are copied before a byte is moved: received bytes may overwrite them if the guest's buffers overlap its iovecs, and
 * another thread of the guest may change them.
 */
import type { IoVector } from "../../drivers/contract/io-vector.ts";
import { type GuestMemory, IOVEC, IOVEC_LENGTH } from "../../memory/guest-memory.ts";

/** Fills `vector` from `count` iovecs, at most MAX_BUFFERS. Stops and returns false at the first invalid one. */
export function copyIovecs(vector: IoVector, memory: GuestMemory, iovs: number, count: number): boolean {
  vector.clear();
  for (let at = iovs, end = iovs + count * IOVEC; at < end; at += IOVEC) {
    const buffer = memory.view.getUint32(at, true);
    const length = memory.view.getUint32(at + IOVEC_LENGTH, true);
    if (!memory.holds(buffer, length)) return false;
    vector.add(buffer, length);
  }
  return true;
}
