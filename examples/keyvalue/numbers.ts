/** 64-bit integers as text, as strictly as Redis reads them: no sign but a minus, no leading zero, no space. */
import { Bytes } from "./bytes";

/** Digits of the largest one, and a minus. */
export const LONGEST: i32 = 20;
const MINUS: u32 = 0x2d;
const ZERO: u32 = 0x30;

/** What `parseInteger` has read. */
export let parsed: i64 = 0;

/** Reads a number into `parsed`. False if it is none, or too large. */
export function parseInteger(bytes: Bytes): bool {
  return parseDigits(bytes.start, bytes.length);
}

export function parseDigits(start: usize, length: i32): bool {
  if (length == 0 || length > LONGEST) return false;
  const isNegative = load<u8>(start) == MINUS;
  let at = start + (isNegative ? 1 : 0);
  const end = start + length;
  if (at == end) return false;
  const first = load<u8>(at) - ZERO;
  if (first == 0 && length > 1) return false;
  let value: u64 = 0;
  for (; at < end; at++) {
    const digit = <u32>load<u8>(at) - ZERO;
    if (digit > 9) return false;
    if (value > <u64>i64.MAX_VALUE / 10) return false;
    value = value * 10 + digit;
  }
  if (value > <u64>i64.MAX_VALUE + (isNegative ? 1 : 0)) return false;
  parsed = isNegative ? -(<i64>value) : <i64>value;
  return true;
}

/** Writes a number at `at`, which has room for LONGEST bytes. @returns its length */
export function writeInteger(at: usize, value: i64): i32 {
  let rest: u64 = value < 0 ? -(<u64>value) : <u64>value;
  const sign = value < 0 ? 1 : 0;
  if (value < 0) store<u8>(at, <u8>MINUS);
  const length = sign + digitsOf(rest);
  let end = at + length;
  do {
    store<u8>(--end, <u8>(ZERO + <u32>(rest % 10)));
    rest /= 10;
  } while (rest > 0);
  return length;
}

function digitsOf(value: u64): i32 {
  let digits = 1;
  for (; value >= 10; value /= 10) digits++;
  return digits;
}
