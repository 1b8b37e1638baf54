/** Calls on one descriptor that would block: they wait until it may be ready, and try again. */
import { Errno } from "../../abi/errno.ts";
import { IN } from "../../abi/readiness.ts";
import { pollfds, setPollfd } from "../../drivers/contract/pollfd.ts";
import { monotonicNanoseconds } from "../../drivers/contract/time.ts";
import type { Descriptor } from "../../kernel/descriptors.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { Wait } from "../../waiting/wait.ts";

/** Whether a call on the descriptor waits. Without a handle it cannot, and EAGAIN is final. */
export function blocks(descriptor: Descriptor): boolean {
  return descriptor.handle >= 0 && !descriptor.nonblocking;
}

/** The deadline of the descriptor's timeout for `events`; Infinity if it has none. */
export function deadlineOf({ driver }: Kernel, descriptor: Descriptor, events: number): number {
  const timeout = events === IN ? descriptor.receiveTimeout : descriptor.sendTimeout;
  return timeout === 0 ? Infinity : monotonicNanoseconds(driver) + timeout;
}

/** A call after the check of its arguments. Returns an errno: EAGAIN if it would block, without effect. */
type Attempt = () => number;

/** The waits of one guest's calls. A finished wait is used again, with its array. */
export class Retries {
  readonly #kernel: Kernel;
  readonly #spare: Retry[] = [];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /**
   * Waits until the descriptor may be ready for `events`, and makes the attempt again. The answer is EAGAIN after the
   * descriptor's timeout, EBADF if it was closed meanwhile, or the errno of a failed wait.
   *
   * @param fd the descriptor's number
   */
  when(fd: number, descriptor: Descriptor, events: number, attempt: Attempt): Wait {
    const wait = this.#spare.pop() ?? new Retry(this.#kernel, this.#spare);
    wait.begin(fd, descriptor, events, attempt);
    return wait;
  }
}

class Retry extends Wait {
  readonly fds = pollfds(1);
  readonly count = 1;
  deadline = Infinity;
  readonly #kernel: Kernel;
  readonly #spare: Retry[];
  #fd = 0;
  #descriptor: Descriptor | undefined;
  #attempt: Attempt | undefined;

  constructor(kernel: Kernel, spare: Retry[]) {
    super();
    this.#kernel = kernel;
    this.#spare = spare;
  }

  begin(fd: number, descriptor: Descriptor, events: number, attempt: Attempt): void {
    setPollfd(this.fds, 0, descriptor.handle, events);
    this.deadline = deadlineOf(this.#kernel, descriptor, events);
    this.#fd = fd;
    this.#descriptor = descriptor;
    this.#attempt = attempt;
  }

  resume(ready: number): number | Wait {
    if (ready <= 0) return ready === 0 ? Errno.AGAIN : -ready;
    const { descriptors, memory } = this.#kernel;
    if (descriptors.get(this.#fd) !== this.#descriptor) return Errno.BADF;
    memory.refresh();
    const errno = this.#attempt!();
    return errno === Errno.AGAIN ? this : errno;
  }

  override release(): void {
    this.#descriptor = this.#attempt = undefined;
    this.#spare.push(this);
  }
}
