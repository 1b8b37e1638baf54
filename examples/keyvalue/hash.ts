/**
 * SipHash-1-3 with a random key: a client that does not know the key cannot choose names that all fall into one bucket
 * (Aumasson and Bernstein, "SipHash: a fast short-input PRF").
 */
import { randomBits } from "pollux/assembly";

/** Rounds after the last block. */
const FINAL: i32 = 3;

const key0: u64 = randomBits();
const key1: u64 = randomBits();

export function hashOf(start: usize, length: i32): u32 {
  let v0: u64 = key0 ^ (((<u64>0x736f6d65) << 32) | 0x70736575);
  let v1: u64 = key1 ^ (((<u64>0x646f7261) << 32) | 0x6e646f6d);
  let v2: u64 = key0 ^ (((<u64>0x6c796765) << 32) | 0x6e657261);
  let v3: u64 = key1 ^ (((<u64>0x74656462) << 32) | 0x79746573);
  const blocks = length >> 3;
  for (let step = 0; step <= blocks + FINAL; step++) {
    let block: u64 = 0;
    if (step < blocks) block = load<u64>(start + ((<usize>step) << 3));
    else if (step == blocks) block = lastBlock(start, length);
    else if (step == blocks + 1) v2 ^= 0xff;
    v3 ^= block;
    v0 += v1;
    v1 = rotl<u64>(v1, 13) ^ v0;
    v0 = rotl<u64>(v0, 32);
    v2 += v3;
    v3 = rotl<u64>(v3, 16) ^ v2;
    v0 += v3;
    v3 = rotl<u64>(v3, 21) ^ v0;
    v2 += v1;
    v1 = rotl<u64>(v1, 17) ^ v2;
    v2 = rotl<u64>(v2, 32);
    v0 ^= block;
  }
  return <u32>(v0 ^ v1 ^ v2 ^ v3);
}

/** The bytes behind the whole blocks, and the length. */
function lastBlock(start: usize, length: i32): u64 {
  let block = (<u64>length) << 56;
  for (let index = length & ~7; index < length; index++) {
    block |= (<u64>load<u8>(start + index)) << ((index & 7) << 3);
  }
  return block;
}
