/**
 * The guest's descriptors: small numbers, each an object that says what can be done with it.
 *
 * A number that was closed is used again before a new one is taken, so the table stays as dense as the program is. The
 * table is bounded: EMFILE when it is full, as a process gets it.
 */
import type { BigIntStats } from "node:fs";
import { Errno } from "../abi/errno.ts";
import { Fdflags } from "../abi/file-attributes.ts";
import type { IoVector } from "../drivers/contract/io-vector.ts";
import type { GuestMemory } from "../memory/guest-memory.ts";
import { MAX_DESCRIPTORS } from "./limits.ts";

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
  /**
   * The driver's handle, which poll can watch; -1 for a descriptor that is always ready, or waits in its own way. It never
   * changes once set.
   */
  handle = -1;
  /** Maximum sleep in nanoseconds of a call that reads, and of one that writes (SO_RCVTIMEO, SO_SNDTIMEO). 0: no limit. */
  receiveTimeout = 0;
  sendTimeout = 0;
  /** Whether each read and write is a whole message. */
  readonly messages: boolean = false;

  read(_bytes: Uint8Array, _offset: number, _length: number): number {
    return -Errno.NOTSUP;
  }

  write(_bytes: Uint8Array, _offset: number, _length: number): number {
    return -Errno.NOTSUP;
  }

  /**
   * Of one without a handle: how many bytes can be read now (FIONREAD); 0 where that is not known. `scratch`: 8 bytes of
   * the guest's memory that may be written to.
   */
  available(_memory: GuestMemory, _scratch: number): number {
    return 0;
  }

  /** `read` into several buffers, one after the other until a short count; of a stream by one call of the driver. */
  readVector(bytes: Uint8Array, vector: IoVector): number {
    const { pairs } = vector;
    let total = 0;
    for (let at = vector.first; at < vector.end; at += 2) {
      const count = this.read(bytes, pairs[at], pairs[at + 1]);
      if (count < 0) return total > 0 ? total : count;
      total += count;
      if (count < pairs[at + 1]) break;
    }
    return total;
  }

  /** `write` from several buffers, one after the other until a short count; of a stream by one call of the driver. */
  writeVector(bytes: Uint8Array, vector: IoVector): number {
    const { pairs } = vector;
    let total = 0;
    for (let at = vector.first; at < vector.end; at += 2) {
      const count = this.write(bytes, pairs[at], pairs[at + 1]);
      if (count < 0) return total > 0 ? total : count;
      total += count;
      if (count < pairs[at + 1]) break;
    }
    return total;
  }

  /** The system's file status; undefined if it is not a file of the system. */
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
  /** The results of `watchable`. A poll of thousands reads them all, so they are adjacent numbers, and no object is touched. */
  #handles = new Int32Array(64).fill(-Errno.BADF);
  #free: number[] = [];
  readonly limit: number;
  /** One number more, which `insert` never gives out, and its descriptor from when it is claimed. */
  #reserved = -1;
  #claimed: Descriptor | undefined;
  #make: (() => Descriptor) | undefined;
  /** Called before a number is closed or renumbered, while its descriptor still works, to end its watches. */
  readonly beforeClose: ((fd: number, descriptor: Descriptor) => void)[] = [];

  /** `limit`: how many descriptors may be open at once. */
  constructor(limit = MAX_DESCRIPTORS) {
    this.limit = limit;
  }

  get(fd: number): Descriptor | undefined {
    return fd === this.#reserved ? this.#claimed : this.#slots[fd];
  }

  /**
   * Keeps `fd` for what `make` returns at the first `claim`. Until then the number is closed; after it, it stays open until
   * the table is cleared, and does not count against the limit.
   *
   * @param fd a number at or above the limit
   */
  reserve(fd: number, make: () => Descriptor): void {
    this.#reserved = fd;
    this.#make = make;
  }

  /** As `get`, and opens the reserved number. */
  claim(fd: number): Descriptor | undefined {
    if (fd !== this.#reserved) return this.#slots[fd];
    this.#claimed ??= this.#make?.();
    return this.#claimed;
  }

  /** Whether this is the reserved number, and open. A guest cannot close or renumber it. */
  isClaimed(fd: number): boolean {
    return fd === this.#reserved && this.#claimed !== undefined;
  }

  /** Has `fd` ever been given out? It may be closed by now. */
  wasOpen(fd: number): boolean {
    return fd < this.#slots.length;
  }

  /** The handle that poll can watch; -EBADF for a closed descriptor, -EPERM for one that cannot be polled. */
  watchable(fd: number): number {
    if (fd >>> 0 < this.#handles.length) return this.#handles[fd];
    return this.isClaimed(fd) ? -Errno.PERM : -Errno.BADF;
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

  /** Whether there is room for one more. Ask before creating what would be inserted. */
  get full(): boolean {
    return this.#free.length === 0 && this.#slots.length >= this.limit;
  }

  /** Removes `fd` from the table. The caller closes the returned descriptor. */
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

  /** Replaces the descriptor of `fd`, which is open and not watched. The caller closes the old one if necessary. */
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
    if (this.#claimed !== undefined) yield [this.#reserved, this.#claimed];
  }

  /** Closes everything; nothing can be claimed any more. */
  clear(): void {
    for (const fd of [...this.#slots.keys()]) this.remove(fd)?.close();
    this.#claimed?.close();
    this.#claimed = this.#make = undefined;
  }
}
