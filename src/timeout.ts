/** Timeouts and signals of waits. */

import { Errno, SystemError, shown } from "../wasi-host/internal.ts";

/** Options of every wait. */
export interface WaitOptions {
  /** Ends the wait, which rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Whole milliseconds, rounded up so that no wait ends early; -1 for ever.
 *
 * @throws SystemError EINVAL for NaN and other types
 */
export function milliseconds(timeout: number, syscall: string): number {
  if (typeof timeout !== "number" || Number.isNaN(timeout)) {
    throw new SystemError(Errno.INVAL, syscall, `timeout ${shown(timeout)}: expected milliseconds`);
  }
  if (timeout < 0 || timeout > 0x7fff_ffff) return -1;
  return Math.ceil(timeout);
}
