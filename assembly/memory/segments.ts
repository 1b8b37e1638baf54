/**
 * A table indexed by a small number, which grows by doubling and never moves an entry.
 *
 *    index 0 … 63 │ 64 … 127 │ 128 … 255 │ 256 … 511 │ …        each segment is as large as all before it
 *       segment 0      1           2           3
 *
 * Finding an entry is one count-leading-zeros and one load. Nothing is copied when it grows, so pointers stay good, and
 * no memory is left behind.
 */
import { block } from "./blocks";

const FIRST_BITS = 6;
const FIRST: u32 = 1 << FIRST_BITS;

/** `{u32 segments in use; u32 base of each of 26 segments, less the bytes of all indices before it}`, zeroed. */
export const SEGMENTS_SIZE = 4 + 27 * 4;

/** How many indices `table` has room for. */
export function capacity(table: usize): u32 {
  const segments = load<u32>(table);
  return segments == 0 ? 0 : FIRST << (segments - 1);
}

/** The address of entry `index`, which must be below `capacity`. */
export function entry(table: usize, index: u32, size: u32): usize {
  const segment = 32 - clz(index >> FIRST_BITS);
  return load<u32>(table + ((<usize>segment) << 2), 4) + index * size;
}

/** Makes room up to `index`; false when memory has run out. */
export function reach(table: usize, index: u32, size: u32): bool {
  while (capacity(table) <= index) {
    const segment = load<u32>(table);
    const first = capacity(table);
    const base = block(<usize>(segment == 0 ? FIRST : first) * size);
    if (base == 0) return false;
    store<u32>(table + ((<usize>segment) << 2), base - first * size, 4);
    store<u32>(table, segment + 1);
  }
  return true;
}
