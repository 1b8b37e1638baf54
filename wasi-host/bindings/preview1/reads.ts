/** Reading bytes: fd_read and sock_recv after the check of their arguments. */
import { Errno } from "../../abi/errno.ts";
import { IN } from "../../abi/readiness.ts";
import { IoVector } from "../../drivers/contract/io-vector.ts";
import type { Descriptor } from "../../kernel/descriptors.ts";
import { type GuestMemory, IOVEC_LENGTH } from "../../memory/guest-memory.ts";
import type { Wait } from "../../waiting/wait.ts";
import { copyIovecs } from "./iovec-copies.ts";
import { taken } from "./iovecs.ts";
import { blocks, type Retries } from "./retries.ts";

const { AGAIN, FAULT } = Errno;

/** Stands in for the address of flags, for calls whose result has none. */
export const NO_FLAGS = -1;

/** Shared by all hosts of the thread: no call leaves anything in it. */
const vector = new IoVector();

/** Fills one iovec after the other with present bytes: one look. */
export class Reads {
  readonly #memory: GuestMemory;
  readonly #retries: Retries;

  constructor(memory: GuestMemory, retries: Retries) {
    this.#memory = memory;
    this.#retries = retries;
  }

  /** Returns an errno or the wait for bytes. If the errno is 0, the count is at `result` and roflags 0 is at `flagsAt`. */
  read(
    fd: number,
    descriptor: Descriptor,
    iovs: number,
    count: number,
    result: number,
    flagsAt: number,
  ): number | Wait {
    const errno = this.#attempt(descriptor, iovs, count, result, flagsAt);
    return errno === AGAIN && blocks(descriptor) ? this.#wait(fd, descriptor, iovs, count, result, flagsAt) : errno;
  }

  /** A separate function, because a closure's variables are allocated even if the closure is not made. */
  #wait(fd: number, descriptor: Descriptor, iovs: number, count: number, result: number, flagsAt: number): Wait {
    return this.#retries.when(fd, descriptor, IN, () => this.#attempt(descriptor, iovs, count, result, flagsAt));
  }

  #attempt(descriptor: Descriptor, iovs: number, count: number, result: number, flagsAt: number): number {
    const memory = this.#memory;
    const got = read(memory, descriptor, iovs, count);
    if (got < 0) return -got;
    memory.view.setUint32(result, got, true);
    if (flagsAt !== NO_FLAGS) memory.view.setUint16(flagsAt, 0, true);
    return 0;
  }
}

function read(memory: GuestMemory, descriptor: Descriptor, iovs: number, count: number): number {
  if (count === 1) {
    // The most frequent case, in every event loop.
    const length = memory.view.getUint32(iovs + IOVEC_LENGTH, true);
    const buffer = memory.view.getUint32(iovs, true);
    if (!memory.holds(buffer, length)) return -FAULT;
    return length === 0 ? 0 : descriptor.read(memory.bytes, buffer, length);
  }
  if (!copyIovecs(vector, memory, iovs, taken(count))) return -FAULT;
  return vector.length === 0 ? 0 : descriptor.readVector(memory.bytes, vector);
}
