/**
 * recv's two flags (witx, `$riflags`; recv(2), MSG_PEEK and MSG_WAITALL). Not on the hot path: few programs use them.
 */
import { Errno } from "../../abi/errno.ts";
import { ERR, HUP, IN, RDHUP } from "../../abi/readiness.ts";
import type { EdgeQueue } from "../../drivers/contract/driver.ts";
import { IoVector } from "../../drivers/contract/io-vector.ts";
import { pollfds, revents, setPollfd } from "../../drivers/contract/pollfd.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Stream } from "../../kernel/sockets.ts";
import { type GuestMemory, IOVEC, IOVEC_LENGTH } from "../../memory/guest-memory.ts";
import { Wait } from "../../waiting/wait.ts";
import { copyIovecs } from "./iovec-copies.ts";
import { blocks, deadlineOf, type Retries } from "./retries.ts";

/** A longer peek is a short count. */
const MAX_PEEKED = 1 << 20;
const ENDED = RDHUP | HUP | ERR;

/** Turns a count or a negated errno into the call's errno. */
export type Answer = (count: number) => number;

/** WAITALL: waits until everything is full, unless the stream ends, fails, or is NONBLOCK. */
export function receiveAll(
  kernel: Kernel,
  fd: number,
  stream: Stream,
  iovs: number,
  count: number,
  answer: Answer,
): number | Wait {
  return new AllWait(kernel, fd, stream, iovs, count, answer).fill();
}

class AllWait extends Wait {
  readonly fds = pollfds(1);
  readonly count = 1;
  readonly deadline: number;
  readonly #kernel: Kernel;
  readonly #fd: number;
  readonly #stream: Stream;
  readonly #iovs: number;
  readonly #length: number;
  readonly #answer: Answer;
  /** Received bytes. */
  #total = 0;

  constructor(kernel: Kernel, fd: number, stream: Stream, iovs: number, count: number, answer: Answer) {
    super();
    setPollfd(this.fds, 0, stream.handle, IN);
    this.deadline = deadlineOf(kernel, stream, IN);
    this.#kernel = kernel;
    this.#fd = fd;
    this.#stream = stream;
    this.#iovs = iovs;
    this.#length = count;
    this.#answer = answer;
  }

  /** Received bytes are a count, whatever ends the wait. */
  resume(ready: number): number | Wait {
    const { memory, descriptors } = this.#kernel;
    memory.refresh();
    if (ready > 0 && descriptors.get(this.#fd) === this.#stream) return this.fill();
    return this.#end(ready < 0 ? ready : ready === 0 ? -Errno.AGAIN : -Errno.BADF);
  }

  /** Continues after the received bytes. */
  fill(): number | Wait {
    const { memory } = this.#kernel;
    let come = this.#total;
    for (let at = this.#iovs, end = at + this.#length * IOVEC; at < end; at += IOVEC) {
      let buffer = memory.view.getUint32(at, true);
      let left = memory.view.getUint32(at + IOVEC_LENGTH, true);
      if (!memory.holds(buffer, left)) return this.#end(-Errno.FAULT);
      const skipped = Math.min(come, left);
      come -= skipped;
      buffer += skipped;
      left -= skipped;
      while (left > 0) {
        const got = this.#stream.read(memory.bytes, buffer, left);
        if (got === -Errno.AGAIN && blocks(this.#stream)) return this;
        if (got <= 0) return this.#end(got);
        this.#total += got;
        buffer += got;
        left -= got;
      }
    }
    return this.#end(0);
  }

  /** `error`: a negated errno, or 0 at the end of the stream. */
  #end(error: number): number {
    return this.#answer(this.#total > 0 ? this.#total : error);
  }
}

/** PEEK: copies the received bytes into the iovecs. Each peek starts at the same byte. */
export function receivePeeking(
  kernel: Kernel,
  retries: Retries,
  fd: number,
  stream: Stream,
  iovs: number,
  count: number,
  all: boolean,
  answer: Answer,
): number | Wait {
  const { memory } = kernel;
  const wanted = Math.min(lengthOf(memory, iovs, count), MAX_PEEKED);
  if (wanted === 0) return answer(0);
  const bytes = new Uint8Array(new ArrayBuffer(wanted));
  const give = (got: number) => answer(got > 0 ? scatter(memory, iovs, count, bytes.subarray(0, got)) : got);
  const got = stream.peek(bytes, 0, wanted);
  if (all && got < wanted && (got > 0 || got === -Errno.AGAIN) && blocks(stream)) {
    return new PeekWait(kernel, fd, stream, bytes, give).begin();
  }
  if (got !== -Errno.AGAIN || !blocks(stream)) return give(got);
  return retries.when(fd, stream, IN, () => give(stream.peek(bytes, 0, wanted)));
}

/** Level readiness does not report more bytes behind unread ones, so this waits for the driver's wakeups. */
class PeekWait extends Wait {
  readonly fds = pollfds(0);
  readonly count = 0;
  readonly deadline: number;
  override readonly edges: EdgeQueue;
  readonly #kernel: Kernel;
  readonly #fd: number;
  readonly #stream: Stream;
  readonly #bytes: Uint8Array;
  readonly #give: Answer;
  readonly #record = new DataView(new ArrayBuffer(8));

  constructor(kernel: Kernel, fd: number, stream: Stream, bytes: Uint8Array, give: Answer) {
    super();
    this.deadline = deadlineOf(kernel, stream, IN);
    this.edges = kernel.driver.edges();
    this.#kernel = kernel;
    this.#fd = fd;
    this.#stream = stream;
    this.#bytes = bytes;
    this.#give = give;
  }

  begin(): number | Wait {
    const armed = this.edges.arm(this.#stream.handle, IN | RDHUP, 0);
    const next = armed < 0 ? this.#give(armed) : this.#peek();
    if (next !== this) this.release();
    return next;
  }

  resume(ready: number): number | Wait {
    const { memory, descriptors } = this.#kernel;
    memory.refresh();
    if (ready < 0) return this.#give(ready);
    if (descriptors.get(this.#fd) !== this.#stream) return this.#give(-Errno.BADF);
    if (ready === 0) return this.#give(this.#stream.peek(this.#bytes, 0, this.#bytes.length));
    this.edges.take(this.#record, 0, 1);
    return this.#peek();
  }

  #peek(): number | Wait {
    const stream = this.#stream;
    const atEnd = (readinessOf(this.#kernel, stream) & ENDED) !== 0;
    const got = stream.peek(this.#bytes, 0, this.#bytes.length);
    const more = got === -Errno.AGAIN || (got > 0 && got < this.#bytes.length);
    return more && !atEnd ? this : this.#give(got);
  }

  override release(): void {
    this.edges.forget(this.#stream.handle, 0);
    this.edges.close();
  }
}

function readinessOf({ driver }: Kernel, stream: Stream): number {
  const fds = pollfds(1);
  setPollfd(fds, 0, stream.handle, RDHUP);
  driver.poll(fds, 1, 0);
  return revents(fds, 0);
}

function lengthOf({ view }: GuestMemory, iovs: number, count: number): number {
  let total = 0;
  for (let index = 0; index < count; index++) total += view.getUint32(iovs + index * IOVEC + IOVEC_LENGTH, true);
  return total;
}

/** The number of copied bytes: all, unless the guest has changed its iovecs. */
function scatter(memory: GuestMemory, iovs: number, count: number, bytes: Uint8Array): number {
  copyIovecs(vector, memory, iovs, count);
  const placed = Math.min(vector.length, bytes.length);
  vector.scatter(bytes, placed, memory.bytes);
  return placed;
}

const vector = new IoVector();
