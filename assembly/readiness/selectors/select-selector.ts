/**
 * A selector over select: descriptors below FD_SETSIZE, and epoll instances beside the sets. Each wait copies and scans all
 * descriptors.
 */
import { isInstanceFd } from "../../engine/instances";
import { POLLFD_EVENTS, POLLFD_FD, POLLFD_REVENTS, POLLFD_SIZE } from "../../abi/epoll";
import { EINVAL } from "../../abi/errno";
import { EPOLLIN } from "../../abi/events";
import { currentLimit, select, watchBeside } from "../select";
import { follow } from "../../sources/source";
import { EVENT_READ, EVENT_WRITE, ReadyKeys, SelectorKey } from "./key";
import { bitsOf, Selector } from "./selector";

/** 32 words: FD_SETSIZE bits. */
const FIRST_ROOM: i32 = 128;

/** A selector over select: descriptors below FD_SETSIZE. */
export class SelectSelector<T> extends Selector<T> {
  /** Readers, writers, and copies of both for select's answer: four sets of `room` bytes. */
  private sets: usize = zeroed(4 * FIRST_ROOM);
  private room: i32 = FIRST_ROOM;
  /** The number of keys with epoll instances, and an entry for each in the wait. */
  private instances: i32 = 0;
  private beside: usize = 0;

  private set(index: i32): usize {
    return this.sets + <usize>(index * this.room);
  }

  /** -EINVAL for a descriptor at or above FD_SETSIZE: `setFdSetSize` raises it, and the other selectors have no limit. */
  protected watch(key: SelectorKey<T>): i32 {
    if (isInstanceFd(key.fd)) {
      const size = <usize>(this.instances + 1) * POLLFD_SIZE;
      this.beside = this.beside == 0 ? heap.alloc(size) : heap.realloc(this.beside, size);
      this.instances++;
      return 0;
    }
    if (key.fd >= currentLimit()) return -EINVAL;
    if (key.fd >= this.room << 3) this.grow(key.fd);
    const error = follow(key.fd);
    return error < 0 ? error : this.rewatch(key, key.events);
  }

  protected rewatch(key: SelectorKey<T>, events: i32): i32 {
    if (isInstanceFd(key.fd)) return 0; // each wait makes its entry
    mark(this.set(0), key.fd, (events & EVENT_READ) != 0);
    mark(this.set(1), key.fd, (events & EVENT_WRITE) != 0);
    return 0;
  }

  protected unwatch(key: SelectorKey<T>, _last: i32): void {
    if (isInstanceFd(key.fd)) this.instances--;
    else this.rewatch(key, 0);
  }

  protected wait(ready: ReadyKeys<T>, most: i32): i32 {
    let count: i32 = 0;
    let beside = this.beside;
    for (let index = 0; index < this.keys.length; index++) {
      const key = this.keys[index];
      if (!isInstanceFd(key.fd)) count = max(count, key.fd + 1);
      else {
        store<i32>(beside, key.fd, POLLFD_FD);
        store<u32>(beside, bitsOf(key.events), POLLFD_EVENTS);
        beside += POLLFD_SIZE;
      }
    }
    memory.copy(this.set(2), this.set(0), 2 * this.room);
    watchBeside(this.beside, this.instances);
    const bits = select(count, this.set(2), this.set(3), 0, most);
    if (bits <= 0) return bits;
    beside = this.beside;
    for (let index = 0; index < this.keys.length; index++) {
      const key = this.keys[index];
      let mask: i32 = 0;
      if (isInstanceFd(key.fd)) {
        // An instance can only be readable.
        mask = (load<u16>(beside, POLLFD_REVENTS) & EPOLLIN) != 0 ? EVENT_READ : 0;
        beside += POLLFD_SIZE;
      } else {
        if (isMarked(this.set(2), key.fd)) mask |= EVENT_READ;
        if (isMarked(this.set(3), key.fd)) mask |= EVENT_WRITE;
      }
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
    if (this.beside != 0) heap.free(this.beside);
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
