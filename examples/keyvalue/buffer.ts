/**
 * Bytes that come in at the end and go out at the front, in one block, counted with the clients' memory.
 *
 *      ┌──────────┬─────────────┬──────────┐
 *      │ gone     │ held        │ free     │      the room of what is gone is used again when the block is full or empty
 *      └──────────┴─────────────┴──────────┘
 *      0          head          tail       capacity
 */
import { clients } from "./memory";

const LEAST: i32 = 1024;
/** A block that is larger is freed when it is empty. */
const KEPT: i32 = 16_384;

export class Buffer {
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
    memory.copy(this.reserve(length), bytes, length);
    this.tail += length;
  }

  /** Makes room for `length` bytes behind the last one. @returns their address */
  reserve(length: i32): usize {
    if (length > this.capacity - this.tail) this.makeRoom(length);
    return this.block + this.tail;
  }

  /** Takes `length` bytes, which were written to what `reserve` has returned. */
  extend(length: i32): void {
    this.tail += length;
  }

  /** Gives up the first bytes. */
  shift(count: i32): void {
    this.head += count;
    if (this.head < this.tail) return;
    this.head = this.tail = 0;
    if (this.capacity > KEPT) this.free();
  }

  /** Gives up the bytes from `length` on. */
  truncate(length: i32): void {
    this.tail = this.head + length;
  }

  free(): void {
    if (this.block != 0) clients.free(this.block, this.capacity);
    this.block = 0;
    this.capacity = this.head = this.tail = 0;
  }

  private makeRoom(length: i32): void {
    const held = this.length;
    let capacity = max(this.capacity, LEAST);
    while (capacity < held + length) capacity <<= 1;
    const block = capacity == this.capacity ? this.block : clients.allocate(capacity);
    memory.copy(block, this.start, held);
    if (block != this.block && this.block != 0) clients.free(this.block, this.capacity);
    this.block = block;
    this.capacity = capacity;
    this.head = 0;
    this.tail = held;
  }
}
