/** How a call waits until the driver has bound a socket. */

import { Errno } from "../../abi/errno.ts";
import { OUT } from "../../abi/readiness.ts";
import type { Driver } from "../../drivers/contract/driver.ts";
import { pollfds, revents, setPollfd } from "../../drivers/contract/pollfd.ts";
import type { DatagramSocket } from "../../kernel/datagrams.ts";
import type { Descriptor } from "../../kernel/descriptors.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { Wait } from "../../waiting/wait.ts";

/** Continues with 0, or the errno of the wait. */
export type Next = (error: number) => number | Wait;

/**
 * Waits until the driver has said whether a handle is bound, and continues with 0 or the wait's errno. Without a free
 * event loop there is nothing to wait for: a driver that sleeps has answered, and another one answers one turn later.
 */
export function untilBound(kernel: Kernel, fd: number, socket: Descriptor, handle: number, next: Next): number | Wait {
  if (!kernel.suspends || writability(kernel.driver, handle) !== 0) return next(0);
  return new OutputWait(kernel, fd, socket, handle, Infinity, (ready) => next(ready > 0 ? 0 : -ready));
}

/** A socket without a name gets one of the system's choice, as by sendto(2). */
export function ensureBound(kernel: Kernel, fd: number, socket: DatagramSocket, next: Next): number | Wait {
  const error = socket.ensureOpen();
  return error < 0 ? next(-error) : awaitName(kernel, fd, socket, next);
}

/**
 * For a socket with a name: continues with 0, or with the errno of the wait or of the refused name, which the socket
 * then lacks.
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
   * @param fd the number of `descriptor`
   * @param next gets the argument of `resume`; -EBADF if the descriptor was closed meanwhile
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

/** The ready bits of OUT, ERR and HUP. */
export function writability(driver: Driver, handle: number): number {
  setPollfd(one, 0, handle, OUT);
  driver.poll(one, 1, 0);
  return revents(one, 0);
}
