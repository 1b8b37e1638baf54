/** The driver's random numbers. */
import type { Driver } from "../../../drivers/contract/driver.ts";
import type { Caller } from "../caller.ts";
import { LIST } from "../layout.ts";
import { trap } from "../trap.ts";

/** Bytes filled at a time. */
const PIECE = 65_536;
/** The end of linear memory. */
const MOST = 1n << 32n;

const word = new BigUint64Array(1);

export function randomU64(driver: Driver): bigint {
  driver.random(new Uint8Array(word.buffer));
  return word[0];
}

/** Writes a list of `length` random bytes, which the guest allocates. */
export function leaveRandomBytes(driver: Driver, caller: Caller, length: bigint, result: number): void {
  const at = caller.place(result, LIST);
  if (BigInt.asUintN(64, length) >= MOST) trap(`${BigInt.asUintN(64, length)} random bytes are more than memory has`);
  const count = Number(length);
  const first = caller.allocate(1, count);
  // Not directly into the guest's memory, which may be shared.
  const bytes = new Uint8Array(Math.min(PIECE, count));
  for (let done = 0; done < count; done += PIECE) {
    const piece = bytes.subarray(0, count - done);
    driver.random(piece);
    caller.memory.bytes.set(piece, first + done);
  }
  caller.putList(at, first, count);
}
