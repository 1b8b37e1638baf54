/** Time (witx, `clock_*`, `$clockid`), in nanoseconds. */
import { MONOTONIC_RESOLUTION, monotonic, processTime, threadTime } from "../clock.ts";
import type { Driver } from "../drivers/driver.ts";
import { Errno } from "../errno.ts";
import type { Imports } from "../imports.ts";
import type { HostState } from "../state.ts";

const REALTIME = 0;
const MONOTONIC = 1;
const PROCESS_CPUTIME = 2;
const THREAD_CPUTIME = 3;

/** How far two readings of a clock can be apart at least. */
const RESOLUTION = [
  MONOTONIC_RESOLUTION === 1n ? 1_000n : MONOTONIC_RESOLUTION,
  MONOTONIC_RESOLUTION,
  1_000n,
  1_000n,
] as const;

export function clocks(host: HostState): Imports {
  const { memory, driver } = host;
  return {
    clock_res_get(clock: number, result: number): number {
      memory.refresh();
      if (!isSupported(clock >>> 0)) return Errno.INVAL;
      if (!memory.holds(result >>> 0, 8)) return Errno.FAULT;
      memory.view.setBigUint64(result >>> 0, RESOLUTION[clock], true);
      return 0;
    },

    /** The precision that the guest is content with is not needed: the clocks are read, whatever it says. */
    clock_time_get(clock: number, _precision: bigint, result: number): number {
      memory.refresh();
      if (!isSupported(clock >>> 0)) return Errno.INVAL;
      if (!memory.holds(result >>> 0, 8)) return Errno.FAULT;
      memory.view.setBigUint64(result >>> 0, clockNow(clock, driver), true);
      return 0;
    },
  };
}

/** Not every platform counts CPU time. */
function isSupported(clock: number): boolean {
  return clock <= MONOTONIC || (clock <= THREAD_CPUTIME && processTime !== undefined);
}

/** Nanoseconds by a WASI clock that is supported (0 to 3): since 1970, since an arbitrary moment, and of CPU time. */
export function clockNow(clock: number, driver: Driver): bigint {
  switch (clock) {
    case REALTIME:
      return driver.now === undefined ? realtime() : EPOCH + driver.now();
    case MONOTONIC:
      return driver.now === undefined ? monotonic() : driver.now();
    case PROCESS_CPUTIME:
      return processTime!();
    default:
      return threadTime!();
  }
}

/** The time of day at which a driver's own clock starts: 2000-01-01, so that runs do not depend on the real one. */
const EPOCH = 946_684_800_000_000_000n;

/** What is added to the monotonic clock for the time of day. */
let offset = 0n;

/**
 * Date.now() counts milliseconds; between its ticks the monotonic clock does. Where the two are more than 2 ms apart
 * (at first, and when somebody has set the system's clock) Date.now() is right.
 */
function realtime(): bigint {
  const wall = BigInt(Date.now()) * 1_000_000n;
  const ticks = monotonic();
  const now = ticks + offset;
  if (now >= wall && now < wall + 2_000_000n) return now;
  offset = wall - ticks;
  return wall;
}
