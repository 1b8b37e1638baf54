/** An array of `struct pollfd`, by name instead of by offset. */
import { POLLFD_EVENTS, POLLFD_FD, POLLFD_REVENTS, POLLFD_SIZE } from "../abi/epoll";
import { poll as pollArray } from "./poll";

const CAPACITY: i32 = 16;

/** Descriptors for poll(2). An entry keeps its index. */
export class PollFds {
  /** Number of entries. */
  length: i32 = 0;
  private capacity: i32 = CAPACITY;
  private array: usize = heap.alloc(<usize>CAPACITY * POLLFD_SIZE);

  /** Adds a descriptor with EPOLL* bits to wait for. @returns the entry's index */
  add(fd: i32, events: u32): i32 {
    if (this.length == this.capacity) {
      this.capacity <<= 1;
      this.array = heap.realloc(this.array, <usize>this.capacity * POLLFD_SIZE);
    }
    this.set(this.length++, fd, events);
    return this.length - 1;
  }

  /** Changes an entry. Waits skip a descriptor of -1. */
  set(index: i32, fd: i32, events: u32): void {
    const at = this.at(index);
    store<i32>(at, fd, POLLFD_FD);
    store<u16>(at, <u16>events, POLLFD_EVENTS);
    store<u16>(at, 0, POLLFD_REVENTS);
  }

  /** An entry's descriptor. */
  fd(index: i32): i32 {
    return load<i32>(this.at(index), POLLFD_FD);
  }

  /** The readiness of an entry: EPOLL* bits; POLLNVAL for a descriptor that is not open. */
  revents(index: i32): u32 {
    return load<u16>(this.at(index), POLLFD_REVENTS);
  }

  /**
   * poll(2).
   *
   * @param timeout - milliseconds; -1 waits for ever, 0 not at all
   * @returns number of entries with revents, 0 at the timeout; or a negated errno as `poll` does
   */
  poll(timeout: i32 = -1): i32 {
    return pollArray(this.array, this.length, timeout);
  }

  /** Frees the array. The entries cannot be used afterwards. */
  free(): void {
    heap.free(this.array);
    this.length = 0;
  }

  private at(index: i32): usize {
    if (<u32>index >= <u32>this.length) throw new RangeError("no entry has this index");
    return this.array + <usize>index * POLLFD_SIZE;
  }
}
