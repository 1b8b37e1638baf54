/**
 * Writes the host's own lines: refusals, traces, statistics, errors.
 *
 * They are often written during a guest's call, to a descriptor that other processes share: it may be non-blocking, its reader
 * slow or gone, or the disk full. This must not affect the guest, so nothing here throws.
 */
import { writeSync } from "node:fs";

export const STDOUT = 1;
export const STDERR = 2;

/** Milliseconds between two tries at a pipe that is full. */
const RETRY_MS = 2;

const never = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes all of `text` to an operating system descriptor, and sleeps while a non-blocking one is full.
 *
 * @returns undefined, or the code of the error that made it drop the rest: EPIPE where no reader is left, ENOSPC where the
 *   disk is full, EBADF where the process was started without the descriptor.
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
