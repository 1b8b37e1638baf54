/**
 * Writes the host's own lines: refusals, traces, statistics, errors.
 *
 * A line is often written during a guest's call, to a descriptor that other processes share: it may be non-blocking,
 * its reader slow or gone, or the disk full. This must not affect the guest, so nothing here throws.
 */
import { writeSync } from "node:fs";

export const STDOUT = 1;
export const STDERR = 2;

/** Milliseconds between two tries at a full pipe. */
const RETRY_MS = 2;

const never = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes all of `text` to an operating system descriptor, and sleeps while a non-blocking one is full.
 *
 * @returns undefined, or the code of the error that made it drop the rest: EPIPE without a reader, ENOSPC for a full
 *   disk, EBADF if the process has no such descriptor.
 */
export function writeWhole(descriptor: number, text: string): string | undefined {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EAGAIN") Atomics.wait(never, 0, 0, RETRY_MS);
      else if (code !== "EINTR") return code ?? "EIO";
    }
  }
  return undefined;
}
