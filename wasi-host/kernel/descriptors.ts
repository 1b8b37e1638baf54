/**
 * The guest's descriptors: small numbers for objects with the operations of a descriptor.
 *
 * A closed number is used again before a new one, so the table stays dense. The table is bounded: EMFILE when it is
 * full, as in a process.
 */
import type { BigIntStats } from "node:fs";
import { Errno } from "../abi/errno.ts";
import { Fdflags } from "../abi/file-attributes.ts";
import type { IoVector } from "../drivers/contract/io-vector.ts";
import type { GuestMemory } from "../memory/guest-memory.ts";
import { MAX_DESCRIPTORS } from "./limits.ts";

/**
 * One open descriptor. The methods here are the answers of kinds without the operation.
 *
 * `read`, `write`, `accept`... move bytes without blocking and return a count or a negated errno. The calling WASI
 * function blocks, unless the descriptor is NONBLOCK.
 */
export abstract class Descriptor {
  abstract readonly kind: "stdio" | "socket" | "listener" | "stream" | "file" | "ready";
  abstract readonly filetype: number;
  abstract readonly rights: bigint;
  fdflags = 0;
  /**
   * The driver's handle, which poll can watch; -1 for a descriptor that is always ready, or has its own wait. It never
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
   * For one without a handle: the number of bytes that can be read now (FIONREAD); 0 if unknown. `scratch`: 8 bytes of
   * the guest's memory that may be written.
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
  /** The results of `watchable`. A poll of thousands reads them all, so they are adjacent numbers, without objects. */
  #handles = new Int32Array(64).fill(-Errno.BADF);
  #free: number[] = [];
  readonly limit: number;
  /** A reserved number, which `insert` never assigns, and its descriptor once it is claimed. */
  #reserved = -1;
  #claimed: Descriptor | undefined;
  #make: (() => Descriptor) | undefined;
  /** Called before a number is closed or renumbered, while its descriptor still works, to end its watches. */
  readonly beforeClose: ((fd: number, descriptor: Descriptor) => void)[] = [];

  /** `limit`: the most open descriptors. */
  constructor(limit = MAX_DESCRIPTORS) {
    this.limit = limit;
  }

  get(fd: number): Descriptor | undefined {
    return fd === this.#reserved ? this.#claimed : this.#slots[fd];
  }

  /**
   * Reserves `fd` for the result of `make` at the first `claim`. Until then the number is closed; afterwards it stays
   * open until the table is cleared, and does not count against the limit.
   *
   * @param fd a number at or above the limit
   */
  reserve(fd: number, make: () => Descriptor): void {
    this.#reserved = fd;
    this.#make = make;
  }

  /** Like `get`, but opens the reserved number. */
  claim(fd: number): Descriptor | undefined {
    if (fd !== this.#reserved) return this.#slots[fd];
    this.#claimed ??= this.#make?.();
    return this.#claimed;
  }

  /** Whether this is the reserved number, and open. A guest cannot close or renumber it. */
  isClaimed(fd: number): boolean {
    return fd === this.#reserved && this.#claimed !== undefined;
  }

  /** Whether `fd` was ever assigned. It may be closed by now. */
  wasOpen(fd: number): boolean {
    return fd < this.#slots.length;
  }

  /** The handle that poll can watch; -EBADF for a closed descriptor, -EPERM for one that cannot be polled. */
  watchable(fd: number): number {
    if (fd >>> 0 < this.#handles.length) return this.#handles[fd];
    return this.isClaimed(fd) ? -Errno.PERM : -Errno.BADF;
  }

  /** The kernel's own poll has refused it: a regular file, which stdin can be. */
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

  /** Whether there is room for another one. Ask before creating a descriptor. */
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

  /**
   * fd_renumber: moves the descriptor of `from` to `to`, and frees `from`. Returns the former descriptor of `to`. Both
   * must be open.
   */
  renumber(from: number, to: number): Descriptor | undefined {
    const replaced = this.#slots[to];
    this.#announce(to, replaced!);
    this.#announce(from, this.#slots[from]!);
    const handle = this.#handles[from];
    this.#set(to, this.#slots[from]);
    this.#handles[to] = handle; // once refused, always refused
    this.#set(from, undefined);
    this.#free.push(from);
    return replaced;
  }

  /** Replaces the descriptor of `fd`, which is open and not watched. The caller closes the old one if necessary. */
  replace(fd: number, descriptor: Descriptor): void {
    this.#set(fd, descriptor);
  }

  /** `descriptor`, which is open, has got its handle. */
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
