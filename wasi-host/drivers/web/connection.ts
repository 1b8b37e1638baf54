/** A Worker's socket, for the I/O end. */
import { Errno } from "../../abi/errno.ts";
import type { Connection, StreamEvents } from "../shared-region/network.ts";
import type { WorkersSocket } from "./workers-socket.ts";

export class WebConnection implements Connection {
  readonly unread = false;
  /** Resolves at its end. */
  readonly over: Promise<void>;
  readonly #socket: WorkersSocket;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #finish: () => void;
  #events: StreamEvents | undefined;
  #resume: () => void = () => {};
  #resumed: Promise<void> | undefined;
  #sendsNoMore = false;
  #ended = false;

  constructor(socket: WorkersSocket) {
    this.#socket = socket;
    this.#reader = socket.readable.getReader();
    this.#writer = socket.writable.getWriter();
    let finish = () => {};
    this.over = new Promise((resolve) => (finish = resolve));
    this.#finish = finish;
    // Each operation rejects too; these are the same errors.
    for (const promise of [socket.closed, this.#reader.closed, this.#writer.closed]) promise.catch(() => {});
  }

  /** Reports its end to `events`, and everything else after `begin`. */
  report(events: StreamEvents): void {
    this.#events = events;
    void this.over.then(() => events.closed());
  }

  begin(): void {
    void this.#read(this.#events!);
  }

  /** The connection has failed. `errno`: WASI's. */
  refuse(errno: number): void {
    this.#events?.failed(errno);
    this.#finish();
  }

  async #read(events: StreamEvents): Promise<void> {
    try {
      for (;;) {
        await this.#resumed;
        const { done, value } = await this.#reader.read();
        if (done) break;
        events.data(value);
      }
      this.#ended = true;
      events.end();
      this.#finishIfBothEnded();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A copy: streams refuse shared memory. */
  write(bytes: Uint8Array): boolean {
    this.#writer.write(bytes.slice()).then(
      () => this.#events?.written(),
      (error) => this.#fail(error),
    );
    return false;
  }

  #fail(_reason: unknown): void {
    this.#events?.failed(Errno.CONNRESET);
    this.close();
  }

  pause(): void {
    this.#resumed ??= new Promise((resolve) => (this.#resume = resolve));
  }

  resume(): void {
    this.#resumed = undefined;
    this.#resume();
  }

  /** Never called (`WebNetwork.keepsOptions`). */
  setOptions(): void {}

  end(): void {
    if (this.#sendsNoMore) return;
    this.#sendsNoMore = true;
    this.#writer.close().then(
      () => this.#finishIfBothEnded(),
      (error) => this.#fail(error),
    );
  }

  #finishIfBothEnded(): void {
    if (this.#ended && this.#sendsNoMore) this.close();
  }

  close(): void {
    this.#socket.close().then(this.#finish, this.#finish);
  }

  reset(): void {
    void this.#writer.abort().catch(() => {});
    void this.#reader.cancel().catch(() => {});
    this.close();
  }
}
