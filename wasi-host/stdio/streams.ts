/** The guest's stdin, stdout and stderr as an embedder passes them, and the copying of streams. */

import { Errno } from "../abi/errno.ts";
import { IN, OUT } from "../abi/readiness.ts";
import type { Driver } from "../drivers/contract/driver.ts";
import { pollfds, setPollfd } from "../drivers/contract/pollfd.ts";
import { SystemError } from "../errors/system-error.ts";

/** A handle of the given driver: one end of its `pipe()`. The host closes it. */
export interface DriverEnd {
  readonly handle: number;
}

/** Standard input. */
export type Input = string | Uint8Array | AsyncIterable<Uint8Array> | DriverEnd;
/** A web stream or a Node stream. */
export type OutputStream = WritableStream<Uint8Array> | NodeOutput;

/** The used part of a writable Node stream. */
export interface NodeOutput {
  write(bytes: Uint8Array): boolean;
  on(event: "drain" | "error", listener: (error: Error) => void): unknown;
  off(event: "drain" | "error", listener: (error: Error) => void): unknown;
}
/** Standard output and standard error. */
export type Output = ((bytes: Uint8Array) => void) | OutputStream | DriverEnd;

/** Size of a pipe on Linux. */
const CHUNK = 65_536;

/** Whether reading or writing it needs the event loop. */
export function isStream(given: Input | Output | undefined): given is AsyncIterable<Uint8Array> | OutputStream {
  return typeof given === "object" && !(given instanceof Uint8Array) && !isDriverEnd(given);
}

export function isDriverEnd(given: unknown): given is DriverEnd {
  return typeof (given as DriverEnd).handle === "number";
}

/**
 * Copies the source to the pipe's end `handle`, as fast as the guest reads. Stops silently when `cancel` is aborted or
 * the guest closes the other end.
 */
export async function feed(
  driver: Driver,
  handle: number,
  source: AsyncIterable<Uint8Array>,
  cancel: AbortSignal,
): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  const cancelled = aborted(cancel);
  for (;;) {
    const next = await Promise.race([iterator.next(), cancelled]);
    if (next === undefined || next.done) break;
    if (!(await sendAll(driver, handle, next.value, cancel))) break;
  }
  // Not awaited: an iterator whose next() never settles does not settle return() either.
  void iterator.return?.()?.then(undefined, () => {});
}

/** Resolves when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

/** Returns false if the reader is gone. */
async function sendAll(driver: Driver, handle: number, bytes: Uint8Array, cancel: AbortSignal): Promise<boolean> {
  const sent = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  for (let at = 0; at < sent.length; ) {
    const went = driver.send(handle, sent, at, sent.length - at);
    if (went === -Errno.AGAIN) await ready(driver, handle, OUT, cancel);
    else if (went < 0) return false;
    else at += went;
    if (cancel.aborted) return false;
  }
  return true;
}

/** Copies the pipe's end `handle` to the sink, as fast as that accepts it, to the end. */
export async function drain(driver: Driver, handle: number, sink: OutputStream, cancel: AbortSignal): Promise<void> {
  const write = writerOf(sink);
  try {
    const buffer = new Uint8Array(new ArrayBuffer(CHUNK));
    for (;;) {
      const got = driver.recv(handle, buffer, 0, CHUNK, 0);
      if (got === 0) return;
      if (got === -Errno.AGAIN) {
        if (cancel.aborted) return;
        await ready(driver, handle, IN, cancel);
      } else if (got < 0) throw new SystemError(-got, "read");
      else await write.bytes(buffer.slice(0, got));
    }
  } finally {
    write.release();
  }
}

async function ready(driver: Driver, handle: number, events: number, cancel: AbortSignal): Promise<void> {
  const fds = pollfds(2);
  setPollfd(fds, 0, handle, events);
  await driver.pollAsync(fds, 1, Infinity, undefined, cancel);
}

/** Writes bytes to a stream with backpressure. */
export interface Writer {
  bytes(bytes: Uint8Array): Promise<void>;
  release(): void;
}

export function writerOf(sink: OutputStream): Writer {
  return "getWriter" in sink ? webWriter(sink) : nodeWriter(sink);
}

function webWriter(sink: WritableStream<Uint8Array>): Writer {
  const writer = sink.getWriter();
  return { bytes: (bytes) => writer.write(bytes), release: () => writer.releaseLock() };
}

function nodeWriter(sink: NodeOutput): Writer {
  let failure: Error | undefined;
  let wake = () => {};
  const drained = () => wake();
  const fail = (error: Error) => {
    failure = error;
    wake();
  };
  sink.on("error", fail);
  sink.on("drain", drained);
  return {
    async bytes(bytes) {
      if (failure === undefined && !sink.write(bytes)) await new Promise<void>((resume) => (wake = resume));
      if (failure !== undefined) throw failure;
    },
    release() {
      sink.off("error", fail);
      sink.off("drain", drained);
    },
  };
}
