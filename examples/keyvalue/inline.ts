/**
 * Inline commands: words between spaces. `"..."` knows \n, \r, \t, \b, \a, \xHH and \ before any other character; `'...'` knows \'.
 * A space stands behind the end of a quote.
 */
import { Buffer } from "./buffer";
import * as words from "./words";

const DOUBLE: u8 = 0x22;
const SINGLE: u8 = 0x27;
const BACKSLASH: u8 = 0x5c;

/** The words without quotes, one behind the other: no longer than the line. */
const text = new Buffer();

/** Adds the words of a line to `words`. False if a quote has no end. */
export function splitLine(start: usize, length: i32): bool {
  text.truncate(0);
  let to = text.reserve(length);
  const end = start + length;
  let at = start;
  while (true) {
    while (at < end && isSpace(load<u8>(at))) at++;
    if (at == end) return true;
    const began = to;
    while (at < end && !isSpace(load<u8>(at))) {
      const letter = load<u8>(at++);
      if (letter != DOUBLE && letter != SINGLE) {
        store<u8>(to++, letter);
        continue;
      }
      while (true) {
        if (at == end) return false;
        const next = load<u8>(at++);
        if (next == letter) break;
        const isEscape = next == BACKSLASH && at < end;
        if (letter == DOUBLE && isEscape) {
          const code = hexEscape(at, end);
          store<u8>(to++, code >= 0 ? <u8>code : escaped(load<u8>(at)));
          at += code >= 0 ? 3 : 1;
        } else if (letter == SINGLE && isEscape && load<u8>(at) == SINGLE) {
          store<u8>(to++, load<u8>(at++));
        } else {
          store<u8>(to++, next);
        }
      }
      if (at < end && !isSpace(load<u8>(at))) return false;
    }
    words.add(began, <i32>(to - began));
  }
}

/** C's isspace. */
function isSpace(letter: u8): bool {
  return letter == 0x20 || (letter >= 0x09 && letter <= 0x0d);
}

/** The value of `xHH`; -1 if it is none. */
function hexEscape(at: usize, end: usize): i32 {
  if (end - at < 3 || load<u8>(at) != 0x78) return -1;
  const high = hexDigit(load<u8>(at + 1));
  const low = hexDigit(load<u8>(at + 2));
  return high < 0 || low < 0 ? -1 : (high << 4) | low;
}

function hexDigit(letter: i32): i32 {
  if (letter >= 0x30 && letter <= 0x39) return letter - 0x30;
  const small = letter | 0x20;
  return small >= 0x61 && small <= 0x66 ? small - 0x57 : -1;
}

function escaped(letter: u8): u8 {
  if (letter == 0x6e) return 0x0a;
  if (letter == 0x72) return 0x0d;
  if (letter == 0x74) return 0x09;
  if (letter == 0x62) return 0x08;
  return letter == 0x61 ? 0x07 : letter;
}
