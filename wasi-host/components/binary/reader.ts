/**
 * The small parts of the binary format: numbers, names, vectors (WebAssembly, "Binary Format", "Values"; component model, Binary.md).
 *
 * Nothing is read after `end`, and no vector is longer than the remaining bytes, so memory is at most a multiple of the
 * file's size.
 */
import { ComponentError } from "../../errors/component-error.ts";

/** Names are UTF-8; a byte order mark is an ordinary character. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const LAST_BYTE_BITS = 0x0f;
/** Arguments of a call. */
const MAX_SPREAD = 256;

export class BinaryReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.at === this.end;
  }

  /** @throws ComponentError that names the offset */
  fail(expected: string, found: string, at = this.at): never {
    throw new ComponentError(`damaged component at byte ${at}: expected ${expected}, found ${found}`);
  }

  /**
   * @param expected the production of the byte; an error puts `prefix` before it
   */
  byte(expected: string, prefix = ""): number {
    if (this.at < this.end) return this.bytes[this.at++];
    return this.fail(
      prefix + expected,
      this.end === this.bytes.length ? "the end of the file" : "the end of its section",
    );
  }

  /** The byte that ends a production with a single form: an unknown form is refused. */
  expect(byte: number, expected: string): void {
    const at = this.at;
    const found = this.byte(expected);
    if (found !== byte) this.fail(`${expected} (${hex(byte)})`, hex(found), at);
  }

  /** An unsigned LEB128 number of 32 bits. */
  u32(expected: string, prefix = ""): number {
    const at = this.at;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte(expected, prefix);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.byte(expected, prefix);
    if (last > LAST_BYTE_BITS) this.fail(`${prefix}${expected}, a number of 32 bits`, "a longer one", at);
    return value + last * 2 ** 28;
  }

  /**
   * A value type or type index, which is a signed LEB128 number of 33 bits.
   *
   * @returns an index; or below 0, the code of a primitive less 128
   */
  s33(expected: string): number {
    const first = this.bytes[this.at];
    if (this.at < this.end && first >= 0x40 && first < 0x80) {
      this.at++;
      return first - 0x80;
    }
    const at = this.at;
    const index = this.u32(expected);
    // The sign bit: an index of 2^6, 2^13... needs one more byte.
    if ((this.bytes[this.at - 1] & 0x40) !== 0 && this.at - at < 5) this.fail(expected, "a negative number", at);
    return index;
  }

  /** The number of items that follow; each takes at least a byte. */
  count(expected: string): number {
    const at = this.at;
    const count = this.u32(expected, "the number of ");
    const left = this.end - this.at;
    if (count > left) this.fail(`at most ${left} ${expected}, for as many bytes are left`, `${count}`, at);
    return count;
  }

  vector<Item>(expected: string, item: () => Item): Item[] {
    const count = this.count(expected);
    const items: Item[] = [];
    for (let index = 0; index < count; index++) items.push(item());
    return items;
  }

  optional<Item>(expected: string, item: () => Item): Item | undefined {
    const at = this.at;
    const flag = this.byte(expected);
    if (flag > 1) this.fail(`0 or 1 before ${expected}`, hex(flag), at);
    return flag === 1 ? item() : undefined;
  }

  /** A name in UTF-8. */
  name(expected: string): string {
    const at = this.at;
    const length = this.u32(expected, "the length of ");
    const left = this.end - this.at;
    if (length > left) this.fail(`at most ${left} bytes of ${expected}, for as many are left`, `${length}`, at);
    const start = this.at;
    this.at += length;
    let ascii = length <= MAX_SPREAD;
    for (let each = start; each < this.at && ascii; each++) ascii = this.bytes[each] < 0x80;
    if (!ascii) return this.#decoded(start, expected);
    // A decoder costs more for a short name, and almost all names are short.
    return String.fromCharCode.apply(null, this.bytes.subarray(start, this.at) as unknown as number[]);
  }

  #decoded(start: number, expected: string): string {
    try {
      return utf8.decode(this.bytes.subarray(start, this.at));
    } catch {
      return this.fail(`${expected} in UTF-8`, "other bytes", start);
    }
  }

  /** The next `length` bytes alone. */
  part(length: number, expected: string): BinaryReader {
    const left = this.end - this.at;
    if (length > left) this.fail(`${length} bytes of ${expected}`, `${left}, then the end`);
    this.at += length;
    return new BinaryReader(this.bytes, this.at - length, this.at);
  }
}

/** A byte in the notation of the specification. */
export function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
