/**
 * The guest's descriptors: small numbers, each an object that says what can be done with it.
 *
 * A number that was closed is used again before a new one is taken, so the table stays as dense as the program is. The
 * table is bounded: EMFILE when it is full, as a process gets it.
 */
import type { BigIntStats } from "node:fs";
import { Errno } from "./errno.ts";
import { MOST_DESCRIPTORS } from "./limits.ts";

/** WASI's filetype (witx, `$filetype`). */
export const Filetype = {
  UNKNOWN: 0,
  BLOCK_DEVICE: 1,
  CHARACTER_DEVICE: 2,
  DIRECTORY: 3,
  REGULAR_FILE: 4,
  SOCKET_DGRAM: 5,
  SOCKET_STREAM: 6,
  SYMBOLIC_LINK: 7,
} as const;

/** WASI's fdflags (witx, `$fdflags`). */
export const Fdflags = { APPEND: 1, DSYNC: 2, NONBLOCK: 4, RSYNC: 8, SYNC: 16 } as const;

/**
 * One open descriptor. What a kind of descriptor cannot do keeps the answer given here.
 *
 * `read`, `write`, `accept`... move bytes without blocking and return a count or a negated errno; blocking, where the
 * descriptor is not set NONBLOCK, is the calling WASI function's business.
 */
export abstract class Descriptor {
  abstract readonly kind: "stdio" | "socket" | "listener" | "stream" | "file" | "ready";
  abstract readonly filetype: number;
  abstract readonly rights: bigint;
  fdflags = 0;
  /** The driver's handle, which poll can watch; -1 for what is always ready, or has its own way. Once there it stays. */
  handle = -1;
  /** Is what is read and written a whole message each time? */
  readonly messages: boolean = false;

  read(_bytes: Uint8Array, _offset: number, _length: number): number {
    return -Errno.NOTSUP;
  }

  write(_bytes: Uint8Array, _offset: number, _length: number): number {
    return -Errno.NOTSUP;
  }

  /** What the system knows of it; undefined for what is nothing of the system's. */
  stats(): BigIntStats | undefined {
    return undefined;
  }

  abstract close(): number;

  get nonblocking(): boolean {
    return (this.fdflags & Fdflags.NONBLOCK) !== 0;
  }
}

export class DescriptorTable {
  #slots: (Descriptor | undefined)[] = [];
  /** What `watchable` answers. A poll of thousands asks for all of them: numbers side by side, and no object is touched. */
  #handles = new Int32Array(64).fill(-Errno.BADF);
  #free: number[] = [];
  readonly limit: number;
  /** Told before a number is closed or renumbered, while its descriptor still works: whoever watches it lets go. */
  readonly beforeClose: ((fd: number, descriptor: Descriptor) => void)[] = [];

  /** `limit`: how many descriptors may be open at once. */
  constructor(limit = MOST_DESCRIPTORS) {
    this.limit = limit;
  }

  get(fd: number): Descriptor | undefined {
    return this.#slots[fd];
  }

  /** The handle that poll can watch; -EBADF for what is not open, -EPERM for what cannot be polled. */
  watchable(fd: number): number {
    return fd >>> 0 < this.#handles.length ? this.#handles[fd] : -Errno.BADF;
  }

  /** The kernel's own poll refuses it, as it turned out: a regular file, which stdin can be. */
  refuse(fd: number): void {
    this.#handles[fd] = -Errno.PERM;
  }

  #set(fd: number, descriptor: Descriptor | undefined): void {
    this.#slots[fd] = descriptor;
    if (fd >= this.#handles.length) {
      const handles = new Int32Array(fd * 2).fill(-Errno.BADF);
      handles.set(this.#handles);
      this.#handles = handles;
    }
    this.#handles[fd] =
      descriptor === undefined ? -Errno.BADF : descriptor.handle < 0 ? -Errno.PERM : descriptor.handle;
  }

  /** The new descriptor's number, or -EMFILE. */
  insert(descriptor: Descriptor): number {
    const fd = this.#free.pop() ?? this.#slots.length;
    if (fd >= this.limit) return -Errno.MFILE;
    this.#set(fd, descriptor);
    return fd;
  }

  /** Is there room for one more? For who must not make a thing that it could not keep. */
  get full(): boolean {
    return this.#free.length === 0 && this.#slots.length >= this.limit;
  }

  /** Takes `fd` out of the table; the caller closes what it gets. */
  remove(fd: number): Descriptor | undefined {
    const descriptor = this.#slots[fd];
    if (descriptor !== undefined) {
      this.#announce(fd, descriptor);
      this.#set(fd, undefined);
      this.#free.push(fd);
    }
    return descriptor;
  }

  /** fd_renumber: `to` becomes what `from` was, and `from` is free. Returns what stood at `to`. Both must be open. */
  renumber(from: number, to: number): Descriptor | undefined {
    const replaced = this.#slots[to];
    this.#announce(to, replaced!);
    this.#announce(from, this.#slots[from]!);
    const handle = this.#handles[from];
    this.#set(to, this.#slots[from]);
    this.#handles[to] = handle; // one that was refused stays so
    this.#set(from, undefined);
    this.#free.push(from);
    return replaced;
  }

  /** `fd`, which is open and not watched, becomes another thing. The caller closes what stood there, if it has to be. */
  replace(fd: number, descriptor: Descriptor): void {
    this.#set(fd, descriptor);
  }

  /** `descriptor`, which is open, has got its handle only now. */
  got(descriptor: Descriptor): void {
    const fd = this.#slots.indexOf(descriptor);
    if (fd >= 0) this.#set(fd, descriptor);
  }

  #announce(fd: number, descriptor: Descriptor): void {
    for (let index = 0; index < this.beforeClose.length; index++) this.beforeClose[index](fd, descriptor);
  }

  /** Every open descriptor with its number. */
  *open(): Generator<[number, Descriptor]> {
    for (const [fd, descriptor] of this.#slots.entries()) if (descriptor !== undefined) yield [fd, descriptor];
  }
}
