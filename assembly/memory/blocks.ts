/**
 * Blocks of linear memory that never move, for the tables.
 *
 * AssemblyScript's allocators trap if memory cannot grow, and they double it to grow: for a table of a million descriptors this wastes
 * as much as it gains. So large blocks are pages, by which memory grows exactly, and small blocks are cut from a page:
 *
 *      ┌────────────┬────────────┬─────────────────────┐
 *      │ a block    │ a block    │ free                │      a page directly behind the last one extends the free part
 *      └────────────┴────────────┴─────────────────────┘
 *                                 arena                 arenaEnd
 */

const PAGE: usize = 0x10000;
const ALIGNMENT: usize = 15;

/** Bytes for the first blocks. A small program needs no more memory. */
const FIRST: usize = 0x4000;

let arena: usize = memory.data(<i32>FIRST, 16);
let arenaEnd: usize = arena + FIRST;
let first = true;
/** Whether the arena was a block before: then new blocks must be zeroed. */
let dirty = false;

/** `size` zeroed bytes, 16-aligned; 0 if memory cannot grow. */
export function block(size: usize): usize {
  const rounded = (size + ALIGNMENT) & ~ALIGNMENT;
  if (arenaEnd - arena < rounded && !extend(rounded)) return 0;
  const address = arena;
  arena += rounded;
  if (dirty) memory.fill(address, 0, rounded);
  return address;
}

/** Frees a block that a larger one has replaced. It becomes the arena if it is larger than the rest of the arena. */
export function giveBack(address: usize, size: usize): void {
  if (size <= arenaEnd - arena) return;
  arena = address;
  arenaEnd = address + (size & ~ALIGNMENT);
  dirty = true;
}

function extend(size: usize): bool {
  const length = (size + PAGE - 1) & ~(PAGE - 1);
  const address = pages(length);
  if (address == 0) return false;
  if (address != arenaEnd || dirty) arena = address;
  arenaEnd = address + length;
  dirty = false;
  return true;
}

/**
 * Zeroed pages; 0 if memory cannot grow. The stub allocator claims all memory after its own: with it, the pages are
 * allocated after the memory has grown.
 */
function pages(length: usize): usize {
  const count = <i32>(length / PAGE);
  // The allocator's first use claims all existing memory.
  if (first) heap.free(heap.alloc(ALIGNMENT));
  first = false;
  if (ASC_RUNTIME != 0) return <usize>max(memory.grow(count), 0) * PAGE;
  if (memory.grow(count + 1) < 0) return 0;
  const address = heap.alloc(length);
  memory.fill(address, 0, length);
  return address;
}
