/**
 * Carries the bytes of an embedder's streams to and from a guest in a worker.
 *
 * With the posix driver a channel is a pipe, and the guest's thread, in the same process, gets the descriptor of its
 * end. The net driver has no descriptors, and connects to a local socket by name. The guest can poll both.
 */
import type { Driver } from "../drivers/contract/driver.ts";
import { ArgumentError } from "../errors/argument-error.ts";
import { isDriverEnd, type Output, type OutputStream } from "../stdio/streams.ts";

/** The guest's end: of a pipe, or a local socket's path. */
export type GuestEnd = { readonly descriptor: number } | { readonly path: string };
/** The handle of the guest's end. */
export function openEnd(driver: Driver, end: GuestEnd): number {
  return "path" in end ? driver.connect({ host: end.path, port: -1 }) : driver.adoption!.adopt(end.descriptor);
}

/** The thread's data for an output; "messages" is for a function, which gets them. */
export type Channel = GuestEnd | "messages";

/** An open channel, and its transfer until the end. */
export interface OpenChannel {
  readonly end: GuestEnd;
  readonly done: Promise<void>;
}

export abstract class Channels implements Disposable {
  /** Called with the error of a broken stream. */
  onFailure: (error: unknown) => void = () => {};
  readonly #outputs: Promise<void>[] = [];
  #failure: { readonly error: unknown } | undefined;

  async input(source: AsyncIterable<Uint8Array>): Promise<GuestEnd> {
    const { end, done } = await this.feed(source);
    void this.#watched(done);
    return end;
  }

  async output(sink: Output | undefined): Promise<Channel | undefined> {
    if (sink === undefined) return undefined;
    if (typeof sink === "function") return "messages";
    if (isDriverEnd(sink))
      throw new ArgumentError("a worker cannot use a driver's handle: give a stream or a function");
    const { end, done } = await this.drain(sink);
    this.#outputs.push(this.#watched(done));
    return end;
  }

  #watched(done: Promise<void>): Promise<void> {
    return done.catch((error: unknown) => {
      this.#failure ??= { error };
      this.onFailure(error);
    });
  }

  /** Resolves when all of the guest's output has been taken. */
  async flushed(): Promise<void> {
    await Promise.all(this.#outputs);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  protected abstract feed(source: AsyncIterable<Uint8Array>): Promise<OpenChannel>;
  protected abstract drain(sink: OutputStream): Promise<OpenChannel>;
  abstract [Symbol.dispose](): void;
}
