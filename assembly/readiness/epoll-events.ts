/** The events of a wait, by name instead of by offset. */
import { EPOLL_EVENT_DATA, EPOLL_EVENT_EVENTS, EPOLL_EVENT_FD, EPOLL_EVENT_SIZE } from "../abi/epoll";
import { isCurrent as isCurrentEvent, wait as waitFor } from "./epoll";

const CAPACITY: i32 = 64;

/** An array of events for the waits of an epoll instance. */
export class EpollEvents {
  /** Number of events of the last wait; 0 after a wait that failed. */
  count: i32 = 0;
  private readonly array: usize;
  private readonly epoll: i32;
  private readonly capacity: i32;

  /**
   * @param epoll - from `create` @param capacity - the most events of one wait
   */
  constructor(epoll: i32, capacity: i32 = CAPACITY) {
    this.epoll = epoll;
    this.capacity = capacity;
    this.array = heap.alloc(<usize>capacity * EPOLL_EVENT_SIZE);
  }

  /**
   * epoll_wait(2).
   *
   * @param timeout - milliseconds; -1 waits for ever, 0 not at all
   * @returns number of events, 0 at the timeout; or a negated errno as `wait` does
   */
  wait(timeout: i32 = -1): i32 {
    const result = waitFor(this.epoll, this.array, this.capacity, timeout);
    this.count = max(result, 0);
    return result;
  }

  /** The descriptor that the event is about. */
  fd(index: i32): i32 {
    return load<i32>(this.at(index), EPOLL_EVENT_FD);
  }

  /** What is ready: EPOLL* bits. */
  events(index: i32): u32 {
    return load<u32>(this.at(index), EPOLL_EVENT_EVENTS);
  }

  /** The data that `ctl` got with the descriptor. */
  data(index: i32): u64 {
    return load<u64>(this.at(index), EPOLL_EVENT_DATA);
  }

  /** False if a handler has removed, changed or closed the watch since the wait. */
  isCurrent(index: i32): bool {
    return isCurrentEvent(this.epoll, this.at(index));
  }

  /** Frees the array. The events cannot be used afterwards. */
  free(): void {
    heap.free(this.array);
    this.count = 0;
  }

  private at(index: i32): usize {
    if (<u32>index >= <u32>this.count) throw new RangeError("no event has this index");
    return this.array + <usize>index * EPOLL_EVENT_SIZE;
  }
}
