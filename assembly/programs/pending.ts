/**
 * Bytes that wait to be sent: a queue of a bounded size, in one piece of memory that exists only while something waits.
 *
 *      ┌──────────┬───────────────────┬───────────┐
 *      │ sent     │ waiting           │ free      │      fields: address, first, end, capacity
 *      └──────────┴───────────────────┴───────────┘
 */

/** The most that waits for one client: who does not read is not read from either. */
export const PENDING_LIMIT: i32 = 0x10000;

@unmanaged
export class Pending {
  private address: usize;
  private first: i32;
  private end: i32;
  private capacity: i32;

  get waiting(): i32 {
    return this.end - this.first;
  }

  /** Where the waiting bytes begin. */
  get head(): usize {
    return this.address + this.first;
  }

  push(bytes: usize, count: i32): void {
    const waiting = this.waiting;
    if (this.end + count > this.capacity) {
      if (waiting + count > this.capacity) {
        let larger = max(this.capacity, 1024);
        while (larger < waiting + count) larger <<= 1;
        const moved = heap.alloc(larger);
        memory.copy(moved, this.head, waiting);
        if (this.capacity != 0) heap.free(this.address);
        this.address = moved;
        this.capacity = larger;
      } else memory.copy(this.address, this.head, waiting);
      this.first = 0;
      this.end = waiting;
    }
    memory.copy(this.address + this.end, bytes, count);
    this.end += count;
  }

  /** The first `count` bytes have been sent. */
  shift(count: i32): void {
    this.first += count;
    if (this.first == this.end) this.drop();
  }

  drop(): void {
    if (this.capacity != 0) heap.free(this.address);
    this.address = 0;
    this.first = this.end = this.capacity = 0;
  }
}
