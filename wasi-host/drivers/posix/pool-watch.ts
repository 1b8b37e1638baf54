/**
 * Watches an epoll instance from a thread of the runtime's pool, for Deno and Bun: their event loops watch only their own
 * sockets, and neither waits for the pool when the process exits. The thread sleeps only while the watch is referenced.
 *
 * A worker under Bun checks at intervals instead: Bun 1.4 crashes when it terminates a worker whose call is in the pool.
 */
import { IN } from "../../abi/readiness.ts";
import { POLLFD_WORDS, pollfds, revents, setPollfd } from "../contract/pollfd.ts";
import { addressOf, libc, NativeBuffer } from "./libc.ts";
import type { LoopWatch } from "./loop-watch.ts";
import { onMainThread } from "./thread-end.ts";

const CLOEXEC = 0o2000000;
const NONBLOCK = 0o4000;

export class PoolWatch implements LoopWatch {
  readonly epoll: number;
  /** An eventfd, which ends the sleep of a thread that is no longer needed. */
  readonly #alarm: number;
  readonly #onReadable: () => void;
  readonly #fds = pollfds(2);
  readonly #count = new NativeBuffer(8);
  #wanted = false;
  #sleeping = false;
  #closed = false;

  static open(onReadable: () => void): PoolWatch | undefined {
    if (process.versions.bun !== undefined && !onMainThread) return undefined;
    const epoll = libc.epoll_create1(CLOEXEC);
    const alarm = libc.eventfd(0, NONBLOCK | CLOEXEC);
    if (epoll >= 0 && alarm >= 0) return new PoolWatch(epoll, alarm, onReadable);
    for (const fd of [epoll, alarm]) if (fd >= 0) libc.close(fd);
    return undefined;
  }

  private constructor(epoll: number, alarm: number, onReadable: () => void) {
    this.epoll = epoll;
    this.#alarm = alarm;
    this.#onReadable = onReadable;
  }

  start(): undefined {}

  ref(): void {
    this.#wanted = true;
    if (this.#sleeping) return;
    this.#sleeping = true;
    setPollfd(this.#fds, 0, this.epoll, IN);
    setPollfd(this.#fds, 1, this.#alarm, IN);
    const address = addressOf(new Uint8Array(this.#fds.buffer, 0, 2 * POLLFD_WORDS * 4));
    libc.pollAside.async(address, 2, -1, () => this.#woken());
  }

  #woken(): void {
    this.#sleeping = false;
    if (revents(this.#fds, 1) !== 0) libc.read(this.#alarm, this.#count.address, 8);
    if (this.#closed) this.#end();
    else if (revents(this.#fds, 0) !== 0) this.#onReadable();
    if (this.#wanted) this.ref();
  }

  unref(): void {
    this.#wanted = false;
    this.#ring();
  }

  close(): void {
    this.#closed = true;
    this.#wanted = false;
    if (this.#sleeping) this.#ring();
    else this.#end();
  }

  #ring(): void {
    if (!this.#sleeping) return;
    this.#count.view.setUint32(0, 1, true);
    libc.write(this.#alarm, this.#count.address, 8);
  }

  #end(): void {
    libc.close(this.epoll);
    libc.close(this.#alarm);
  }
}
