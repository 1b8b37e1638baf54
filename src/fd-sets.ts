/** select's three sets: bit arrays of one size, side by side in the core's memory, and filled anew for every call. */
import { Errno } from "../wasi-host/errno.ts";
import { SystemError } from "../wasi-host/system-error.ts";
import { FD_SETSIZE } from "./constants.ts";
import { type Core, check } from "./core.ts";

/** The descriptors that are watched for reading, for writing, and for exceptions. */
export type Members = readonly [readers: Iterable<number>, writers: Iterable<number>, exceptional: Iterable<number>];

/** FD_SETSIZE bits. */
const FIRST_WIDTH = FD_SETSIZE / 32;

const limits = new WeakMap<Core, number>();

/**
 * How many descriptors select takes in this core, 1024 at first. The limit is select's own: its sets are bit arrays of a
 * fixed size, and all of them are copied and scanned in every call. poll and epoll have none. Throws EINVAL.
 */
export function setFdSetSize(core: Core, descriptors: number): void {
  if (!Number.isInteger(descriptors) || descriptors < 0 || descriptors > 0x7fff_ffff) {
    throw new SystemError(Errno.INVAL, "select", `FD_SETSIZE ${descriptors}: expected a whole number from 0 on`);
  }
  limits.set(core, descriptors);
  core.exports.pollux_select_limit(descriptors);
}

/** Throws EINVAL for a descriptor that select cannot take. */
export function checkSelectable(core: Core, fd: number): void {
  const limit = limits.get(core) ?? FD_SETSIZE;
  if (fd < limit) return;
  throw new SystemError(
    Errno.INVAL,
    "select",
    `descriptor ${fd}: select's sets hold ${limit} (FD_SETSIZE); raise it with setFdSetSize, or use Poll or Epoll, which have no limit`,
  );
}

export class FdSets {
  readonly #core: Core;
  #memory: number;
  /** 32-bit words that there is room for in each set. */
  #width = FIRST_WIDTH;
  /** All three, as they were when the core was last called. */
  #words = new Uint32Array(0);
  /** One more than the highest descriptor: what select calls nfds. */
  #count = 0;
  /** Words of each set that are not 0, at the most. */
  #marked = Infinity;
  readonly #list: number[] = [];
  /** Is a member in a set more than once? */
  #repeats = false;
  /** How many bits the last `select` has left. */
  #left = 0;

  constructor(core: Core) {
    this.#core = core;
    this.#memory = core.exports.pollux_alloc(3 * FIRST_WIDTH * 4);
  }

  /**
   * Waits until a member is ready, at most `timeout` whole milliseconds (-1: for ever), with the thread asleep. Returns
   * how many bits are left: `has` tells which. Throws EINVAL (a descriptor above the limit), EBADF.
   */
  select(members: Members, timeout: number): number {
    this.#fill(members);
    const { exports } = this.#core;
    const left = exports.pollux_select(this.#count, this.#set(0), this.#set(1), this.#set(2), timeout);
    this.#look();
    this.#left = this.#check(members, left);
    return this.#left;
  }

  /** Wakeups for all members, once, for who sleeps outside of the core. Returns how many are ready already. */
  arm(members: Members): number {
    this.#fill(members);
    const { exports } = this.#core;
    return this.#check(members, exports.pollux_select_arm(this.#count, this.#set(0), this.#set(1), this.#set(2)));
  }

  /** Was this member left in its set by the last `select`? To be asked before the core is called again. */
  has(index: 0 | 1 | 2, fd: number): boolean {
    return ((this.#words[index * this.#width + (fd >>> 5)] >>> (fd & 31)) & 1) !== 0;
  }

  /** Of things whose descriptors are `fds`, those that were left: as `has`. */
  left<T>(index: 0 | 1 | 2, fds: readonly number[], things: readonly T[]): T[] {
    const words = this.#words;
    // Nobody is searched for when all have been found.
    const most = this.#repeats ? Infinity : this.#left;
    const first = index * this.#width;
    const left: T[] = [];
    for (let position = 0; position < fds.length && left.length < most; position++) {
      const fd = fds[position];
      if (((words[first + (fd >>> 5)] >>> (fd & 31)) & 1) !== 0) left.push(things[position]);
    }
    return left;
  }

  #set(index: number): number {
    return this.#memory + index * this.#width * 4;
  }

  /** Memory that has grown is another buffer, and leaves the words with a length of 0. */
  #look(): void {
    const words = this.#words;
    if (words.byteOffset !== this.#memory || words.length !== 3 * this.#width) {
      this.#words = new Uint32Array(this.#core.exports.memory.buffer, this.#memory, 3 * this.#width);
    }
  }

  #fill(members: Members): void {
    if (this.#memory === 0) throw new SystemError(Errno.BADF, "select", "on sets that were given back");
    this.#look();
    this.#clear();
    this.#repeats = false;
    let highest = -1;
    for (let index = 0; index < 3; index++) highest = Math.max(highest, this.#mark(index, members[index]));
    this.#marked = (highest + 32) >>> 5;
    if (highest >= 0) checkSelectable(this.#core, highest);
    this.#count = highest + 1;
  }

  #clear(): void {
    const words = this.#words;
    const most = Math.min(this.#marked, this.#width);
    // Until all is marked: who is refused leaves the sets as they are.
    this.#marked = Infinity;
    for (let first = 0; first < words.length; first += this.#width) {
      for (let index = 0; index < most; index++) words[first + index] = 0;
    }
  }

  /** An array can be gone through several times as fast; it is the same one each time. */
  #listed(members: Iterable<number>): readonly number[] {
    this.#list.length = 0;
    for (const fd of members) this.#list.push(fd);
    return this.#list;
  }

  /** Sets their bits in one set. Returns the highest of them; -1: there is none. */
  #mark(index: number, members: Iterable<number>): number {
    const fds = Array.isArray(members) ? (members as readonly number[]) : this.#listed(members);
    let words = this.#words;
    let first = index * this.#width;
    let highest = -1;
    let at = -1;
    // Neighbours share a word: it is written when the next one begins.
    let bits = 0;
    for (let position = 0; position < fds.length; position++) {
      const fd = fds[position];
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

  /** Room for a descriptor, which must be one that select takes; and for some more. What is marked stays marked. */
  #widen(fd: number): void {
    checkSelectable(this.#core, fd);
    const width = Math.max(this.#width * 2, (fd >>> 5) + 1);
    const { exports } = this.#core;
    const memory = exports.pollux_alloc(3 * width * 4);
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

  /** A bad descriptor is named: the core only knows that there is one. */
  #check(members: Members, result: number): number {
    if (result === -Errno.BADF) {
      const closed = members.flatMap((fds) => [...fds]).find((fd) => this.#core.descriptor(fd) === undefined);
      if (closed !== undefined) throw new SystemError(Errno.BADF, "select", `descriptor ${closed}, which is not open`);
    }
    return check(result, "select");
  }

  /** Gives the memory back to the core. */
  free(): void {
    if (this.#memory !== 0) this.#core.exports.pollux_free(this.#memory);
    this.#memory = 0;
  }
}
