/**
 * A module's bytes (WebAssembly, "Binary Format"):
 *
 *     magic, version    { id: u8, size: leb, content }...    sections
 */
const HEADER = 8;

export interface Section {
  readonly id: number;
  /** The first byte of the id. */
  readonly start: number;
  /** The first byte of the content. */
  readonly content: number;
  readonly end: number;
}

/** The sections up to the first truncated one. */
export function sectionsOf(module: Uint8Array): Section[] {
  const sections: Section[] = [];
  const reader = new Reader(module, HEADER);
  while (reader.at < module.length) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.leb();
    const end = reader.at + size;
    if (end > module.length) break;
    sections.push({ id, start, content: reader.at, end });
    reader.at = end;
  }
  return sections;
}

/** The module with other contents of some sections, which are given in their order. */
export function withSections(module: Uint8Array, contents: ReadonlyMap<Section, Bytes>): Uint8Array<ArrayBuffer> {
  const parts: Bytes[] = [];
  let copied = 0;
  for (const [{ id, start, end }, content] of contents) {
    parts.push(module.subarray(copied, start), [id, ...leb(content.length)], content);
    copied = end;
  }
  return concatenated([...parts, module.subarray(copied)]);
}

export type Bytes = Uint8Array | readonly number[];

export function concatenated(parts: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

export class Reader {
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

  /** A name: its length, and that many bytes of UTF-8. */
  name(): string {
    const length = this.leb();
    const bytes = this.#bytes.subarray(this.at, this.at + length);
    this.at += length;
    return new TextDecoder().decode(bytes);
  }
}

/** An unsigned LEB128 number. */
export function leb(number: number): number[] {
  const bytes: number[] = [];
  let left = number;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return [...bytes, left];
}
