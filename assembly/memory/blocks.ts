/** Blocks of linear memory that never move and are never given back: what the tables are made of. */

const PAGE: usize = 0x10000;

/**
 * `size` zeroed bytes, 16-aligned; 0 when the memory cannot grow by so much.
 *
 * AssemblyScript's allocators double the whole memory when they need more, which for a table of a million descriptors
 * would waste as much as it gains. So large blocks are pages of their own, taken by growing the memory by just that
 * much. The stub allocator believes that all memory behind its own is its own: there, what it then takes is what was
 * grown.
 */
export function block(size: usize): usize {
  if (size < PAGE || ASC_RUNTIME == 0) {
    if (size >= PAGE && memory.grow(<i32>(size / PAGE) + 1) < 0) return 0;
    const address = heap.alloc(size);
    memory.fill(address, 0, size);
    return address;
  }
  const pages = memory.grow(<i32>((size + PAGE - 1) / PAGE));
  return pages < 0 ? 0 : <usize>pages * PAGE;
}
