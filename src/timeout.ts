/** What all waits have in common. */
import { Errno } from "../wasi-host/errno.ts";
import { SystemError } from "../wasi-host/system-error.ts";

export interface WaitOptions {
  /** Ends the wait: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Whole milliseconds, rounded up so that no wait returns early; -1 for ever. Throws EINVAL for NaN. */
export function milliseconds(timeout: number, syscall: string): number {
  if (Number.isNaN(timeout)) throw new SystemError(Errno.INVAL, syscall, "timeout NaN: expected milliseconds");
  if (timeout < 0 || timeout > 0x7fff_ffff) return -1;
  return Math.ceil(timeout);
}
