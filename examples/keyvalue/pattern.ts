/** Patterns of KEYS and PSUBSCRIBE: `*`, `?`, `[abc]`, `[^abc]`, `[a-z]`, and `\` before a character that stands for itself. */
import { lowerCase } from "./bytes";

const STAR: u8 = 0x2a;
const QUESTION: u8 = 0x3f;
const OPEN: u8 = 0x5b;
const CLOSE: u8 = 0x5d;
const CARET: u8 = 0x5e;
const DASH: u8 = 0x2d;
const BACKSLASH: u8 = 0x5c;

/** Behind the element of a pattern that `matchesOne` has read. */
let behind: usize = 0;

/**
 * Whether all of the text matches. A `*` first stands for nothing; where the rest does not match, the last `*` takes one byte more. The
 * time is at most the product of the lengths.
 */
export function matches(pattern: usize, patternLength: i32, text: usize, length: i32, ignoresCase: bool = false): bool {
  const patternEnd = pattern + patternLength;
  const end = text + length;
  let star: usize = 0;
  let taken: usize = 0;
  while (true) {
    if (pattern < patternEnd && load<u8>(pattern) == STAR) {
      star = ++pattern;
      taken = text;
      continue;
    }
    // If something is missing here, a longer `*` leaves even less.
    if (text == end) return pattern == patternEnd;
    if (pattern < patternEnd && matchesOne(pattern, patternEnd, load<u8>(text), ignoresCase)) {
      pattern = behind;
      text++;
      continue;
    }
    if (star == 0) return false;
    pattern = star;
    text = ++taken;
  }
}

function matchesOne(pattern: usize, end: usize, byte: u8, ignoresCase: bool): bool {
  let first = load<u8>(pattern);
  if (first == OPEN) return matchesSet(pattern + 1, end, byte, ignoresCase);
  if (first == BACKSLASH && pattern + 1 < end) first = load<u8>(++pattern);
  else if (first == QUESTION) {
    behind = pattern + 1;
    return true;
  }
  behind = pattern + 1;
  return fold(first, ignoresCase) == fold(byte, ignoresCase);
}

/** A set that has no `]` ends with the pattern. */
function matchesSet(pattern: usize, end: usize, byte: u8, ignoresCase: bool): bool {
  const isNegated = pattern < end && load<u8>(pattern) == CARET;
  if (isNegated) pattern++;
  const letter = fold(byte, ignoresCase);
  let found = false;
  while (pattern < end && load<u8>(pattern) != CLOSE) {
    let low = load<u8>(pattern);
    if (low == BACKSLASH && pattern + 1 < end) {
      low = load<u8>(++pattern);
      found = found || fold(low, ignoresCase) == letter;
      pattern++;
    } else if (pattern + 2 < end && load<u8>(pattern + 1) == DASH) {
      const from = fold(low, ignoresCase);
      const to = fold(load<u8>(pattern + 2), ignoresCase);
      found = found || (letter >= min(from, to) && letter <= max(from, to));
      pattern += 3;
    } else {
      found = found || fold(low, ignoresCase) == letter;
      pattern++;
    }
  }
  behind = min(pattern + 1, end);
  return found != isNegated;
}

function fold(byte: u8, ignoresCase: bool): i32 {
  return ignoresCase ? lowerCase(byte) : byte;
}
