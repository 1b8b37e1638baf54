/** wasi:clocks/monotonic-clock: nanoseconds. */
import { MONOTONIC_RESOLUTION } from "../../../runtime/clock.ts";
import type { Caller } from "../caller.ts";
import { Pollable } from "../polling/readiness.ts";
import { POLLABLE } from "../resources.ts";
import type { Functions, State } from "../state.ts";

export function monotonicClock({ driver, poller }: State, { handles }: Caller): Functions {
  return {
    now(): bigint {
      return driver.now();
    },

    resolution(): bigint {
      return MONOTONIC_RESOLUTION;
    },

    "subscribe-instant"(when: bigint): number {
      return handles.insert(POLLABLE, Pollable.at(unsigned(when)));
    },

    "subscribe-duration"(when: bigint): number {
      return handles.insert(POLLABLE, Pollable.at(poller.now() + unsigned(when)));
    },
  };
}

/** As a double, which is exact for 104 days; an inexact time is too far away to come. */
function unsigned(nanoseconds: bigint): number {
  return Number(BigInt.asUintN(64, nanoseconds));
}
