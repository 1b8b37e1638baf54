/**
 * select's three sets: adjacent bit arrays of the same size in the core's memory, filled for each call. Epoll instances
 * have numbers beyond the sets, so they are passed as `struct pollfd`s.
 */
import { INSTANCE_FD_BASE, POLLFD_EVENTS, POLLFD_FD, POLLFD_REVENTS, POLLFD_SIZE } from "../assembly/abi/epoll.ts";
import { DisposedError } from "../wasi-host/index.ts";
import { Errno, NOTED, SystemError } from "../wasi-host/internal.ts";
import { checkCore } from "./arguments.ts";
import { FD_SETSIZE, POLLIN, POLLOUT, POLLPRI } from "./constants.ts";
import { type Core, check } from "./core.ts";

/** Descriptors watched for reading, writing and exceptions. */
export type Members = readonly [readers: Iterable<number>, writers: Iterable<number>, exceptional: Iterable<number>];

/** Words for FD_SETSIZE bits. */
const FIRST_WIDTH = FD_SETSIZE / 32;
/** Event bits that encode the sets of an epoll instance. */
const SET_BITS = [POLLIN, POLLOUT, POLLPRI];

const limits = new WeakMap<Core, number>();

/**
 * Sets the number of descriptors in select's sets for a core; 1024 by default. The sets have a fixed size, and each
 * call copies and scans all of them. poll and epoll have no limit.
 *
 * @param descriptors - a whole number, 0 or more
 * @throws SystemError EINVAL for another value
 */
export function setFdSetSize(core: Core, descriptors: number): void {
  if (!Number.isInteger(descriptors) || descriptors < 0 || descriptors > 0x7fff_ffff) {
    throw new SystemError(Errno.INVAL, "select", `FD_SETSIZE ${descriptors}: expected a whole number, 0 or more`);
  }
  limits.set(core, descriptors);
  core.exports.pollux_select_limit(descriptors);
}

/**
 * Checks that select can take a descriptor.
 *
 * @throws SystemError EINVAL for a number at or above the limit that is not an epoll instance
 */
export function checkSelectable(core: Core, fd: number): void {
  if (core.disposed) throw new DisposedError("core");
  const limit = limits.get(core) ?? FD_SETSIZE;
  if (fd < limit || isInstance(fd)) return;
  throw new SystemError(
    Errno.INVAL,
    "select",
    `descriptor ${fd}: select's sets hold ${limit} (FD_SETSIZE); raise it with setFdSetSize, or use Poll or Epoll, which have no limit`,
  );
}

function isInstance(fd: number): boolean {
  return fd >= INSTANCE_FD_BASE;
}

export class FdSets {
  readonly #core: Core;
  #memory: number;
  /** Capacity of each set, in 32-bit words. */
  #width = FIRST_WIDTH;
  /** The three sets' words, as of the last call of the core. */
  #words = new Uint32Array(0);
  /** The highest descriptor plus 1: select's nfds. */
  #count = 0;
  /** Maximum number of non-zero words in each set. */
  #marked = Infinity;
  readonly #list: number[] = [];
  /** Whether a set has a member twice. */
  #repeats = false;
  /** Number of bits that the last `select` left. */
  #left = 0;
  /** Epoll instances among the members: the sets that each is in, and is left in. */
  readonly #beside = new Map<number, number>();
  readonly #besideLeft = new Map<number, number>();
  /** The instances' entries in memory, and their capacity. */
  #entries = 0;
  #room = 0;

  constructor(core: Core) {
    checkCore(core, "select");
    this.#core = core;
    this.#memory = core.allocate(3 * FIRST_WIDTH * 4, "select");
  }

