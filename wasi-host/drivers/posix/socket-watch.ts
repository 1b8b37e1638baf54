/**
 * Watches an epoll instance from Node's event loop, without a thread.
 *
 * Node has no public call that watches any descriptor. A blocking call in Node's pool is expensive: the pool has four threads,
 * and the process joins them at exit, so an endless wait would keep `process.exit` from ending it.
 *
 * But the event loop watches datagram sockets. So this module gives Node a datagram socket, and replaces its file by
 * the instance with dup3(2) before the event loop registers the number. When the instance is readable, Node tries to
 * receive from it; the kernel refuses (ENOTSOCK), and Node reports the error as an event. Node owns the handle, so it
 * is closed however the thread ends.
 */
import type { Socket } from "node:dgram";
import { SystemError } from "../../errors/system-error.ts";
import { failure, libc } from "./libc.ts";
import type { LoopWatch } from "./loop-watch.ts";
import { noteClosed } from "./open-descriptors.ts";

const AF_INET = 2;
const SOCK_DGRAM = 2;
const CLOEXEC = 0o2000000;

/** Deno refuses this; Bun takes the number, and never calls back. */
export const watchesDescriptors = process.versions.bun === undefined && !("Deno" in globalThis);

export class SocketWatch implements LoopWatch {
  #epoll: number;
  /** A descriptor reserved for the datagram socket; -1 for none. */
  #reserved: number;
  readonly #onReadable: () => void;
  #socket: Socket | undefined;
  #closed = false;

  static open(onReadable: () => void): SocketWatch | undefined {
    const epoll = libc.epoll_create1(CLOEXEC);
    const reserved = libc.eventfd(0, CLOEXEC);
    if (epoll >= 0 && reserved >= 0) return new SocketWatch(epoll, reserved, onReadable);
    for (const fd of [epoll, reserved]) if (fd >= 0) libc.close(fd);
    return undefined;
  }

  private constructor(epoll: number, reserved: number, onReadable: () => void) {
    this.#epoll = epoll;
    this.#reserved = reserved;
    this.#onReadable = onReadable;
  }

  get epoll(): number {
    return this.#epoll;
  }

  start(): Promise<void> | undefined {
    return this.#socket === undefined ? this.#start() : undefined;
  }

  async #start(): Promise<void> {
    // bind would load node:cluster, and meanwhile the number would mean a socket.
    const [{ createSocket }] = await Promise.all([import("node:dgram"), import("node:cluster")]);
    if (this.#socket !== undefined || this.#closed) return;
    this.#release();
    const number = libc.socket(AF_INET, SOCK_DGRAM | CLOEXEC, 0);
    if (number < 0) throw new SystemError(-failure(), "socket");
    noteClosed(number); // Node closes it from here on
    this.#socket = createSocket("udp4").on("error", this.#onReadable);
    this.#socket.bind({ fd: number, exclusive: true });
    this.#socket.unref();
    libc.dup3(this.#epoll, number, CLOEXEC);
    libc.close(this.#epoll);
    this.#epoll = number;
    // The event loop aborts the process if the kernel refuses the instance. Empty, it is never nested too deeply.
    await new Promise((resolve) => setImmediate(resolve));
  }

  ref(): void {
    this.#socket!.ref();
  }

  unref(): void {
    this.#socket!.unref();
  }

  close(): void {
    this.#closed = true;
    if (this.#socket !== undefined) {
      this.#socket.close();
      return;
    }
    libc.close(this.#epoll);
    this.#release();
  }

  #release(): void {
    if (this.#reserved >= 0) libc.close(this.#reserved);
    this.#reserved = -1;
  }
}
