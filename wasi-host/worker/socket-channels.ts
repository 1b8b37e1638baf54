/**
 * Channels that are local sockets in a private folder, or named pipes on Windows. They are removed when the guest has
 * connected.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type OutputStream, writerOf } from "../stdio/streams.ts";
import { Channels, type OpenChannel } from "./channels.ts";

/**
 * Maximum bytes of a local socket's name: `sun_path` has 104 on macOS and 108 on Linux, including a NUL. libuv cuts off the
 * rest.
 */
const MAX_NAME = 103;
/** After the folder of temporary files: /pollux-XXXXXX/0 */
const OWN_PART = 16;

/** The guest has closed an end that it stopped reading. */
const GONE: readonly unknown[] = ["EPIPE", "ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE"];

export class SocketChannels extends Channels {
  #directory: string | undefined;
  readonly #servers: net.Server[] = [];
  readonly #sockets = new Set<net.Socket>();
  #awaited = 0;

  protected feed(source: AsyncIterable<Uint8Array>): Promise<OpenChannel> {
    return this.#open(async (socket) => {
      socket.resume();
      await pipeline(Readable.from(source), socket).catch((error: NodeJS.ErrnoException) => {
        if (!GONE.includes(error.code)) throw error;
      });
    });
  }

  protected drain(sink: OutputStream): Promise<OpenChannel> {
    return this.#open(async (socket) => {
      const writer = writerOf(sink);
      try {
        for await (const bytes of socket) await writer.bytes(bytes as Uint8Array);
      } finally {
        writer.release();
      }
    });
  }

  async #open(serve: (socket: net.Socket) => Promise<void>): Promise<OpenChannel> {
    const name = this.#name();
    const server = net.createServer();
    this.#servers.push(server);
    this.#awaited++;
    const done = new Promise<void>((resolve, reject) => {
      server.once("connection", (socket) => {
        this.#sockets.add(socket);
        server.close();
        if (--this.#awaited === 0) this.#removeDirectory();
        serve(socket).then(resolve, reject);
      });
    });
    server.listen(name);
    await once(server, "listening");
    return { end: { path: name }, done };
  }

  #name(): string {
    if (process.platform === "win32") return `\\\\.\\pipe\\pollux-${randomUUID()}`;
    this.#directory ??= privateDirectory();
    return path.join(this.#directory, String(this.#servers.length));
  }

  #removeDirectory(): void {
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
    this.#directory = undefined;
  }

  [Symbol.dispose](): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#removeDirectory();
  }
}

/** Throws an Error of one line with TMPDIR, if that is too long or cannot be written. */
function privateDirectory(): string {
  const parent = tmpdir();
  const most = MAX_NAME - OWN_PART;
  const remedy = "set TMPDIR to another folder, or give functions in place of streams";
  if (Buffer.byteLength(parent) > most) {
    throw new Error(`TMPDIR '${parent}' is too long for a local socket (more than ${most} bytes): ${remedy}`);
  }
  try {
    return mkdtempSync(path.join(parent, "pollux-"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`TMPDIR '${parent}' has no room for a stream's local socket (${code}): ${remedy}`, {
      cause: error,
    });
  }
}
