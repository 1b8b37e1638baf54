/** How much of what a guest may have. */

export interface HostLimits {
  /** How many descriptors may be open at once, the first three among them (3 to 1,048,576, the default); EMFILE beyond. */
  readonly descriptors?: number;
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
const MOST_PAGES = 65_536;
/** What a timer can wait. */
const LONGEST = 0x7fff_ffff;

/** Throws a RangeError that names the limit which is none, and what it may be. */
export function checkLimits({ descriptors, pages, timeout }: RunLimits = {}): void {
  within("descriptors", descriptors, FIRST_DESCRIPTORS, MOST_DESCRIPTORS);
  within("pages", pages, 0, MOST_PAGES);
  within("timeout", timeout, 1, LONGEST);
}

function within(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw new RangeError(`limits.${name} ${value}: expected a whole number from ${least} to ${most}`);
}
