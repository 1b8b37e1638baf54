/**
 * A guest in a worker: its thread sleeps, the embedder's does not. For programs that block, on runtimes without JSPI.
 *
 * Bytes of streams go through a local socket (a pipe of the system's own, by name): the guest can poll for it, and either
 * side waits for the other as sockets do. A message could reach no thread that sleeps.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Worker } from "node:worker_threads";
import type { SocketAddress } from "../drivers/driver.ts";
import { createTable, leftOpen } from "../drivers/posix/open-descriptors.ts";
import type { Refusal } from "../grants.ts";
import type { RunOptions } from "../options.ts";
import { isDriverEnd, type Output, writerOf } from "../stdio/streams.ts";

/** What the thread is given: options that can be copied, and its stdio. */
export interface Order {
  readonly module: WebAssembly.Module;
  readonly options: RunOptions;
  /** Not 0: it is over, whatever the guest waits for. */
  readonly ended: Int32Array;
  /** Where it notes what it has open of the system. */
  readonly opened: SharedArrayBuffer;
  readonly stdin: Channel | Uint8Array | string | undefined;
  readonly stdout: Channel | undefined;
  readonly stderr: Channel | undefined;
  readonly onRefused: boolean;
}

/** A local socket's path; or "messages", for a function that is called with what they bring. */
type Channel = { readonly path: string } | "messages";

/** What the thread says. */
export type Message =
  | { readonly listening: readonly SocketAddress[] }
  | { readonly refused: Refusal }
  | { readonly output: 1 | 2; readonly bytes: Uint8Array }
  | { readonly status: number }
  | { readonly trap: string; readonly stack: string }
  | { readonly error: Error };

export async function runInWorker(module: WebAssembly.Module, options: RunOptions): Promise<number> {
  const { stdin, stdout, stderr, signal, onListening, onRefused, trace, statistics, driver, ...rest } = options;
  const here = [
    ["trace", trace !== undefined],
    ["statistics", statistics !== undefined],
    ["a driver that is open", typeof driver === "object"],
    ["a base that is open", typeof rest.base === "object"],
  ].find(([, given]) => given);
  if (here !== undefined)
    throw new Error(`${here[0]} cannot be shared with a worker: use sleep: 'blocking' in a worker of your own`);
  using channels = new Channels();
  const ended = new Int32Array(new SharedArrayBuffer(4));
  const order: Order = {
    module,
    options: { ...rest, driver, sleep: "blocking" },
    ended,
    opened: createTable(),
    stdin:
      typeof stdin === "object" && Symbol.asyncIterator in stdin
        ? await channels.input(stdin)
        : (stdin as string | undefined),
    stdout: await channels.output(stdout),
    stderr: await channels.output(stderr),
    onRefused: onRefused !== undefined,
  };
  const entry = createRequire(import.meta.url).resolve("pollux/host/worker");
  const worker = new Worker(entry, { workerData: order });
  const over = new AbortController();
  const ending = new Promise<number>((resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the guest's thread ended with ${code}`)));
    const abort = () => reject(signal!.reason);
    // An embedder's signal may outlive many guests.
    signal?.addEventListener("abort", abort, { signal: over.signal });
    // While the streams were made ready nobody listened.
    if (signal?.aborted) abort();
    channels.onFailure = reject;
    worker.on("message", (message: Message) => {
      try {
        if ("listening" in message) onListening?.(message.listening);
        else if ("refused" in message) onRefused?.(message.refused);
        else if ("output" in message) take(message.output === 1 ? stdout : stderr, message.bytes);
        else if ("status" in message) resolve(message.status);
        else if ("trap" in message)
          reject(Object.assign(new WebAssembly.RuntimeError(message.trap), { stack: message.stack }));
        else reject(message.error);
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
    Atomics.store(ended, 0, 1);
    await worker.terminate();
    await closeAfter(order.opened);
  }
}

/** The thread is no more; what it had open is this process's. One that ended by itself has closed everything. */
async function closeAfter(opened: SharedArrayBuffer): Promise<void> {
  const left = leftOpen(opened);
  if (left === undefined) return;
  const { closeLeftOpen } = await import("../drivers/posix/closing-left-open.ts");
  closeLeftOpen(left);
}

function take(output: Output | undefined, bytes: Uint8Array): void {
  if (typeof output === "function") output(bytes);
}

/** The local sockets of one guest's streams. */
class Channels implements Disposable {
  onFailure: (error: unknown) => void = () => {};
  #directory: string | undefined;
  readonly #servers: net.Server[] = [];
  readonly #sockets = new Set<net.Socket>();
  readonly #outputs: Promise<void>[] = [];
  #failure: { readonly error: unknown } | undefined;

  async input(source: AsyncIterable<Uint8Array>): Promise<Channel> {
    return this.#channel(
      async (socket) => {
        socket.resume();
        await pipeline(Readable.from(source), socket).catch((error: NodeJS.ErrnoException) => {
          // The guest has read what it wanted.
          if (error.code !== "EPIPE" && error.code !== "ECONNRESET" && error.code !== "ERR_STREAM_PREMATURE_CLOSE")
            throw error;
        });
      },
      () => {},
    );
  }

  async output(sink: Output | undefined): Promise<Channel | undefined> {
    if (sink === undefined) return undefined;
    if (typeof sink === "function") return "messages";
    if (isDriverEnd(sink)) throw new Error("a driver's handle means nothing to a worker: give a stream or a function");
    return this.#channel(
      async (socket) => {
        const writer = writerOf(sink);
        try {
          for await (const bytes of socket) await writer.bytes(bytes as Uint8Array);
        } finally {
          writer.release();
        }
      },
      (done) => this.#outputs.push(done),
    );
  }

  /** Resolves when all that the guest has written has been taken. */
  async flushed(): Promise<void> {
    await Promise.all(this.#outputs);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #channel(serve: (socket: net.Socket) => Promise<void>, track: (done: Promise<void>) => void): Promise<Channel> {
    const name = await this.#name();
    const server = net.createServer();
    this.#servers.push(server);
    const fail = (error: unknown) => {
      this.#failure = { error };
      this.onFailure(error);
    };
    track(
      new Promise((resolve) => {
        server.once("connection", (socket) => {
          this.#sockets.add(socket);
          serve(socket).catch(fail).finally(resolve);
        });
      }),
    );
    server.listen(name);
    await once(server, "listening");
    return { path: name };
  }

  /** Where nobody else can connect to it. */
  async #name(): Promise<string> {
    if (process.platform === "win32") return `\\\\.\\pipe\\pollux-${randomUUID()}`;
    this.#directory ??= await mkdtemp(path.join(tmpdir(), "pollux-"));
    return path.join(this.#directory, randomUUID().slice(0, 8));
  }

  [Symbol.dispose](): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
    if (this.#directory !== undefined) void rm(this.#directory, { recursive: true, force: true });
  }
}
