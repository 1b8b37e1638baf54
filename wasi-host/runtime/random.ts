/** Random bytes of the platform, which cannot be foretold (Web Cryptography API). */

/** The most that one getRandomValues gives (10.1.1). */
const QUOTA = 65_536;

/** @param bytes not of shared memory, which the generator refuses */
export function fillRandom(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += QUOTA) {
    crypto.getRandomValues(bytes.subarray(at, at + QUOTA) as Uint8Array<ArrayBuffer>);
  }
}
