/**
 * A guest in a worker: its thread sleeps, the embedder's thread does not. For programs that block, on runtimes without
 * JSPI.
 *
 * Bytes of streams go through a pipe or a local socket (`channels.ts`): the guest can poll it, and each side waits for
 * the other. A message would not reach a sleeping thread.
 */

import type { SocketAddress } from "../addresses/socket-address.ts";
import { driverName } from "../drivers/index.ts";
import { createTable, leftOpen } from "../drivers/posix/open-descriptors.ts";
import { ArgumentError } from "../errors/argument-error.ts";
import type { Refusal } from "../kernel/grants.ts";
import { DEFAULT_STACK } from "../kernel/limits.ts";
import type { RunOptions } from "../options/options.ts";
import { type Role, startThread, threadFile } from "../runtime/threads.ts";
import type { Output } from "../stdio/streams.ts";
import type { Channel, GuestEnd } from "./channels.ts";
import { openChannels } from "./opening-channels.ts";
import { fixedStack, withStack } from "./thread-stack.ts";

/** The thread's data: options that can be copied, and its stdio. */
export interface Order {
  readonly role: Role;
  /** A module; or the bytes of a component. */
  readonly program: WebAssembly.Module | Uint8Array;
  readonly options: RunOptions;
  /** The table of the thread's open descriptors. */
  readonly opened: SharedArrayBuffer;
  readonly stdin: GuestEnd | Uint8Array | string | undefined;
  readonly stdout: Channel | undefined;
  readonly stderr: Channel | undefined;
  readonly onRefused: boolean;
  readonly onMissingListener: boolean;
}

/** Messages of the thread. */
export type Message =
  /** Its libraries are loaded, and its driver is open. The first message, unless there is an error. */
  | { readonly loaded: true }
  | { readonly listening: readonly SocketAddress[] }
  | { readonly refused: Refusal }
  | { readonly missingListener: number }
  | { readonly output: 1 | 2; readonly bytes: Uint8Array }
  | { readonly status: number }
  | { readonly trap: string; readonly stack: string }
  /** A copied error has its name, message and stack; `code` and similar properties come beside it. */
  | { readonly error: Error; readonly properties: Readonly<Record<string, unknown>> };

export async function runInWorker(program: WebAssembly.Module | Uint8Array, options: RunOptions): Promise<number> {
  const {
    stdin,
    stdout,
    stderr,
    signal,
    onListening,
    onRefused,
    onMissingListener,
    trace,
    statistics,
    driver,
    ...rest
  } = options;
  const here = [
    ["trace", trace !== undefined],
    ["statistics", statistics !== undefined],
    ["a driver that is open", typeof driver === "object"],
    ["a base that is open", typeof rest.base === "object"],
  ].find(([, given]) => given);
  if (here !== undefined)
    throw new ArgumentError(`${here[0]} cannot be shared with a worker: use sleep: 'blocking' in a worker of your own`);
  const { stack } = rest.limits ?? {};
  const fixed = stack === undefined ? undefined : fixedStack();
  if (fixed !== undefined) throw new ArgumentError(`limits.stack ${stack} is not possible: ${fixed}`);
  const file = threadFile("guest");
  const opened = createTable();
  // The thread reports an unavailable driver.
  const name = driverName(driver as string | undefined);
  using channels = await openChannels(name, opened);
  const order: Order = {
    role: "guest",
    program,
    options: { ...rest, driver: name, sleep: "blocking" },
    opened,
    stdin:
      typeof stdin === "object" && Symbol.asyncIterator in stdin
        ? await channels.input(stdin)
        : (stdin as string | undefined),
    stdout: await channels.output(stdout),
    stderr: await channels.output(stderr),
    onRefused: onRefused !== undefined,
    onMissingListener: onMissingListener !== undefined,
  };
  const worker = startThread(file, order, { resourceLimits: withStack(stack ?? DEFAULT_STACK) });
  // koffi aborts the process if the thread is terminated while it loads: an addon cannot throw exceptions then.
  const loaded = new Promise<void>((resolve) => {
    worker.once("message", () => resolve());
    worker.once("error", () => resolve());
    worker.once("exit", () => resolve());
  });
  const over = new AbortController();
  const ending = new Promise<number>((resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the guest's thread ended with ${code}`)));
    const abort = () => reject(signal!.reason);
    // An embedder's signal may outlive many guests.
    signal?.addEventListener("abort", abort, { signal: over.signal });
    // The signal may have been aborted while the streams were prepared.
    if (signal?.aborted) abort();
    channels.onFailure = reject;
    worker.on("message", (message: Message) => {
      try {
        if ("listening" in message) onListening?.(message.listening);
        else if ("refused" in message) onRefused?.(message.refused);
        else if ("missingListener" in message) onMissingListener?.(message.missingListener);
        else if ("output" in message) take(message.output === 1 ? stdout : stderr, message.bytes);
        else if ("status" in message) resolve(message.status);
        else if ("trap" in message)
          reject(Object.assign(new WebAssembly.RuntimeError(message.trap), { stack: message.stack }));
        else if ("error" in message) reject(Object.assign(message.error, message.properties));
      } catch (error) {
        reject(error);
      }
    });
  });
  try {
    const status = await ending;
    await channels.flushed();
    return status;
  } finally {
    over.abort();
    await loaded;
    await worker.terminate();
    await closeAfter(order.opened);
  }
}

/**
 * The thread has ended: closes the descriptors that it left open. A thread that ends by itself has already closed them.
 */
async function closeAfter(opened: SharedArrayBuffer): Promise<void> {
  const left = leftOpen(opened);
  if (left === undefined) return;
  const { closeLeftOpen } = await import("../drivers/posix/closing-left-open.ts");
  closeLeftOpen(left);
}

function take(output: Output | undefined, bytes: Uint8Array): void {
  if (typeof output === "function") output(bytes);
}
