/** The clock of a driver's sleeps. */
import type { Driver } from "./driver.ts";

/** Monotonic nanoseconds as a double: exact for 104 days of uptime. */
export function monotonicNanoseconds(driver: Driver): number {
  return Number(driver.now());
}
