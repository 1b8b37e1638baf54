/** The process's standard input, for the I/O end: a stream that can only be read. */
import type { Readable } from "node:stream";
import { Errno, errnoOfCode } from "../../abi/errno.ts";
import type { Connection, StreamEvents } from "../shared-region/network.ts";

export class InputConnection implements Connection {
  readonly #stream: Readable;
  readonly #events: StreamEvents;
  #closed = false;

  constructor(stream: Readable, events: StreamEvents) {
    this.#stream = stream;
    this.#events = events;
    stream.on("data", (bytes: Uint8Array) => {
      if (!this.#closed) events.data(bytes);
    });
    stream.on("end", () => {
      if (!this.#closed) events.end();
    });
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (!this.#closed) events.failed(errnoOfCode(error.code));
    });
    stream.on("close", () => this.#close());
  }

  /** Written data is discarded. */
  write(): boolean {
    queueMicrotask(() => {
      if (this.#closed) return;
      this.#events.failed(Errno.PIPE);
      this.close();
    });
    return false;
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  setOptions(): void {}

  end(): void {}

  get unread(): boolean {
    return this.#stream.readableLength > 0;
  }

  /**
   * Not at the stream's own event: a stream that reads in a thread of the pool may wait for a read that never returns.
   */
  close(): void {
    this.#stream.destroy();
    queueMicrotask(() => this.#close());
  }

  reset(): void {
    this.close();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#events.closed();
  }
}