  /**
   * Waits until a member is ready and blocks the thread; `has` then tells which.
   *
   * @param timeout - whole milliseconds; -1 for ever
   * @returns the number of bits left
   * @throws SystemError EINVAL for a descriptor above the limit; EBADF
   */
  select(members: Members, timeout: number): number {
    this.#fill(members);
    const { exports } = this.#core;
    const left = exports.pollux_select(this.#count, this.#set(0), this.#set(1), this.#set(2), timeout);
    this.#look();
    // In a sleeper's try: the core would have slept, so no bit is left.
    if (left === -NOTED) this.#empty();
    this.#left = this.#check(members, this.#core.sleepers.outcome(left));
    if (this.#beside.size > 0) this.#lookBeside();
    return this.#left;
  }

  #empty(): void {
    this.#marked = Infinity;
    this.#clear();
    const { view } = this.#core;
    for (let index = 0; index < this.#beside.size; index++) {
      view.setUint16(this.#entries + index * POLLFD_SIZE + POLLFD_REVENTS, 0, true);
    }
  }

  /** Arms one wakeup for each member, for a sleeper outside the core. Returns the number of ready members. */
  arm(members: Members): number {
    this.#fill(members);
    const { exports } = this.#core;
    return this.#check(members, exports.pollux_select_arm(this.#count, this.#set(0), this.#set(1), this.#set(2)));
  }

  /** Whether the last `select` left this member in its set. Call it before the core's next call. */
  has(index: 0 | 1 | 2, fd: number): boolean {
    if (isInstance(fd)) return ((this.#besideLeft.get(fd) ?? 0) & SET_BITS[index]) !== 0;
    return ((this.#words[index * this.#width + (fd >>> 5)] >>> (fd & 31)) & 1) !== 0;
  }

  /** The elements of `things` whose descriptor in `fds` was left. */
  left<T>(index: 0 | 1 | 2, fds: readonly number[], things: readonly T[]): T[] {
    const words = this.#words;
    // Stop when all left bits are found.
    const most = this.#repeats ? Infinity : this.#left;
    const first = index * this.#width;
    const left: T[] = [];
    for (let position = 0; position < fds.length && left.length < most; position++) {
      const fd = fds[position];
      if (isInstance(fd) ? this.has(index, fd) : ((words[first + (fd >>> 5)] >>> (fd & 31)) & 1) !== 0) {
        left.push(things[position]);
      }
    }
    return left;
  }

  #set(index: number): number {
    return this.#memory + index * this.#width * 4;
  }

  /** Growing memory replaces its buffer and leaves the words with length 0. */
  #look(): void {
    const words = this.#words;
    if (words.byteOffset !== this.#memory || words.length !== 3 * this.#width) {
      this.#words = new Uint32Array(this.#core.exports.memory.buffer, this.#memory, 3 * this.#width);
    }
  }

  #fill(members: Members): void {
    if (this.#memory === 0) throw new SystemError(Errno.BADF, "select", "on released sets");
    this.#look();
    this.#clear();
    this.#repeats = false;
    this.#beside.clear();
    let highest = -1;
    for (let index = 0; index < 3; index++) highest = Math.max(highest, this.#mark(index, members[index]));
    this.#marked = (highest + 32) >>> 5;
    if (highest >= 0) checkSelectable(this.#core, highest);
    this.#count = highest + 1;
    if (this.#beside.size > 0) this.#writeBeside();
  }

  /** Writes the epoll instances for the core's next call. */
  #writeBeside(): void {
    const { size } = this.#beside;
    if (size > this.#room) {
      if (this.#room > 0) this.#core.exports.pollux_free(this.#entries);
      this.#room = 0;
      this.#entries = this.#core.allocate(size * 2 * POLLFD_SIZE, "select");
      this.#room = size * 2;
      this.#look();
    }
    const { view } = this.#core;
    let at = this.#entries;
    for (const [fd, sets] of this.#beside) {
      view.setInt32(at + POLLFD_FD, fd, true);
      view.setUint32(at + POLLFD_EVENTS, sets, true);
      at += POLLFD_SIZE;
    }
    this.#core.exports.pollux_select_beside(this.#entries, size);
  }

  #lookBeside(): void {
    const { view } = this.#core;
    let at = this.#entries;
    this.#besideLeft.clear();
    for (const fd of this.#beside.keys()) {
      this.#besideLeft.set(fd, view.getUint16(at + POLLFD_REVENTS, true));
      at += POLLFD_SIZE;
    }
  }

  #clear(): void {
    const words = this.#words;
    const most = Math.min(this.#marked, this.#width);
    // Until all members are marked, so that an error leaves the sets clean.
    this.#marked = Infinity;
    for (let first = 0; first < words.length; first += this.#width) {
      for (let index = 0; index < most; index++) words[first + index] = 0;
    }
  }

  /** Iteration over an array is several times faster. The array is reused. */
  #listed(members: Iterable<number>): readonly number[] {
    this.#list.length = 0;
    for (const fd of members) this.#list.push(fd);
    return this.#list;
  }

  /** Sets the members' bits in one set. Returns the highest descriptor, or -1. */
  #mark(index: number, members: Iterable<number>): number {
    const fds = Array.isArray(members) ? (members as readonly number[]) : this.#listed(members);
    let words = this.#words;
    let first = index * this.#width;
    let highest = -1;
    let at = -1;
    // Neighbours share a word, which is written when the next one begins.
    let bits = 0;
    for (let position = 0; position < fds.length; position++) {
      const fd = fds[position];
      if (fd >= INSTANCE_FD_BASE) {
        const sets = this.#beside.get(fd) ?? 0;
        if ((sets & SET_BITS[index]) !== 0) this.#repeats = true;
        this.#beside.set(fd, sets | SET_BITS[index]);
        continue;
      }
      if (fd >>> 5 !== at) {
        if (at >= 0) words[first + at] = bits;
        if (fd >>> 5 >= this.#width) {
          this.#widen(fd);
          words = this.#words;
          first = index * this.#width;
        }
        at = fd >>> 5;
        bits = words[first + at];
      }
      const bit = 1 << (fd & 31);
      if ((bits & bit) !== 0) this.#repeats = true;
      bits |= bit;
      if (fd > highest) highest = fd;
    }
    if (at >= 0) words[first + at] = bits;
    return highest;
  }

  /** Makes room for a descriptor, with a reserve. Keeps the marked bits. */
  #widen(fd: number): void {
    checkSelectable(this.#core, fd);
    const width = Math.max(this.#width * 2, (fd >>> 5) + 1);
    const { exports } = this.#core;
    const memory = this.#core.allocate(3 * width * 4, "select");
    this.#look();
    const words = new Uint32Array(exports.memory.buffer, memory, 3 * width).fill(0);
    for (let index = 0; index < 3; index++) {
      words.set(this.#words.subarray(index * this.#width, (index + 1) * this.#width), index * width);
    }
    exports.pollux_free(this.#memory);
    this.#memory = memory;
    this.#width = width;
    this.#words = words;
  }

  /** Names the closed descriptor. The core reports only that one is closed. */
  #check(members: Members, result: number): number {
    if (result === -Errno.BADF) {
      const closed = members.flatMap((fds) => [...fds]).find((fd) => !this.#isOpen(fd));
      if (closed !== undefined) throw new SystemError(Errno.BADF, "select", `descriptor ${closed}, which is not open`);
    }
    return check(result, "select");
  }

  /** A wait for no events is EINVAL for an instance, and EBADF for a closed number. */
  #isOpen(fd: number): boolean {
    if (!isInstance(fd)) return this.#core.descriptor(fd) !== undefined;
    return this.#core.exports.pollux_epoll_wait(fd, 0, 0, 0) === -Errno.INVAL;
  }

  /** Frees the memory. */
  free(): void {
    const { disposed, exports } = this.#core;
    if (this.#room > 0 && !disposed) exports.pollux_free(this.#entries);
    this.#room = 0;
    if (this.#memory !== 0 && !disposed) exports.pollux_free(this.#memory);
    this.#memory = 0;
  }
}
