/**
 * The ready file: poll_oneoff made persistent, as Solaris' /dev/poll. assembly/abi/ready-file.ts is its contract:
 * fd_write submits operations, fd_read returns wakeups, poll_oneoff sleeps. The first two never sleep.
 */

import { WAKEUP_SIZE } from "../../../assembly/abi/ready-file.ts";
import { Errno } from "../../abi/errno.ts";
import { Fdflags, Filetype } from "../../abi/file-attributes.ts";
import { Rights } from "../../abi/rights.ts";
import type { EdgeQueue } from "../../drivers/contract/driver.ts";
import { pollfds } from "../../drivers/contract/pollfd.ts";
import { SystemError } from "../../errors/system-error.ts";
import { Descriptor } from "../../kernel/descriptors.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { Batch } from "./batch.ts";
import { Looks } from "./looks.ts";

const none = pollfds(0);

export class ReadyFile extends Descriptor {
  readonly kind = "ready";
  readonly filetype = Filetype.UNKNOWN;
  readonly rights = Rights.FD_READ | Rights.FD_WRITE | Rights.POLL_FD_READWRITE;
  override fdflags = Fdflags.NONBLOCK;
  /** Always true, whatever flags the guest sets: a write makes one batch and never waits. */
  override get nonblocking(): boolean {
    return true;
  }

  readonly edges: EdgeQueue;
  /** Called when the guest has read wakeups that a sleeper may wait for. */
  onTaken: (() => void) | undefined;
  readonly #host: Kernel;
  readonly #batch: Batch;

  constructor(host: Kernel) {
    super();
    this.#host = host;
    this.edges = host.driver.edges();
    this.#batch = new Batch(host, this.edges, this.looks());
  }

  /** Submits operations. Returns the number of bytes of the made operations, or -EINVAL. */
  override write(_bytes: Uint8Array, offset: number, length: number): number {
    return this.#batch.submit(offset, length);
  }

  /** Writes queued wakeups, as many as fit. Returns their length in bytes, -EAGAIN, or the driver's error. */
  override read(_bytes: Uint8Array, offset: number, length: number): number {
    const room = Math.floor(length / WAKEUP_SIZE);
    if (room === 0) return -Errno.INVAL;
    const taken = this.edges.take(this.#host.memory.view, offset, room);
    if (taken <= 0) return taken < 0 ? taken : -Errno.AGAIN;
    this.onTaken?.();
    return taken * WAKEUP_SIZE;
  }

  /** The looks of a sleep over an array of `struct pollfd`. */
  looks(): Looks {
    return new Looks(this.#host, this.edges, this);
  }

  /**
   * Resolves when wakeups are queued, after `timeout` nanoseconds (Infinity: never), or when `cancel` is aborted. The
   * event loop stays free.
   */
  async wakeup(timeout: number, cancel: AbortSignal): Promise<void> {
    if (this.edges.park(0) !== 0) return;
    const ready = await this.#host.driver.pollAsync(none, 0, timeout, this.edges, cancel);
    if (ready < 0) throw new SystemError(-ready, "poll");
  }

  /** Ends all masks of `fd` before its close or replacement. */
  forget(fd: number, descriptor: Descriptor): void {
    this.edges.forget(descriptor.handle, fd);
  }

  close(): number {
    this.edges.close();
    return 0;
  }
}
