/** Clocks, in milliseconds with a fraction. */
import { now, wallClock } from "../sys/system";

const NANOSECONDS: f64 = 1_000_000;

/** Milliseconds since an unspecified time: never goes back, so differences are durations. */
export function monotonicTime(): f64 {
  return <f64>now() / NANOSECONDS;
}

/** Milliseconds since 1970 (UTC). */
export function wallTime(): f64 {
  return <f64>wallClock() / NANOSECONDS;
}
