/** A component as a tree of sections: changed contents get the right sizes around them. */

export interface Section {
  readonly id: number;
  readonly content: Uint8Array | Tree;
}

export interface Tree {
  readonly header: Uint8Array;
  readonly sections: readonly Section[];
}

export const CORE_MODULE = 1;
export const COMPONENT = 4;
const HEADER = 8;

/**
 * @param nested whether inner components are sections too. Not for a core module
 */
export function parse(bytes: Uint8Array, nested = true): Tree {
  const sections: Section[] = [];
  let at = HEADER;
  while (at < bytes.length) {
    const id = bytes[at++];
    let size = 0;
    // A damaged core module may end in a number.
    for (let shift = 0; at < bytes.length; shift += 7) {
      const byte = bytes[at++];
      size += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    const content = bytes.subarray(at, at + size);
    sections.push({ id, content: nested && id === COMPONENT ? parse(content) : content });
    at += size;
  }
  return { header: bytes.subarray(0, HEADER), sections };
}

export function serialized(tree: Tree): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [tree.header];
  for (const { id, content } of tree.sections) {
    const bytes = content instanceof Uint8Array ? content : serialized(content);
    parts.push(Uint8Array.from([id, ...leb(bytes.length)]), bytes);
  }
  return joined(parts);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function leb(number: number): number[] {
  return number < 128 ? [number] : [(number & 127) | 128, ...leb(number >>> 7)];
}
