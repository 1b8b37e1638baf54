/**
 * A batch of operations that fd_write to the ready file submits (assembly/abi/operation.ts): an array in the guest's memory.
 * The operations are made in order, and each result is written into its own record. None of them sleeps.
 *
 * Adjacent receives and sends go to the driver together. A server makes two calls for all connections that a wait reported,
 * instead of two for each.
 */
import {
  MAX_OPERATIONS,
  OP_ACCEPT,
  OP_ARM,
  OP_LOOK,
  OP_RECV,
  OP_SEND,
  OP_SIGNALS,
  OP_STOP,
  OP_VERSION,
  OPERATION_BUFFER,
  OPERATION_FD,
  OPERATION_LENGTH,
  OPERATION_MASK,
  OPERATION_OP,
  OPERATION_RESULT,
  OPERATION_SIZE,
} from "../../../assembly/abi/operation.ts";
import { ABI_MAJOR, ABI_VERSION } from "../../../assembly/abi/version.ts";
import { Errno } from "../../abi/errno.ts";
import type { EdgeQueue } from "../../drivers/contract/driver.ts";
import { MAX_TRANSFERS, RECEIVES, SENDS, TRANSFER_WORDS, transferOne } from "../../drivers/contract/transfers.ts";
import { AbiError } from "../../errors/abi-error.ts";
import type { Descriptor } from "../../kernel/descriptors.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { isSocket } from "../../kernel/socket-kinds.ts";
import { Listener, Stream } from "../../kernel/sockets.ts";
import type { Looks } from "./looks.ts";

const OP = OPERATION_OP / 4;
const FD = OPERATION_FD / 4;
const BUFFER = OPERATION_BUFFER / 4;
const LENGTH = OPERATION_LENGTH / 4;
const RESULT = OPERATION_RESULT / 4;
const MASK = OPERATION_MASK / 4;
const SIZE = OPERATION_SIZE / 4;
/** As for sock_recv: the result has 31 bits. */
const MAX_BYTES = 0x7fff_ffff;

/** The checked transfers of one call. */
const list = new Int32Array(MAX_TRANSFERS * TRANSFER_WORDS);

export class Batch {
  readonly #host: Kernel;
  readonly #edges: EdgeQueue;
  readonly #looks: Looks;

  constructor(host: Kernel, edges: EdgeQueue, looks: Looks) {
    this.#host = host;
    this.#edges = edges;
    this.#looks = looks;
  }

  /**
   * Makes the operations in `length` bytes at `at`, which are inside the memory; at most 64 in one call. Returns the number of
   * bytes of the made operations, or -EINVAL for less than one operation or a misaligned address.
   */
  submit(at: number, length: number): number {
    const count = Math.min(Math.floor(length / OPERATION_SIZE), MAX_OPERATIONS);
    if (count === 0 || (at & 3) !== 0) return -Errno.INVAL;
    const { words } = this.#host.memory;
    const first = at >>> 2;
    const end = first + count * SIZE;
    let transfers = 0;
    for (let word = first; word < end; word += SIZE) {
      const op = words[word + OP];
      const moves = op === OP_RECV || op === OP_SEND;
      if (transfers > 0 && (!moves || transfers === MAX_TRANSFERS)) {
        this.#transfer(words, word, transfers);
        transfers = 0;
      }
      if (moves) this.#add(words, word, transfers++);
      else words[word + RESULT] = this.#make(words, word, op);
    }
    if (transfers > 0) this.#transfer(words, end, transfers);
    return count * OPERATION_SIZE;
  }

