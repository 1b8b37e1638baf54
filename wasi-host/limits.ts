/** How much of what a guest may have. */
import { LINE_SIZE } from "./drivers/buffered/layout.ts";

export interface HostLimits {
  /** How many descriptors may be open at once, the first three among them (3 to 1,048,576, the default); EMFILE beyond. */
  readonly descriptors?: number;
  /**
   * Bytes that the driver's own buffers may take, all together (143,360, which is one socket's or stdin's, and more; default: of
   * 16,384 sockets): beyond, EMFILE for a socket of the guest's, and a connection that comes in is reset. posix has no buffers
   * but the kernel's, and a driver that is given open was bounded by who opened it.
   */
  readonly bufferedBytes?: number;
}

/** What `run` can see to as well. */
export interface RunLimits extends HostLimits {
  /**
   * Pages of 64 KiB (0 to 65,536) that the program's memory may have: memory.grow answers -1 beyond, and a program that asks
   * for more at once is not started. Only of a program that is given as bytes: the number is a part of them.
   */
  readonly pages?: number;
  /**
   * Milliseconds until the program is ended, whether it computes or sleeps: `run` rejects. It runs in a worker then, unless
   * `sleep` says something else; one that suspends or steps is ended at its next sleep.
   */
  readonly timeout?: number;
}

export const MOST_DESCRIPTORS = 1 << 20;
const FIRST_DESCRIPTORS = 3;
export const LEAST_BUFFERED = LINE_SIZE;
const MOST_PAGES = 65_536;
/** What a timer can wait. */
const LONGEST = 0x7fff_ffff;

/** Throws a RangeError that names the limit which is none, and what it may be. */
export function checkLimits({ descriptors, bufferedBytes, pages, timeout }: RunLimits = {}): void {
  within("descriptors", descriptors, FIRST_DESCRIPTORS, MOST_DESCRIPTORS);
  within("bufferedBytes", bufferedBytes, LEAST_BUFFERED, Number.MAX_SAFE_INTEGER);
  within("pages", pages, 0, MOST_PAGES);
  within("timeout", timeout, 1, LONGEST);
}

function within(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw new RangeError(`limits.${name} ${value}: expected a whole number from ${least} to ${most}`);
}
