/** Random numbers of the host's secure generator. */
import { random } from "../sys/system";

const cell = memory.data(8, 8);

/** Fills `length` bytes at `buffer`. @returns 0 or a negated errno */
export function randomBytes(buffer: usize, length: i32): i32 {
  return random(buffer, length);
}

/** 64 random bits. A host without a generator traps. */
export function randomBits(): u64 {
  if (random(cell, 8) < 0) throw new Error("the host has no random numbers");
  return load<u64>(cell);
}
