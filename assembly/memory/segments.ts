/**
 * A table indexed by a small number, which grows by doubling and never moves an entry.
 *
 *    index 0 … 63 │ 64 … 127 │ 128 … 255 │ 256 … 511 │ …        each segment is as large as all before it
 *       segment 0      1           2           3
 *
 * Finding an entry takes one count-leading-zeros and one load. Growing copies nothing, so that pointers stay valid and no memory is
 * wasted.
 */
import { block } from "./blocks";

const FIRST_BITS = 6;
const FIRST: u32 = 1 << FIRST_BITS;

/** `{u32 segments in use; u32 bases[27]}`, zeroed. A base is the segment's address less the bytes of all entries before it. */
export const SEGMENTS_SIZE = 4 + 27 * 4;

/** The number of entries that `table` has memory for. */
export function capacity(table: usize): u32 {
  const segments = load<u32>(table);
  return segments == 0 ? 0 : FIRST << (segments - 1);
}

/** The address of entry `index`, which must be below `capacity`. */
export function entry(table: usize, index: u32, size: u32): usize {
  const segment = 32 - clz(index >> FIRST_BITS);
  return load<u32>(table + ((<usize>segment) << 2), 4) + index * size;
}

/** Makes room up to `index`. False if memory cannot grow. */
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
