/**
 * Many reads and writes in one system call: io_submit(2), Linux's asynchronous I/O. On a non-blocking socket it
 * completes each operation in order before it returns, with EAGAIN if the operation would block.
 *
 * io_uring_enter(2) would do the same, but more containers forbid it.
 *
 * The results are in a ring that the kernel shares with the process (`struct aio_ring`, fs/aio.c), which libaio reads too. A
 * magic number identifies its layout.
 */
import { MAX_TRANSFERS, SENDS, TRANSFER_WORDS } from "../contract/transfers.ts";
import { koffi, libc, NativeBuffer, wasiErrno } from "./libc.ts";
import { noteContext } from "./open-descriptors.ts";

interface Calls {
  readonly setup: number;
  readonly destroy: number;
  readonly submit: number;
}

/** Numbers of system calls without a name in C libraries. */
const CALLS: Readonly<Record<string, Calls>> = {
  x64: { setup: 206, destroy: 207, submit: 209 },
  arm64: { setup: 0, destroy: 1, submit: 2 },
};
const calls = CALLS[process.arch];

/** linux/aio_abi.h, `struct iocb`, 64 bytes, in words. */
const IOCB = 16;
const IOCB_DATA = 0;
const IOCB_OPCODE = 4;
const IOCB_FILDES = 5;
const IOCB_BUFFER = 6;
const IOCB_BYTES = 8;
const PREAD = 0;
const PWRITE = 1;

/** The ring's header and `struct io_event`, 32 bytes each, in words. */
const RING_ENTRIES = 1;
const RING_HEAD = 2;
const RING_TAIL = 3;
const RING_MAGIC = 4;
const RING_INCOMPATIBLE = 6;
const RING_EVENTS = 8;
const MAGIC = 0xa10a10a1;
const EVENT = 8;
const EVENT_DATA = 0;
const EVENT_RESULT = 4;

export class Submissions {
  readonly #context: number;
  readonly #iocbs = new NativeBuffer(MAX_TRANSFERS * IOCB * 4);
  readonly #words = new Int32Array(this.#iocbs.buffer);
  readonly #pointers = new NativeBuffer(MAX_TRANSFERS * 8);
  #ring: Int32Array;
  readonly #entries: number;

  /** Undefined if the kernel refuses it to this process. */
  static open(): Submissions | undefined {
    if (calls === undefined) return undefined;
    const made = new NativeBuffer(8);
    if (libc.syscall(calls.setup, MAX_TRANSFERS, made.address, 0) !== 0) return undefined;
    const context = made.view.getBigUint64(0, true);
    noteContext(Number(context));
    const header = (word: number): number => koffi.decode(context, word * 4, "uint32_t");
    if (header(RING_MAGIC) === MAGIC && header(RING_INCOMPATIBLE) === 0) {
      return new Submissions(context, header(RING_ENTRIES));
    }
    destroyContext(Number(context));
    return undefined;
  }

  private constructor(context: bigint, entries: number) {
    this.#context = Number(context);
    this.#entries = entries;
    this.#ring = new Int32Array(koffi.view(context, (RING_EVENTS + entries * EVENT) * 4));
    for (let index = 0; index < MAX_TRANSFERS; index++) {
      this.#pointers.view.setBigUint64(index * 8, BigInt(this.#iocbs.address + index * IOCB * 4), true);
    }
  }

  /**
   * Prepares transfer `index` of a list as number `place`. `low` and `high` are the halves of the address of the list's bytes: an address as
   * a double takes more instructions.
   */
  put(place: number, list: Int32Array, index: number, low: number, high: number): void {
    const words = this.#words;
    const iocb = place * IOCB;
    const entry = index * TRANSFER_WORDS;
    const address = (low + list[entry + 1]) | 0;
    const carry = address >>> 0 < low >>> 0 ? 1 : 0;
    words[iocb + IOCB_DATA] = index;
    words[iocb + IOCB_OPCODE] = list[entry + 3] === SENDS ? PWRITE : PREAD;
    words[iocb + IOCB_FILDES] = list[entry];
    words[iocb + IOCB_BUFFER] = address;
    words[iocb + IOCB_BUFFER + 1] = high + carry;
    words[iocb + IOCB_BYTES] = list[entry + 2];
  }

  /** The transfer at `place`. */
  indexAt(place: number): number {
    return this.#words[place * IOCB + IOCB_DATA];
  }

  /**
   * Makes `count` of the prepared transfers, from `first` on, until one is refused. Writes the results to the list;
   * returns the number of made transfers.
   */
  submit(first: number, count: number, list: Int32Array): number {
    const made = Math.max(libc.syscall(calls.submit, this.#context, count, this.#pointers.address + first * 8), 0);
    let left = made;
    const ring = this.#ring;
    const tail = ring[RING_TAIL];
    let head = ring[RING_HEAD];
    while (head !== tail) {
      const event = RING_EVENTS + head * EVENT;
      const result = ring[event + EVENT_RESULT];
      list[ring[event + EVENT_DATA] * TRANSFER_WORDS + 3] = result < 0 ? -wasiErrno(-result) : result;
      if (++head === this.#entries) head = 0;
      left--;
    }
    ring[RING_HEAD] = head;
    if (left !== 0)
      throw new Error(`io_submit: ${left} of ${made} operations are not done, although the sockets are non-blocking`);
    return made;
  }

  close(): void {
    // The memory of the ring is invalid from here on.
    this.#ring = new Int32Array(0);
    destroyContext(this.#context);
  }
}

/** Ends a context of this process, made by any thread. */
export function destroyContext(context: number): void {
  noteContext(0);
  libc.syscall(calls.destroy, context, 0, 0);
}
