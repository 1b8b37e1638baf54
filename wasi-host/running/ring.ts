/**
 * The ring of an asynchronous program: a small io_uring(7) in linear memory.
 *
 * The guest adds submissions and continues. Between its steps the host takes them, moves bytes directly between socket and
 * linear memory, and adds completions. The guest makes no call to wait or to copy. `assembly/abi/ring.ts` draws the ring.
 *
 * The guest can write to the ring at any time, so nothing in it is trusted. The capacity is read once; the host keeps its own
 * counters (submission head, completion tail) and only writes them out; the guest's counters are bounded before use. An
 * operation that cannot be made completes with an errno. At most `capacity` operations are pending; later ones stay in the
 * ring.
 *
 * Operations on one descriptor in one direction are made in order of submission.
 */
import {
  OP_ACCEPT,
  OP_NOP,
  OP_RECV,
  OP_SEND,
  OPERATION_BUFFER,
  OPERATION_DATA,
  OPERATION_FD,
  OPERATION_LENGTH,
  OPERATION_OP,
  OPERATION_SIZE,
} from "../../assembly/abi/operation.ts";
import {
  COMPLETION_DATA,
  COMPLETION_RESULT,
  COMPLETION_SIZE,
  RING_CAPACITY,
  RING_COMPLETION_HEAD,
  RING_COMPLETION_TAIL,
  RING_MOST_ENTRIES,
  RING_SUBMISSION_HEAD,
  RING_SUBMISSION_TAIL,
  RING_SUBMISSIONS,
} from "../../assembly/abi/ring.ts";
import { Errno } from "../abi/errno.ts";
import { IN, OUT, RDHUP } from "../abi/readiness.ts";
import { acceptNonblocking } from "../bindings/ready-file/batch.ts";
import { pollfds, revents, setPollfd } from "../drivers/contract/pollfd.ts";
import type { Descriptor } from "../kernel/descriptors.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { Listener, Stream } from "../kernel/sockets.ts";

/** As for sock_recv: the result has 31 bits. */
const MAX_BYTES = 0x7fff_ffff;

interface Operation {
  readonly op: number;
  readonly buffer: number;
  readonly length: number;
  readonly data: bigint;
  readonly descriptor: Descriptor | undefined;
  result: number;
}

export class Ring {
  readonly #host: Kernel;
  readonly #address: number;
  readonly #capacity: number;
  /** The submission head and the completion tail. */
  #taken: number;
  #posted: number;
  /** Waiting operations, by descriptor and direction: `keyOf`. No queue is empty. */
  readonly #waiting = new Map<number, Operation[]>();
  /** Completed operations that are not in the ring yet. */
  #done: Operation[] = [];
  #underWay = 0;
  /** The keys of the entries of `fds`. */
  #watched: number[] = [];
  /** A pollfd for each queue, set by `watch`, with room for one more. */
  fds = pollfds(64);

