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
const MAX_SEGMENTS = 27;

/*                          Table, zeroed
   ┌───────────────────────┬─────────────────────────────────┐
   │ segments in use (4)   │ bases (4 each), of 27 segments  │    base: the segment's address less the bytes of all entries before it
   └───────────────────────┴─────────────────────────────────┘ */
const COUNT = 0;
const BASES = COUNT + 4;
export const SEGMENTS_SIZE = BASES + MAX_SEGMENTS * 4;

/** The number of entries that `table` has memory for. */
export function capacity(table: usize): u32 {
  const segments = load<u32>(table, COUNT);
  return segments == 0 ? 0 : FIRST << (segments - 1);
}

/** The address of entry `index`, which must be below `capacity`. */
export function entry(table: usize, index: u32, size: u32): usize {
  const segment = 32 - clz(index >> FIRST_BITS);
  return load<u32>(table + ((<usize>segment) << 2), BASES) + index * size;
}

/** Makes room up to `index`. False if memory cannot grow. */
export function reach(table: usize, index: u32, size: u32): bool {
  while (capacity(table) <= index) {
    const segment = load<u32>(table, COUNT);
    const first = capacity(table);
    const base = block(<usize>(segment == 0 ? FIRST : first) * size);
    if (base == 0) return false;
    store<u32>(table + ((<usize>segment) << 2), base - first * size, BASES);
    store<u32>(table, segment + 1, COUNT);
  }
  return true;
}
