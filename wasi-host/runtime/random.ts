/** Unpredictable random bytes of the platform (Web Cryptography API). */

/** The most bytes of one getRandomValues (10.1.1). */
const QUOTA = 65_536;

/**
 * @param bytes not in shared memory, which the generator refuses
 */
export function fillRandom(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += QUOTA) {
    crypto.getRandomValues(bytes.subarray(at, at + QUOTA) as Uint8Array<ArrayBuffer>);
  }
}
