/** wasi:clocks/wall-clock: the time of day. */
import type { Caller } from "../caller.ts";
import { DATETIME } from "../layout.ts";
import type { Functions, State } from "../state.ts";

const SECOND = 1_000_000_000n;
/** Nanoseconds: the monotonic clock counts between the ticks of the time of day, which are milliseconds. */
const RESOLUTION = 1_000n;

export function wallClock({ driver }: State, caller: Caller): Functions {
  function tell(nanoseconds: bigint, result: number): void {
    const at = caller.place(result, DATETIME);
    const { view } = caller.memory;
    view.setBigUint64(at, nanoseconds / SECOND, true);
    view.setUint32(at + DATETIME.nanoseconds, Number(nanoseconds % SECOND), true);
  }

  return {
    now(result: number): void {
      tell(driver.timeOfDay(), result);
    },

    resolution(result: number): void {
      tell(RESOLUTION, result);
    },
  };
}
