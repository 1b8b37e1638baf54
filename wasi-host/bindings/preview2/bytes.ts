/** Copies between memories of the binding: mostly a few bytes, for which a view and a `set` cost more than a loop. */

/** One memory, as bytes and as 32-bit words. */
export interface Bytes {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
}

/** For memory that does not move: V8 moves small typed arrays, but not ArrayBuffers. */
export function allocate(size: number): Bytes {
  const memory = new ArrayBuffer(size);
  return { bytes: new Uint8Array(memory), words: new Int32Array(memory) };
}

/** Up to this many bytes, a loop over words is faster. */
const FEW = 256;

/** Copies `length` bytes at `from` in `source` to `at` in `target`. */
export function copyBytes(source: Bytes, from: number, target: Bytes, at: number, length: number): void {
  if (length > FEW) {
    target.bytes.set(source.bytes.subarray(from, from + length), at);
    return;
  }
  let index = 0;
  if (((from | at) & 3) === 0) {
    const read = source.words;
    const written = target.words;
    let next = (from >>> 2) | 0;
    let to = (at >>> 2) | 0;
    const end = next + (length >> 2);
    // Four in a round: V8 leaves a round's loads of both arrays' properties in the loop, which are most of its work.
    for (; next + 4 <= end; next += 4, to += 4) {
      written[to] = read[next];
      written[to + 1] = read[next + 1];
      written[to + 2] = read[next + 2];
      written[to + 3] = read[next + 3];
    }
    while (next < end) written[to++] = read[next++];
    index = length & ~3;
  }
  const read = source.bytes;
  const written = target.bytes;
  for (; index < length; index++) written[at + index] = read[from + index];
}
