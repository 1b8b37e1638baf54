import { parsed, parseDigits } from "./numbers";
import { splitLine } from "./inline";
import * as words from "./words";
import { PROTO_MAX_BULK_LEN } from "./settings";

/** What `parse` returns in place of a length. */
export const INCOMPLETE: i32 = 0;
export const INVALID: i32 = -1;

/** Of a line: an inline command, a number. */
const LONGEST_LINE: i32 = 65_536;
const CR: u8 = 0x0d;
const LF: u8 = 0x0a;
const ARRAY: u8 = 0x2a;
const STRING: u8 = 0x24;

export class RequestParser {
  /** Why the last request is INVALID. */
  error: string = "";
  /** Bytes of the request that are behind us. */
  private at: i32 = 0;
  /** Arguments of it that are not. */
  private missing: i32 = 0;

  /**
   * Parses the first request of `length` bytes, which hold at least one. Its arguments are in `words` then; none if it
   * is empty.
   *
   * @returns its length, INCOMPLETE or INVALID
   */
  parse(start: usize, length: i32): i32 {
    words.clear();
    if (load<u8>(start) != ARRAY) return this.parseLine(start, length);
    const isNew = this.at == 0;
    if (isNew) {
      const end = this.lineEnd(start, 0, length, "too big mbulk count string");
      if (end <= 0) return end;
      if (!parseDigits(start + 1, end - 1) || parsed > i32.MAX_VALUE) return this.fail("invalid multibulk length");
      if (parsed <= 0) return end + 2;
      this.missing = <i32>parsed;
      this.at = end + 2;
    }
    while (this.missing > 0) {
      const end = this.lineEnd(start, this.at, length, "too big bulk count string");
      if (end <= 0) return end;
      const type = load<u8>(start + this.at);
      if (type != STRING) return this.fail(`expected '$', got '${String.fromCharCode(type)}'`);
      if (!parseDigits(start + this.at + 1, end - this.at - 1) || parsed < 0 || parsed > PROTO_MAX_BULK_LEN) {
        return this.fail("invalid bulk length");
      }
      const argument = end + 2;
      if (length - argument - 2 < <i32>parsed) return INCOMPLETE;
      if (isNew) words.add(start + argument, <i32>parsed);
      this.at = argument + <i32>parsed + 2;
      this.missing--;
    }
    const size = this.at;
    this.at = 0;
    return isNew ? size : this.parse(start, size);
  }

  /** The offset of the line end behind `from`; INCOMPLETE; or INVALID, if the line is too long. */
  private lineEnd(start: usize, from: i32, length: i32, error: string): i32 {
    for (let at = from; at < length; at++) {
      if (load<u8>(start + at) == CR) return at + 1 < length ? at : INCOMPLETE;
    }
    return length - from > LONGEST_LINE ? this.fail(error) : INCOMPLETE;
  }

  private parseLine(start: usize, length: i32): i32 {
    let end = this.at;
    while (end < length && load<u8>(start + end) != LF) end++;
    if (end == length) {
      this.at = end;
      return length > LONGEST_LINE ? this.fail("too big inline request") : INCOMPLETE;
    }
    this.at = 0;
    const hasReturn = end > 0 && load<u8>(start + end - 1) == CR;
    if (!splitLine(start, hasReturn ? end - 1 : end)) return this.fail("unbalanced quotes in request");
    return end + 1;
  }

  private fail(error: string): i32 {
    this.error = `ERR Protocol error: ${error}`;
    return INVALID;
  }
}
