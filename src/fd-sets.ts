/** select's three sets: bit arrays of one size, side by side in the core's memory, and filled anew for every call. */
import { Errno } from "../wasi-host/errno.ts";
import { SystemError } from "../wasi-host/system-error.ts";
import { FD_SETSIZE } from "./constants.ts";
import { type Core, check } from "./core.ts";

/** The descriptors that are watched for reading, for writing, and for exceptions. */
export type Members = readonly [readers: Iterable<number>, writers: Iterable<number>, exceptional: Iterable<number>];

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
  /** Bytes that there is room for. */
  #room = 384;
  /** Bytes of one set. */
  #size = 0;
  /** One more than the highest descriptor: what select calls nfds. */
  #count = 0;

  constructor(core: Core) {
    this.#core = core;
    this.#memory = core.exports.pollux_alloc(this.#room);
  }

  /**
   * Waits until a member is ready, at most `timeout` whole milliseconds (-1: for ever), with the thread asleep. Returns
   * how many bits are left: `has` tells which. Throws EINVAL (a descriptor above the limit), EBADF.
   */
  select(members: Members, timeout: number): number {
    this.#fill(members);
    const { exports } = this.#core;
    return this.#check(members, exports.pollux_select(this.#count, this.#set(0), this.#set(1), this.#set(2), timeout));
  }

  /** Wakeups for all members, once, for who sleeps outside of the core. Returns how many are ready already. */
  arm(members: Members): number {
    this.#fill(members);
    const { exports } = this.#core;
    return this.#check(members, exports.pollux_select_arm(this.#count, this.#set(0), this.#set(1), this.#set(2)));
  }

  /** Was this member left in its set by the last `select`? */
  has(index: 0 | 1 | 2, fd: number): boolean {
    const word = this.#core.view.getUint32(this.#set(index) + (fd >>> 5) * 4, true);
    return ((word >>> (fd & 31)) & 1) !== 0;
  }

  #set(index: number): number {
    return this.#memory + index * this.#size;
  }

  #fill(members: Members): void {
    if (this.#memory === 0) throw new SystemError(Errno.BADF, "select", "on sets that were given back");
    let highest = -1;
    for (const fds of members) for (const fd of fds) if (fd > highest) highest = fd;
    if (highest >= 0) checkSelectable(this.#core, highest);
    this.#count = highest + 1;
    this.#size = Math.ceil(this.#count / 32) * 4;
    this.#makeRoom(this.#size * 3);
    const { view } = this.#core;
    new Uint8Array(view.buffer, this.#memory, this.#size * 3).fill(0);
    for (const [index, fds] of members.entries()) {
      for (const fd of fds) {
        const word = this.#set(index) + (fd >>> 5) * 4;
        view.setUint32(word, view.getUint32(word, true) | (1 << (fd & 31)), true);
      }
    }
  }

  #makeRoom(size: number): void {
    if (size <= this.#room) return;
    const { exports } = this.#core;
    exports.pollux_free(this.#memory);
    this.#room = Math.max(size, this.#room * 2);
    this.#memory = exports.pollux_alloc(this.#room);
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
