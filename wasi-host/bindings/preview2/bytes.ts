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
    const whole = length >> 2;
    for (let word = 0; word < whole; word++) written[(at >>> 2) + word] = read[(from >>> 2) + word];
    index = whole << 2;
  }
  const read = source.bytes;
  const written = target.bytes;
  for (; index < length; index++) written[at + index] = read[from + index];
}
