/**
 * A set of descriptors as select takes it: C's `fd_set`, one bit for each number below FD_SETSIZE.
 *
 *      word 0                     word 1                            word 31
 *      ┌──────────────────────────┬─────────────────────────┬───────┬─────────────────────────┐
 *      │ descriptors 0 (bit 0)…31 │ 32 … 63                 │       │ 992 … 1023              │
 *      └──────────────────────────┴─────────────────────────┴───────┴─────────────────────────┘
 *
 * The fixed size is the reason for select's limit. Each round copies and scans all of it.
 */
import { FD_SETSIZE } from "../abi/select";

const SIZE: usize = FD_SETSIZE / 8;

@unmanaged
export class FdSet {
  static create(): FdSet {
    const set = changetype<FdSet>(heap.alloc(SIZE));
    set.clear();
    return set;
  }

  /** The address for select. */
  get address(): usize {
    return changetype<usize>(this);
  }

  private wordOf(fd: i32): usize {
    return this.address + ((<usize>(fd >> 5)) << 2);
  }

  /** FD_SET. */
  add(fd: i32): void {
    store<u32>(this.wordOf(fd), load<u32>(this.wordOf(fd)) | (1 << (fd & 31)));
  }

  /** FD_CLR. */
  remove(fd: i32): void {
    store<u32>(this.wordOf(fd), load<u32>(this.wordOf(fd)) & ~(1 << (fd & 31)));
  }

  /** Adds or removes a descriptor. */
  put(fd: i32, member: bool): void {
    if (member) this.add(fd);
    else this.remove(fd);
  }

  /** FD_ISSET. */
  has(fd: i32): bool {
    return ((load<u32>(this.wordOf(fd)) >> (fd & 31)) & 1) != 0;
  }

  /** Copies another set: select changes the set that it gets. */
  copy(other: FdSet): void {
    memory.copy(this.address, other.address, SIZE);
  }

  /** FD_ZERO. */
  clear(): void {
    memory.fill(this.address, 0, SIZE);
  }

  /** The lowest member from `from` on; -1 if there is none. */
  next(from: i32): i32 {
    for (let fd = from; fd < FD_SETSIZE; fd = (fd | 31) + 1) {
      const rest = load<u32>(this.wordOf(fd)) >> (fd & 31);
      if (rest != 0) return fd + ctz(rest);
    }
    return -1;
  }
}
