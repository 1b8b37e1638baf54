/** How a call waits until the driver has bound a socket. */

import { Errno } from "../../abi/errno.ts";
import { OUT } from "../../abi/readiness.ts";
import type { Driver } from "../../drivers/contract/driver.ts";
import { pollfds, revents, setPollfd } from "../../drivers/contract/pollfd.ts";
import type { DatagramSocket } from "../../kernel/datagrams.ts";
import type { Descriptor } from "../../kernel/descriptors.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { Wait } from "../../waiting/wait.ts";

/** What a call does with the result: 0, or the errno of what was waited for. */
export type Next = (error: number) => number | Wait;

/**
 * Waits until the driver has said whether a handle is bound, and goes on with 0, or the errno of a wait that failed. Where the
 * event loop does not run there is nothing to wait for: a driver that sleeps has answered, and another one answers one turn later.
 */
export function untilBound(kernel: Kernel, fd: number, socket: Descriptor, handle: number, next: Next): number | Wait {
  if (!kernel.suspends || writability(kernel.driver, handle) !== 0) return next(0);
  return new OutputWait(kernel, fd, socket, handle, Infinity, (ready) => next(ready > 0 ? 0 : -ready));
}

/** Where the socket has no name it gets one of the system's choice, as sendto(2) does it. */
export function ensureBound(kernel: Kernel, fd: number, socket: DatagramSocket, next: Next): number | Wait {
  const error = socket.ensureOpen();
  return error < 0 ? next(-error) : awaitName(kernel, fd, socket, next);
}

/**
 * Of a socket that was given a name: goes on with 0, or an errno: of the wait, or that with which the name was refused; then it
 * has none.
 */
export function awaitName(kernel: Kernel, fd: number, socket: DatagramSocket, next: Next): number | Wait {
  if (!socket.binding) return next(0);
  return untilBound(kernel, fd, socket, socket.handle, (failed) => {
    if (failed !== 0) return next(failed);
    socket.binding = false;
    const error = kernel.driver.takeError(socket.handle);
    if (error !== 0) socket.unbind();
    return next(error);
  });
}

/** Waits for OUT, ERR or HUP of one handle. */
export class OutputWait extends Wait {
  readonly fds = pollfds(1);
  readonly count = 1;
  readonly deadline: number;
  readonly #kernel: Kernel;
  readonly #fd: number;
  readonly #descriptor: Descriptor;
  readonly #next: (ready: number) => number | Wait;

  /**
   * @param fd the number of `descriptor`, for which is waited
   * @param next is given what `resume` is; -EBADF where the descriptor was closed meanwhile
   */
  constructor(
    kernel: Kernel,
    fd: number,
    descriptor: Descriptor,
    handle: number,
    deadline: number,
    next: (ready: number) => number | Wait,
  ) {
    super();
    setPollfd(this.fds, 0, handle, OUT);
    this.deadline = deadline;
    this.#kernel = kernel;
    this.#fd = fd;
    this.#descriptor = descriptor;
    this.#next = next;
  }

  resume(ready: number): number | Wait {
    const { descriptors, memory } = this.#kernel;
    memory.refresh();
    return this.#next(descriptors.get(this.#fd) === this.#descriptor ? ready : -Errno.BADF);
  }
}

const one = pollfds(1);

/** OUT, ERR and HUP, as far as they are ready. */
export function writability(driver: Driver, handle: number): number {
  setPollfd(one, 0, handle, OUT);
  driver.poll(one, 1, 0);
  return revents(one, 0);
}