  /** Throws an `Error` for an invalid ring. */
  constructor(host: Kernel, address: number) {
    const { memory } = host;
    memory.refresh();
    if (!memory.holds(address, RING_SUBMISSIONS) || address % 8 !== 0) {
      throw new Error(`pollux_ring() returned ${address}: expected an address in memory, a multiple of 8`);
    }
    const capacity = memory.view.getUint32(address + RING_CAPACITY, true);
    if (capacity === 0 || capacity > RING_MOST_ENTRIES || (capacity & (capacity - 1)) !== 0) {
      throw new Error(`the ring's capacity is ${capacity}: expected a power of two, ${RING_MOST_ENTRIES} at the most`);
    }
    if (!memory.holds(address, RING_SUBMISSIONS + capacity * (OPERATION_SIZE + COMPLETION_SIZE))) {
      throw new Error(`the ring's ${capacity} entries at ${address} do not fit into memory`);
    }
    this.#host = host;
    this.#address = address;
    this.#capacity = capacity;
    this.#taken = memory.view.getUint32(address + RING_SUBMISSION_HEAD, true);
    this.#posted = memory.view.getUint32(address + RING_COMPLETION_TAIL, true);
    // A closed number may be another descriptor at the next step.
    host.descriptors.beforeClose.push((fd) => this.#cancel(fd));
  }

  /** Takes submissions, and completes what it can at once. True if completions were posted. */
  take(): boolean {
    const { memory } = this.#host;
    memory.refresh();
    const { view } = memory;
    const tail = view.getUint32(this.#address + RING_SUBMISSION_TAIL, true);
    const submitted = Math.min((tail - this.#taken) >>> 0, this.#capacity - this.#underWay);
    for (let left = submitted; left > 0; left--) {
      const index = this.#taken & (this.#capacity - 1);
      this.#submit(this.#address + RING_SUBMISSIONS + index * OPERATION_SIZE);
      this.#taken = (this.#taken + 1) >>> 0;
    }
    view.setUint32(this.#address + RING_SUBMISSION_HEAD, this.#taken, true);
    return this.#post();
  }

  /** Fills `fds` with the waits of all operations. Returns the number of entries. */
  watch(): number {
    const count = this.#waiting.size;
    if ((count + 1) * 2 > this.fds.length) this.fds = pollfds(count * 2 + 1);
    this.#watched.length = 0;
    for (const [key, queue] of this.#waiting) {
      const { handle } = queue[0].descriptor!;
      setPollfd(this.fds, this.#watched.length, handle, key % 2 === 0 ? IN | RDHUP : OUT);
      this.#watched.push(key);
    }
    return count;
  }

  /** Makes the operations that the readiness in `fds` allows. Returns whether completions were posted. */
  advance(): boolean {
    this.#host.memory.refresh();
    for (const [index, key] of this.#watched.entries()) if (revents(this.fds, index) !== 0) this.#run(key);
    this.#watched.length = 0;
    return this.#post();
  }

  #submit(at: number): void {
    const { view } = this.#host.memory;
    const fd = view.getUint32(at + OPERATION_FD, true);
    const operation: Operation = {
      op: view.getUint32(at + OPERATION_OP, true),
      buffer: view.getUint32(at + OPERATION_BUFFER, true),
      length: view.getUint32(at + OPERATION_LENGTH, true),
      data: view.getBigUint64(at + OPERATION_DATA, true),
      descriptor: this.#host.descriptors.get(fd),
      result: 0,
    };
    this.#underWay++;
    const key = keyOf(fd, operation.op);
    const queue = this.#waiting.get(key);
    const error = this.#refusal(operation);
    if (operation.op === OP_NOP || error !== 0) this.#finish(operation, -error);
    else if (queue !== undefined) queue.push(operation);
    else {
      this.#waiting.set(key, [operation]);
      this.#run(key);
    }
  }

  /** 0, or the errno of an operation that cannot be tried: sock_recv's, sock_send's and sock_accept's own. */
  #refusal({ op, buffer, length, descriptor }: Operation): number {
    if (op === OP_NOP) return 0;
    if (op > OP_ACCEPT) return Errno.INVAL;
    if (descriptor === undefined) return Errno.BADF;
    const isListener = descriptor instanceof Listener;
    if (!isListener && !(descriptor instanceof Stream)) return Errno.NOTSOCK;
    if (op === OP_ACCEPT) return isListener ? 0 : Errno.INVAL;
    if (isListener) return Errno.NOTCONN;
    if (length > MAX_BYTES) return Errno.INVAL;
    return this.#host.memory.holds(buffer, length) ? 0 : Errno.FAULT;
  }

  /** Makes a queue's operations in order, until one would block. */
  #run(key: number): void {
    const queue = this.#waiting.get(key);
    while (queue !== undefined && queue.length > 0) {
      const result = this.#attempt(queue[0]);
      if (result === -Errno.AGAIN) return;
      this.#finish(queue.shift()!, result);
    }
    this.#waiting.delete(key);
  }

  #attempt({ op, buffer, length, descriptor }: Operation): number {
    const { bytes } = this.#host.memory;
    if (op === OP_ACCEPT) return acceptNonblocking(this.#host, descriptor);
    // recv(2) returns 0 for no bytes and for a read of 0 bytes; so does this, without a wait.
    if (length === 0) return 0;
    return op === OP_SEND ? descriptor!.write(bytes, buffer, length) : descriptor!.read(bytes, buffer, length);
  }

  #finish(operation: Operation, result: number): void {
    operation.result = result;
    this.#done.push(operation);
  }

  #cancel(fd: number): void {
    for (const key of [keyOf(fd, OP_RECV), keyOf(fd, OP_SEND)]) {
      for (const operation of this.#waiting.get(key) ?? []) this.#finish(operation, -Errno.CANCELED);
      this.#waiting.delete(key);
    }
  }

  /** Posts as many completions as fit; the others wait until the guest has taken some. */
  #post(): boolean {
    if (this.#done.length === 0) return false;
    const { view } = this.#host.memory;
    const head = view.getUint32(this.#address + RING_COMPLETION_HEAD, true);
    const room = Math.max(0, this.#capacity - ((this.#posted - head) >>> 0));
    const posted = this.#done.splice(0, room);
    const completions = this.#address + RING_SUBMISSIONS + this.#capacity * OPERATION_SIZE;
    for (const { data, result } of posted) {
      const at = completions + (this.#posted & (this.#capacity - 1)) * COMPLETION_SIZE;
      view.setBigUint64(at + COMPLETION_DATA, data, true);
      view.setInt32(at + COMPLETION_RESULT, result, true);
      view.setUint32(at + COMPLETION_RESULT + 4, 0, true);
      this.#posted = (this.#posted + 1) >>> 0;
    }
    view.setUint32(this.#address + RING_COMPLETION_TAIL, this.#posted, true);
    this.#underWay -= posted.length;
    return posted.length > 0;
  }
}

/** recv and accept wait for the same direction of a descriptor; send for the other. */
function keyOf(fd: number, op: number): number {
  return fd * 2 + (op === OP_SEND ? 1 : 0);
}
