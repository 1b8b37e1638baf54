/**
 * Bytes that wait to be sent: in one block, so that one call sends them all.
 *
 *      ┌──────────┬─────────────┬──────────┐
 *      │ sent     │ wait        │ free     │      what was sent is given up when the block is full or empty
 *      └──────────┴─────────────┴──────────┘
 *      0          head          tail       capacity
 */
const LEAST: i32 = 4096;
/** A larger block is freed when it is empty. */
const KEPT: i32 = 65_536;

export class SendQueue {
  private block: usize = 0;
  private capacity: i32 = 0;
  private head: i32 = 0;
  private tail: i32 = 0;

  get length(): i32 {
    return this.tail - this.head;
  }

  /** The address of the first byte. */
  get start(): usize {
    return this.block + this.head;
  }

  push(bytes: usize, length: i32): void {
    if (length > this.capacity - this.tail) this.makeRoom(length);
    memory.copy(this.block + this.tail, bytes, length);
    this.tail += length;
  }

  /** Removes the first bytes. */
  shift(count: i32): void {
    this.head += count;
    if (this.head < this.tail) return;
    this.head = this.tail = 0;
    if (this.capacity > KEPT) this.free();
  }

  free(): void {
    if (this.block != 0) heap.free(this.block);
    this.block = 0;
    this.capacity = this.head = this.tail = 0;
  }

  private makeRoom(length: i32): void {
    const waiting = this.length;
    let capacity = max(this.capacity, LEAST);
    while (capacity < waiting + length) capacity <<= 1;
    const block = capacity == this.capacity ? this.block : heap.alloc(capacity);
    memory.copy(block, this.start, waiting);
    if (block != this.block && this.block != 0) heap.free(this.block);
    this.block = block;
    this.capacity = capacity;
    this.head = 0;
    this.tail = waiting;
  }
}
