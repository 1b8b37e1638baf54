/**
 * A wait is a value. A call has its answer, or a `Wait`: what it waits for, until when, and how it goes on. The guest's way to wait
 * (`way.ts`) executes it. A call that need not wait allocates nothing.
 *
 *       call ──▶ answer
 *          └───▶ wait ── the way waits ──▶ resume ──▶ answer
 *                  ▲                          │
 *                  └──────── the next wait ───┘
 */
import type { EdgeQueue } from "../drivers/contract/driver.ts";

/** The wait of a call: its handles, its deadline, and its continuation. */
export abstract class Wait<Answer = number> {
  /** `struct pollfd` entries (drivers/contract/pollfd.ts) of the driver's handles; room for one entry more than `count`. */
  abstract readonly fds: Int32Array;
  abstract readonly count: number;
  /** The deadline in nanoseconds of the driver's monotonic clock; Infinity: none. */
  abstract readonly deadline: number;
  /** Wakeups that end the wait too. */
  readonly edges: EdgeQueue | undefined;
  /** Whether only wakeups end it: it has no descriptors and no deadline, and gets none when it is resumed. */
  readonly wakeupsAlone: boolean = false;
  /** Whether the call has looked already. If not, a way that does not block the thread looks first. */
  readonly looked: boolean = true;

  /**
   * Continues the call. `ready`: the number of entries with revents (in `fds`), or a positive number if wakeups are
   * queued; 0 at the deadline; a negated errno if the wait itself failed. Returns the answer, or the next wait, which
   * may be this one.
   */
  abstract resume(ready: number): Answer | Wait<Answer>;
  /** Called once when the wait is over, for any reason (abort and trap included). */
  release(): void {}
}

/** Whether a call has no answer yet. An answer is mostly a number, and `instanceof` alone is slow for numbers. */
export function isWait<Answer>(result: Answer | Wait<Answer>): result is Wait<Answer> {
  return typeof result === "object" && result instanceof Wait;
}
