/** Time (witx, `clock_*`, `$clockid`), in nanoseconds. */

import { CLOCK_MONOTONIC, CLOCK_REALTIME } from "../../../assembly/abi/wasi.ts";
import { Errno } from "../../abi/errno.ts";
import type { Imports } from "../../abi/imports.ts";
import type { Driver } from "../../drivers/contract/driver.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { MONOTONIC_RESOLUTION, processTime, threadTime } from "../../runtime/clock.ts";

const PROCESS_CPUTIME = 2;
const THREAD_CPUTIME = 3;

/** The resolution of the clocks. */
const RESOLUTION = [
  MONOTONIC_RESOLUTION === 1n ? 1_000n : MONOTONIC_RESOLUTION,
  MONOTONIC_RESOLUTION,
  1_000n,
  1_000n,
] as const;

export function clocks(host: Kernel): Imports {
  const { memory, driver } = host;
  return {
    clock_res_get(clock: number, result: number): number {
      memory.refresh();
      if (!isSupported(clock >>> 0)) return Errno.INVAL;
      if (!memory.holds(result >>> 0, 8)) return Errno.FAULT;
      memory.view.setBigUint64(result >>> 0, RESOLUTION[clock], true);
      return 0;
    },

    /** The precision is ignored: the clocks are always read. */
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
  return clock <= CLOCK_MONOTONIC || (clock <= THREAD_CPUTIME && processTime !== undefined);
}

/** Nanoseconds of a supported WASI clock (0 to 3): since 1970, since an arbitrary moment, and of CPU time. */
export function clockNow(clock: number, driver: Driver): bigint {
  switch (clock) {
    case CLOCK_REALTIME:
      return driver.timeOfDay();
    case CLOCK_MONOTONIC:
      return driver.now();
    case PROCESS_CPUTIME:
      return processTime!();
    default:
      return threadTime!();
  }
}
