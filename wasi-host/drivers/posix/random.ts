/** Random bytes of the kernel (getrandom(2)). */
import { fillRandom } from "../../runtime/random.ts";
import { libc, NativeBuffer } from "./libc.ts";

/** Bytes that one call returns in any case: a signal may end a longer one early. */
const ONE_CALL = 256;

const drawn = new NativeBuffer(ONE_CALL);
const bytesDrawn = new Uint8Array(drawn.buffer);

/**
 * Few bytes, such as the seeds of a program's hash tables, are the kernel's: Node takes 3 ms to load Web Crypto, and that
 * serves only more of them, and a kernel or C library that refuses.
 *
 * @param bytes not in shared memory
 */
export function random(bytes: Uint8Array): void {
  const { length } = bytes;
  if (length > ONE_CALL || libc.getrandom?.(drawn.address, length, 0) !== length) {
    fillRandom(bytes);
    return;
  }
  bytes.set(bytesDrawn.subarray(0, length));
  bytesDrawn.fill(0, 0, length);
}
