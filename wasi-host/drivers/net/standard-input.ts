/** The process's standard input as a stream of Node, which can be waited for with sockets. */
import { constants, fstatSync, openSync } from "node:fs";
import net from "node:net";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import tty from "node:tty";

const STDIN = 0;

/** Bun's own interface. */
interface BunGlobal {
  readonly Bun?: { readonly stdin: { stream(): ReadableStream } };
}

/** A file or /dev/null is always ready: there is nothing to wait for. */
export function canWaitForStandardInput(): boolean {
  if (tty.isatty(STDIN)) return true;
  try {
    const stat = fstatSync(STDIN);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}

export function openStandardInput(): Readable {
  if (tty.isatty(STDIN)) return new tty.ReadStream(STDIN);
  const { Bun } = globalThis as BunGlobal;
  // There a net.Socket of a pipe never has data, and a stream of node:fs keeps the process alive while it reads.
  if (Bun !== undefined) return Readable.fromWeb(Bun.stdin.stream());
  return new net.Socket({ fd: ownDescriptor(), readable: true, writable: false });
}

/**
 * libuv makes its input non-blocking. That flag belongs to the open file, which the shell and other programs share. On Linux a
 * pipe is opened anew; otherwise the shared file is used, which libuv never closes.
 */
function ownDescriptor(): number {
  // In Deno a net.Socket of an opened descriptor ends at once.
  if (process.versions.deno !== undefined) return STDIN;
  try {
    return openSync("/proc/self/fd/0", constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return STDIN;
  }
}
