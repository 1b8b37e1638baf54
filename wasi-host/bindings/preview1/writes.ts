/** Writing bytes: fd_write and sock_send after the check of their arguments. */
import { Errno } from "../../abi/errno.ts";
import { OUT } from "../../abi/readiness.ts";
import { IoVector } from "../../drivers/contract/io-vector.ts";
import { pollfds, setPollfd } from "../../drivers/contract/pollfd.ts";
import type { Descriptor } from "../../kernel/descriptors.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { GuestMemory } from "../../memory/guest-memory.ts";
import { Wait } from "../../waiting/wait.ts";
import { copyIovecs } from "./iovec-copies.ts";
import { taken } from "./iovecs.ts";
import { blocks, deadlineOf } from "./retries.ts";

const { AGAIN, FAULT } = Errno;

/** Shared by all hosts of the thread: no call leaves anything in it. */
const vector = new IoVector();

/**
 * Writes all iovecs: as many bytes as fit now if the descriptor is NONBLOCK, otherwise all of them, as a blocking send(2)
 * does.
 */
export class Writes {
  readonly #kernel: Kernel;
  readonly #spare: WriteWait[] = [];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Returns an errno or the wait for room. If the errno is 0, the count is at `result`. */
  write(fd: number, descriptor: Descriptor, iovs: number, count: number, result: number): number | Wait {
    const { memory } = this.#kernel;
    let total = 0;
    if (count === 1 && descriptor.nonblocking) {
      const length = memory.view.getUint32(iovs + 4, true);
      const buffer = memory.view.getUint32(iovs, true);
      if (!memory.holds(buffer, length)) return FAULT;
      total = length === 0 ? 0 : descriptor.write(memory.bytes, buffer, length);
    } else {
      total = write(memory, descriptor, iovs, count, 0);
      if (starved && blocks(descriptor)) {
        const wait = this.#spare.pop() ?? new WriteWait(this.#kernel, this.#spare);
        return wait.begin(fd, descriptor, iovs, count, result, total);
      }
    }
    return wrote(memory, result, total);
  }
}

/** Whether the last `write` ended for lack of room. */
let starved = false;

/** Writes the bytes after the first `done`. Returns the total count, or a negated errno if no byte was written. */
function write(memory: GuestMemory, descriptor: Descriptor, iovs: number, count: number, done: number): number {
  starved = false;
  if (!copyIovecs(vector, memory, iovs, taken(count))) return done > 0 ? done : -FAULT;
  let total = Math.min(done, vector.length);
  let left = vector.length - total;
  vector.drop(total);
  while (left > 0) {
    const went =
      vector.count === 1
        ? descriptor.write(memory.bytes, vector.pairs[vector.first], left)
        : descriptor.writeVector(memory.bytes, vector);
    if (went <= 0) {
      starved = went === -AGAIN;
      return total > 0 ? total : went;
    }
    total += went;
    left -= went;
    if (left === 0 || descriptor.nonblocking) break;
    vector.drop(went);
  }
  return total;
}

function wrote(memory: GuestMemory, result: number, count: number): number {
  if (count < 0) return -count;
  memory.view.setUint32(result, count, true);
  return 0;
}

/** A blocking write that is not complete. */
class WriteWait extends Wait {
  readonly fds = pollfds(1);
  readonly count = 1;
  deadline = Infinity;
  readonly #kernel: Kernel;
  readonly #spare: WriteWait[];
  #fd = 0;
  #descriptor: Descriptor | undefined;
  #iovs = 0;
  #length = 0;
  #result = 0;
  /** Written bytes, or a negated errno. */
  #total = 0;

  constructor(kernel: Kernel, spare: WriteWait[]) {
    super();
    this.#kernel = kernel;
    this.#spare = spare;
  }

  begin(fd: number, descriptor: Descriptor, iovs: number, count: number, result: number, total: number): this {
    setPollfd(this.fds, 0, descriptor.handle, OUT);
    this.deadline = deadlineOf(this.#kernel, descriptor, OUT);
    this.#fd = fd;
    this.#descriptor = descriptor;
    this.#iovs = iovs;
    this.#length = count;
    this.#result = result;
    this.#total = total;
    return this;
  }

  /** A partial write is a count, whatever ends the wait: like the kernel, this reports it before the error. */
  resume(ready: number): number | Wait {
    const { memory, descriptors } = this.#kernel;
    const descriptor = this.#descriptor!;
    memory.refresh();
    const done = Math.max(0, this.#total);
    if (ready <= 0 || descriptors.get(this.#fd) !== descriptor) {
      const error = ready < 0 ? ready : ready === 0 ? -AGAIN : -Errno.BADF;
      return wrote(memory, this.#result, done > 0 ? done : error);
    }
    this.#total = write(memory, descriptor, this.#iovs, this.#length, done);
    return starved ? this : wrote(memory, this.#result, this.#total);
  }

  override release(): void {
    this.#descriptor = undefined;
    this.#spare.push(this);
  }
}
