/**
 * Bytes that wait to be sent: a bounded queue in one block of memory, which exists only while bytes wait.
 *
 *      ┌──────────┬───────────────────┬───────────┐
 *      │ sent     │ waiting           │ free      │      fields: address, first, end, capacity
 *      └──────────┴───────────────────┴───────────┘
 */

/** The most bytes that wait for one client. The server does not read from a client whose queue is full. */
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

  /** The address of the waiting bytes. */
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

  /** Removes the first `count` bytes, which were sent. */
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
