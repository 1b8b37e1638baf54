/** The work that a program does beside its I/O: it counts primes, for a millisecond at a time. */
import { now } from "../../sys/system";
import { record } from "./record";

/** Nanoseconds. Between slices the host has control, after at most this long. */
const SLICE: u64 = 1_000_000;
/** Numbers tried between two looks at the clock. */
const BATCH: u32 = 64;

let candidate: u32 = 2;
let primes: u32 = 0;

function isPrime(number: u32): bool {
  for (let divisor: u32 = 2; divisor * divisor <= number; divisor++) if (number % divisor == 0) return false;
  return true;
}

/** Computes for one slice, and records `computed`: the number of primes found so far. */
export function compute(): void {
  record("compute", candidate);
  const end = now() + SLICE;
  do {
    for (let last = candidate + BATCH; candidate < last; candidate++) if (isPrime(candidate)) primes++;
  } while (end > SLICE && now() < end); // with a clock that fails, a slice is one batch
  record("computed", primes);
}
