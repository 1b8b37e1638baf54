/** Limits of a guest. */

import { CHANNEL_SIZE } from "../drivers/shared-region/layout.ts";
import { checkOptions, OutOfRangeError } from "../errors/argument-error.ts";

/** Limits that a host enforces. */
export interface HostLimits {
  /** Maximum number of open descriptors, stdio included: 3 to 1,048,576 (default). EMFILE beyond. */
  readonly descriptors?: number;
  /**
   * Maximum bytes of the net driver's buffers: 139,584 (one socket or stdin) or more; by default enough for 16,384
   * sockets. Beyond, opening a socket is EMFILE and incoming connections are reset. With another driver, or an open
   * one, it is an error for modules; for components the host keeps it on every driver.
   */
  readonly bufferedBytes?: number;
  /**
   * Maximum number of open handles of each instance of a component, of all resources together: 1 to 1,048,576
   * (default). One more is a trap.
   */
  readonly handles?: number;
}

/** Further limits of `run`. */
export interface RunLimits extends HostLimits {
  /**
   * Maximum memory in pages of 64 KiB (0 to 65,536): memory.grow returns -1 beyond, and a program that starts with more
   * is not started. Needs the program as bytes.
   */
  readonly pages?: number;
  /**
   * Maximum run time in milliseconds: the program is killed and `run` rejects. By default the program then runs in a
   * worker; a suspending or stepping one ends at its next sleep.
   */
  readonly timeout?: number;
  /**
   * Call stack in bytes (65,536 to 1,073,741,824; default 8 MiB) of a program in a worker, which this makes the default
   * way to sleep. A program that needs more stack traps. Node only.
   */
  readonly stack?: number;
}

export const MAX_DESCRIPTORS = 1 << 20;
export const MAX_HANDLES = 1 << 20;
const FIRST_DESCRIPTORS = 3;
export const MIN_BUFFERED = CHANNEL_SIZE;
const MAX_PAGES = 65_536;
export const DEFAULT_STACK = 8 << 20;
export const MIN_STACK = 64 << 10;
export const MAX_STACK = 1 << 30;
/** Maximum time of a timer. */
const MAX_TIMER_MS = 0x7fff_ffff;

const LIMITS: Readonly<Record<keyof RunLimits, true>> = {
  descriptors: true,
  bufferedBytes: true,
  handles: true,
  pages: true,
  timeout: true,
  stack: true,
};

/**
 * Checks limits.
 *
 * @throws ArgumentError for an unknown limit; RangeError that names an invalid one and its range
 */
export function checkLimits(limits: RunLimits = {}): void {
  checkOptions("limits", limits, LIMITS);
  const { descriptors, bufferedBytes, handles, pages, timeout, stack } = limits;
  within("descriptors", descriptors, FIRST_DESCRIPTORS, MAX_DESCRIPTORS);
  within("bufferedBytes", bufferedBytes, MIN_BUFFERED, Number.MAX_SAFE_INTEGER);
  within("handles", handles, 1, MAX_HANDLES);
  within("pages", pages, 0, MAX_PAGES);
  within("timeout", timeout, 1, MAX_TIMER_MS);
  within("stack", stack, MIN_STACK, MAX_STACK);
}

function within(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  const message = `limits.${name} ${value}: expected a whole number from ${least} to ${most}`;
  throw new OutOfRangeError(message);
}
