/** What an embedder can give for a guest's stdin, stdout and stderr, and how streams of it are emptied and filled. */
import type { Driver } from "../drivers/driver.ts";
import { pollfds, setPollfd } from "../drivers/pollfd.ts";
import { Errno } from "../errno.ts";
import { IN, OUT } from "../readiness.ts";
import { SystemError } from "../system-error.ts";

/** A handle of the host's driver, which has to be given too: one end of its `pipe()`. The host closes it. */
export interface DriverEnd {
  readonly handle: number;
}

export type Input = string | Uint8Array | AsyncIterable<Uint8Array> | DriverEnd;
export type OutputStream = WritableStream<Uint8Array> | NodeOutput;

/** What is used of a writable stream of Node's. */
export interface NodeOutput {
  write(bytes: Uint8Array): boolean;
  on(event: "drain" | "error", listener: (error: Error) => void): unknown;
  off(event: "drain" | "error", listener: (error: Error) => void): unknown;
}
export type Output = ((bytes: Uint8Array) => void) | OutputStream | DriverEnd;

/** As much as a pipe holds on Linux. */
const CHUNK = 65_536;

/** Does it take an event loop to be read or written? */
export function isStream(given: Input | Output | undefined): given is AsyncIterable<Uint8Array> | OutputStream {
  return typeof given === "object" && !(given instanceof Uint8Array) && !isDriverEnd(given);
}

export function isDriverEnd(given: unknown): given is DriverEnd {
  return typeof (given as DriverEnd).handle === "number";
}

/**
 * Moves what the source has to the pipe's end `handle`, no faster than the guest reads. Ends early, and says nothing of
 * it, when `cancel` is aborted or the guest has closed the other end.
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
  // Not awaited: an iterator whose next() never comes does not return either.
  void iterator.return?.()?.then(undefined, () => {});
}

/** Resolves, to nothing, when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

/** False where nobody reads any more. */
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

/** Moves what comes out of the pipe's end `handle` to the sink, no faster than that takes it, until the end. */
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

/** How bytes get into a stream, no faster than it takes them. */
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
