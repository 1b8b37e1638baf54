/**
 * A list of transfers, as the host hands it to a driver: four words each, and the last one takes the result.
 *
 *      handle, or negative: passed over  │  offset in `bytes`  │  length  │  RECEIVES or SENDS, then a count or a negated errno
 */
import type { Driver } from "./driver.ts";

export const TRANSFER_WORDS = 4;
/** The most transfers of one list. */
export const MAX_TRANSFERS = 64;
export const RECEIVES = 0;
export const SENDS = 1;

/**
 * Makes transfer `index` alone. recv(2) returns 0 for no bytes and for a read of 0 bytes; the latter does not ask the
 * socket.
 */
export function transferOne(driver: Driver, list: Int32Array, index: number, bytes: Uint8Array): void {
  const entry = index * TRANSFER_WORDS;
  const handle = list[entry];
  if (handle < 0) return;
  const offset = list[entry + 1] >>> 0;
  const length = list[entry + 2];
  if (length === 0) list[entry + 3] = 0;
  else if (list[entry + 3] === RECEIVES) list[entry + 3] = driver.recv(handle, bytes, offset, length, 0);
  else list[entry + 3] = driver.send(handle, bytes, offset, length);
}