  /** A count, a descriptor, or a negated errno. */
  #make(words: Int32Array, word: number, op: number): number {
    const fd = words[word + FD] >>> 0;
    switch (op) {
      case OP_LOOK:
        return this.#look(words[word + BUFFER] >>> 0, words[word + LENGTH] >>> 0);
      case OP_ARM:
        return this.#arm(fd, words[word + MASK] & 0xffff);
      case OP_STOP:
        return this.#stop(fd, words[word + MASK] & 0xffff);
      case OP_ACCEPT:
        return acceptNonblocking(this.#host, this.#host.descriptors.get(fd));
      case OP_VERSION:
        return agreed(fd);
      case OP_SIGNALS:
        return this.#host.signals?.watch(words[word + MASK]) ?? -Errno.NOTSUP;
      default:
        return -Errno.INVAL;
    }
  }

  #look(buffer: number, length: number): number {
    return this.#host.memory.holds(buffer, length) ? this.#looks.look(buffer, length) : -Errno.FAULT;
  }

  #arm(fd: number, mask: number): number {
    const { descriptors } = this.#host;
    const handle = descriptors.watchable(fd);
    if (handle < 0) return handle;
    const error = this.#edges.arm(handle, mask, fd);
    if (error === -Errno.PERM) descriptors.refuse(fd);
    return error;
  }

  #stop(fd: number, mask: number): number {
    const handle = this.#host.descriptors.watchable(fd);
    if (handle < 0) return handle;
    this.#edges.disarm(handle, mask, fd);
    return 0;
  }

  /** Makes a receive or a send at `word` entry `index` of the list, if it can be tried. */
  #add(words: Int32Array, word: number, index: number): void {
    const { descriptors, memory } = this.#host;
    const buffer = words[word + BUFFER] >>> 0;
    const size = words[word + LENGTH] >>> 0;
    const stream = descriptors.get(words[word + FD] >>> 0);
    const refused = refusal(stream) || (memory.holds(buffer, size) ? tooLong(size) : Errno.FAULT);
    const entry = index * TRANSFER_WORDS;
    list[entry] = refused === 0 ? stream!.handle : -1;
    list[entry + 1] = buffer;
    list[entry + 2] = size;
    list[entry + 3] = refused === 0 ? (words[word + OP] === OP_RECV ? RECEIVES : SENDS) : -refused;
  }

  /** Makes the `count` transfers of the list, which are the operations before `end`. */
  #transfer(words: Int32Array, end: number, count: number): void {
    const { driver, memory } = this.#host;
    if (driver.batches !== undefined) driver.batches.transfer(list, count, memory.bytes);
    else for (let index = 0; index < count; index++) transferOne(driver, list, index, memory.bytes);
    let word = end - count * SIZE;
    for (let entry = TRANSFER_WORDS - 1; word < end; word += SIZE, entry += TRANSFER_WORDS) {
      words[word + RESULT] = list[entry];
    }
  }
}

/**
 * Accepts the next connection of a listener as a non-blocking stream. Returns its descriptor; -EBADF, -EINVAL or -ENOTSOCK if
 * `listener` is not one, -EMFILE for a full table, -EAGAIN if no connection waits.
 */
export function acceptNonblocking(host: Kernel, listener: Descriptor | undefined): number {
  if (listener === undefined) return -Errno.BADF;
  if (!(listener instanceof Listener)) return isSocket(listener) ? -Errno.INVAL : -Errno.NOTSOCK;
  if (host.descriptors.full) return -Errno.MFILE;
  const handle = listener.accept();
  return handle < 0 ? handle : host.descriptors.insert(new Stream(host.driver, handle, true));
}

/** Returns the host's version. Throws an AbiError for another major version. */
function agreed(version: number): number {
  const major = version >>> 16;
  if (major !== ABI_MAJOR) throw new AbiError(major, ABI_MAJOR);
  return ABI_VERSION;
}

/** Returns 0 for a stream, otherwise sock_recv's errno. */
function refusal(descriptor: Descriptor | undefined): number {
  if (descriptor instanceof Stream) return 0;
  if (descriptor === undefined) return Errno.BADF;
  return isSocket(descriptor) ? Errno.NOTCONN : Errno.NOTSOCK;
}

function tooLong(size: number): number {
  return size <= MAX_BYTES ? 0 : Errno.INVAL;
}
