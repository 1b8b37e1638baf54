/**
 * A limit on linear memory, written into a module.
 *
 * A memory's maximum is in the module: WebAssembly has no other way to set it. So the maximum is changed before the
 * module is compiled, and the engine's memory.grow returns -1, as for a module's own maximum.
 *
 *     magic, version    { id: u8, size: leb, content }...        a module: sections (WebAssembly, "Binary Format")
 *     id 5, content     count: leb, { flags: u8, least: leb, most: leb if flags has bit 0 }...
 */
const HEADER = 8;
const MEMORY_SECTION = 5;
const HAS_MOST = 1;
/** Bits: it has a maximum, is shared between threads, has 64-bit addresses. */
const KNOWN_FLAGS = 7;

/**
 * Limits the memories of a module.
 *
 * @param pages - maximum, in pages of 64 KiB
 * @returns the module with the limit; bytes that are not a module are returned unchanged, for the compiler to refuse.
 *   Imported memories keep their limits
 * @throws Error if the module starts with more
 */
export function limitMemory(module: Uint8Array, pages: number): Uint8Array<ArrayBuffer> {
  const reader = new Reader(module, HEADER);
  while (reader.at < module.length) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.leb();
    const end = reader.at + size;
    if (end > module.length) break;
    if (id === MEMORY_SECTION) {
      const content = limited(reader, end, pages);
      if (content === undefined) break;
      return replaced(module, start, end, [MEMORY_SECTION, ...leb(content.length), ...content]);
    }
    reader.at = end;
  }
  return new Uint8Array(module);
}

/** Returns the section's new content; undefined if it is truncated. */
function limited(reader: Reader, end: number, pages: number): number[] | undefined {
  const count = reader.leb();
  const content = leb(count);
  for (let index = 0; index < count; index++) {
    const flags = reader.byte();
    if (flags > KNOWN_FLAGS)
      throw new Error(`the module has a memory with unknown flags ${flags}, which cannot be limited`);
    const least = reader.leb();
    const most = (flags & HAS_MOST) === 0 ? Infinity : reader.leb();
    if (reader.at > end) return undefined;
    if (least > pages) {
      throw new Error(
        `the module needs ${least} pages of memory at the start, above the limit of ${pages}; raise the limit`,
      );
    }
    content.push(flags | HAS_MOST, ...leb(least), ...leb(Math.min(most, pages)));
  }
  return content;
}

function replaced(bytes: Uint8Array, start: number, end: number, by: readonly number[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(bytes.length - (end - start) + by.length);
  result.set(bytes.subarray(0, start));
  result.set(by, start);
  result.set(bytes.subarray(end), start + by.length);
  return result;
}

class Reader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** 0 after the end. */
  byte(): number {
    return this.#bytes[this.at++] ?? 0;
  }

  /** An unsigned LEB128 number. */
  leb(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }
}

function leb(number: number): number[] {
  const bytes: number[] = [];
  let left = number;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return [...bytes, left];
}
