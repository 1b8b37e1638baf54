/**
 * The ring of an asynchronous program: a small io_uring(7) in linear memory.
 *
 * The guest puts submissions in and computes; between its steps the host takes them, moves the bytes straight between
 * socket and linear memory when that is possible, and puts completions in. Neither the waiting nor the copying is a call
 * of the guest's. `assembly/memory/layout.ts` draws the ring.
 *
 * All that stands in the ring is the guest's to write, at any time, and is never trusted: the capacity is read once, the
 * counters that are the host's (submission head, completion tail) are kept here and only written out, the guest's are
 * bounded before use. What cannot be done is a completion with an errno. At most `capacity` operations are under way:
 * the next ones stay in the ring, so that a guest meets a full ring, and the host no end of memory.
 *
 * Operations on one descriptor in one direction are done in the order in which they were submitted.
 */
import {
  COMPLETION_DATA,
  COMPLETION_RESULT,
  COMPLETION_SIZE,
  OP_ACCEPT,
  OP_NOP,
  OP_RECV,
  OP_SEND,
  RING_CAPACITY,
  RING_COMPLETION_HEAD,
  RING_COMPLETION_TAIL,
  RING_MOST_ENTRIES,
  RING_SUBMISSION_HEAD,
  RING_SUBMISSION_TAIL,
  RING_SUBMISSIONS,
  SUBMISSION_BUFFER,
  SUBMISSION_DATA,
  SUBMISSION_FD,
  SUBMISSION_LENGTH,
  SUBMISSION_OP,
  SUBMISSION_SIZE,
} from "../../assembly/memory/layout.ts";
import type { Descriptor } from "../descriptors.ts";
import { pollfds, revents, setPollfd } from "../drivers/pollfd.ts";
import { Errno } from "../errno.ts";
import { IN, OUT, RDHUP } from "../readiness.ts";
import { Listener, Stream } from "../sockets.ts";
import type { HostState } from "../state.ts";

/** As sock_recv's: the result has 31 bits. */
const MOST_BYTES = 0x7fff_ffff;

interface Operation {
  readonly op: number;
  readonly buffer: number;
  readonly length: number;
  readonly data: bigint;
  readonly descriptor: Descriptor | undefined;
  result: number;
}

export class Ring {
  readonly #host: HostState;
  readonly #address: number;
  readonly #capacity: number;
  /** The submission head and the completion tail. */
  #taken: number;
  #posted: number;
  /** What waits, by descriptor and direction: `keyOf`. No queue is empty. */
  readonly #waiting = new Map<number, Operation[]>();
  /** What is done, and not in the ring yet. */
  #done: Operation[] = [];
  #underWay = 0;
  /** The keys of the entries of `fds`. */
  #watched: number[] = [];
  /** A pollfd for each queue, as `watch` left them; with room for one entry more. */
  fds = pollfds(64);

