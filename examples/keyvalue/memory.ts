/** Blocks of memory, counted by what they are for. Outside of AssemblyScript's garbage collection, which would have to trace them all. */
import { MAXMEMORY_CLIENTS } from "./settings";

/** Bytes that the allocator adds to a block, roughly. */
const OVERHEAD: usize = 8;

export class Pool {
  used: u64 = 0;
  limit: u64;

  constructor(limit: u64) {
    this.limit = limit;
  }

  get isFull(): bool {
    return this.used > this.limit;
  }

  allocate(size: usize): usize {
    this.used += size + OVERHEAD;
    return heap.alloc(size);
  }

  /** Counts what is allocated elsewhere; a negative number takes it back. */
  count(size: i64): void {
    this.used += size;
  }

  /** @param size - as it was allocated */
  free(block: usize, size: usize): void {
    this.used -= size + OVERHEAD;
    heap.free(block);
  }
}

/** Keys and values. The limit is CONFIG GET's maxmemory. */
export const dataset = new Pool(256 << 20);
/** Requests and replies that are under way. */
export const clients = new Pool(MAXMEMORY_CLIENTS);
