/** wasi:filesystem/types' metadata-hash-value: tells only whether a file was changed or replaced. */
import type { Stat } from "./files.ts";

const MASK = (1n << 64n) - 1n;

export class MetadataHash {
  /** Random, so that a guest cannot compute the hashed values from the hash. Made at its first use: Node loads Web Crypto for it. */
  #secrets: BigUint64Array | undefined;

  of({ device, inode, size, modified }: Stat): [lower: bigint, upper: bigint] {
    this.#secrets ??= crypto.getRandomValues(new BigUint64Array(2));
    let [lower, upper] = this.#secrets;
    for (const part of [device, inode, size, modified]) {
      lower = mixed(lower ^ part);
      upper = mixed(upper + lower);
    }
    return [lower, upper];
  }
}

/** The finaliser of splitmix64 (Steele, Lea and Flood: Fast splittable pseudorandom number generators). */
function mixed(value: bigint): bigint {
  let z = (value + 0x9e37_79b9_7f4a_7c15n) & MASK;
  z = ((z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn) & MASK;
  return z ^ (z >> 31n);
}
