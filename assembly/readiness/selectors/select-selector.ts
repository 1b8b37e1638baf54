/** A selector over select: descriptors below FD_SETSIZE only, all of which are copied and scanned in every wait. */
import { EINVAL } from "../../sys/errno";
import { currentLimit, select } from "../select";
import { EVENT_READ, EVENT_WRITE, ReadyKeys, SelectorKey } from "./key";
import { Selector } from "./selector";

/** 32 words: FD_SETSIZE bits. */
const FIRST_ROOM: i32 = 128;

export class SelectSelector<T> extends Selector<T> {
  /** Readers, writers, and a copy of both for select to leave its answer in: four sets of `room` bytes. */
  private sets: usize = zeroed(4 * FIRST_ROOM);
  private room: i32 = FIRST_ROOM;

  private set(index: i32): usize {
    return this.sets + <usize>(index * this.room);
  }

  /** -EINVAL for a descriptor at or above FD_SETSIZE: `setFdSetSize` raises it, and the other selectors have no limit. */
  protected watch(key: SelectorKey<T>): i32 {
    if (key.fd >= currentLimit()) return -EINVAL;
    if (key.fd >= this.room << 3) this.grow(key.fd);
    return this.rewatch(key, key.events);
  }

  protected rewatch(key: SelectorKey<T>, events: i32): i32 {
    mark(this.set(0), key.fd, (events & EVENT_READ) != 0);
    mark(this.set(1), key.fd, (events & EVENT_WRITE) != 0);
    return 0;
  }

  protected unwatch(key: SelectorKey<T>, _last: i32): void {
    this.rewatch(key, 0);
  }

  protected wait(ready: ReadyKeys<T>, most: i32): i32 {
    let count: i32 = 0;
    for (let index = 0; index < this.keys.length; index++) count = max(count, this.keys[index].fd + 1);
    memory.copy(this.set(2), this.set(0), 2 * this.room);
    const bits = select(count, this.set(2), this.set(3), 0, most);
    if (bits <= 0) return bits;
    for (let index = 0; index < this.keys.length; index++) {
      const key = this.keys[index];
      const mask = (isMarked(this.set(2), key.fd) ? EVENT_READ : 0) | (isMarked(this.set(3), key.fd) ? EVENT_WRITE : 0);
      if (mask != 0) ready.add(key, mask);
    }
    return bits;
  }

  private grow(fd: i32): void {
    let larger = this.room;
    while (fd >= larger << 3) larger <<= 1;
    const sets = zeroed(4 * larger);
    memory.copy(sets, this.set(0), this.room);
    memory.copy(sets + larger, this.set(1), this.room);
    heap.free(this.sets);
    this.sets = sets;
    this.room = larger;
  }

  protected release(): void {
    heap.free(this.sets);
  }
}

function zeroed(size: i32): usize {
  const address = heap.alloc(size);
  memory.fill(address, 0, size);
  return address;
}

function mark(set: usize, fd: i32, isMember: bool): void {
  const byte = set + (<usize>fd >> 3);
  const bit: u32 = 1 << (fd & 7);
  const others: u32 = load<u8>(byte) & ~bit;
  store<u8>(byte, isMember ? others | bit : others);
}

function isMarked(set: usize, fd: i32): bool {
  return ((load<u8>(set + (<usize>fd >> 3)) >> (fd & 7)) & 1) != 0;
}