  /** Throws an `Error` for what is no ring. */
  constructor(host: HostState, address: number) {
    const { memory } = host;
    memory.refresh();
    if (!memory.holds(address, RING_SUBMISSIONS) || address % 8 !== 0) {
      throw new Error(`pollux_ring() returned ${address}: expected an address in memory, a multiple of 8`);
    }
    const capacity = memory.view.getUint32(address + RING_CAPACITY, true);
    if (capacity === 0 || capacity > RING_MOST_ENTRIES || (capacity & (capacity - 1)) !== 0) {
      throw new Error(`the ring's capacity is ${capacity}: expected a power of two, ${RING_MOST_ENTRIES} at the most`);
    }
    if (!memory.holds(address, RING_SUBMISSIONS + capacity * (SUBMISSION_SIZE + COMPLETION_SIZE))) {
      throw new Error(`the ring's ${capacity} entries do not fit into memory behind ${address}`);
    }
    this.#host = host;
    this.#address = address;
    this.#capacity = capacity;
    this.#taken = memory.view.getUint32(address + RING_SUBMISSION_HEAD, true);
    this.#posted = memory.view.getUint32(address + RING_COMPLETION_TAIL, true);
    // A number that is closed may be another descriptor's at the next step.
    host.descriptors.beforeClose.push((fd) => this.#cancel(fd));
  }

  /** Takes what was submitted, and does at once what can be done at once. True where completions were posted. */
  take(): boolean {
    const { memory } = this.#host;
    memory.refresh();
    const { view } = memory;
    const tail = view.getUint32(this.#address + RING_SUBMISSION_TAIL, true);
    const submitted = Math.min((tail - this.#taken) >>> 0, this.#capacity - this.#underWay);
    for (let left = submitted; left > 0; left--) {
      const index = this.#taken & (this.#capacity - 1);
      this.#submit(this.#address + RING_SUBMISSIONS + index * SUBMISSION_SIZE);
      this.#taken = (this.#taken + 1) >>> 0;
    }
    view.setUint32(this.#address + RING_SUBMISSION_HEAD, this.#taken, true);
    return this.#post();
  }

  /** Fills `fds` with what operations wait for. Returns how many entries there are. */
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

  /** Does what the readiness in `fds` allows. True where completions were posted. */
  advance(): boolean {
    this.#host.memory.refresh();
    for (const [index, key] of this.#watched.entries()) if (revents(this.fds, index) !== 0) this.#run(key);
    this.#watched.length = 0;
    return this.#post();
  }

  #submit(at: number): void {
    const { view } = this.#host.memory;
    const fd = view.getUint32(at + SUBMISSION_FD, true);
    const operation: Operation = {
      op: view.getUint32(at + SUBMISSION_OP, true),
      buffer: view.getUint32(at + SUBMISSION_BUFFER, true),
      length: view.getUint32(at + SUBMISSION_LENGTH, true),
      data: view.getBigUint64(at + SUBMISSION_DATA, true),
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

  /** 0, or the errno for what cannot even be tried: sock_recv's, sock_send's and sock_accept's own. */
  #refusal({ op, buffer, length, descriptor }: Operation): number {
    if (op === OP_NOP) return 0;
    if (op > OP_ACCEPT) return Errno.INVAL;
    if (descriptor === undefined) return Errno.BADF;
    const isListener = descriptor instanceof Listener;
    if (!isListener && !(descriptor instanceof Stream)) return Errno.NOTSOCK;
    if (op === OP_ACCEPT) return isListener ? 0 : Errno.INVAL;
    if (isListener) return Errno.NOTCONN;
    if (length > MOST_BYTES) return Errno.INVAL;
    return this.#host.memory.holds(buffer, length) ? 0 : Errno.FAULT;
  }

  /** One operation of a queue after the other, until one would block. */
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
    if (op === OP_ACCEPT) return this.#accept(descriptor as Listener);
    // To recv(2) nothing to read and nothing wanted are both 0: so it is here, without a wait.
    if (length === 0) return 0;
    return op === OP_SEND ? descriptor!.write(bytes, buffer, length) : descriptor!.read(bytes, buffer, length);
  }

  #accept(listener: Listener): number {
    const { descriptors, driver } = this.#host;
    if (descriptors.full) return -Errno.MFILE;
    const handle = listener.accept();
    return handle < 0 ? handle : descriptors.insert(new Stream(driver, handle, true));
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

  /** As many completions as the ring has room for; the others are held back until the guest has taken some. */
  #post(): boolean {
    if (this.#done.length === 0) return false;
    const { view } = this.#host.memory;
    const head = view.getUint32(this.#address + RING_COMPLETION_HEAD, true);
    const room = Math.max(0, this.#capacity - ((this.#posted - head) >>> 0));
    const posted = this.#done.splice(0, room);
    const completions = this.#address + RING_SUBMISSIONS + this.#capacity * SUBMISSION_SIZE;
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
