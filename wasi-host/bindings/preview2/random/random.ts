/** wasi:random/random, from the driver. */
import type { Caller } from "../caller.ts";
import type { Functions, State } from "../state.ts";
import { leaveRandomBytes, randomU64 } from "./generator.ts";

export function random({ driver }: State, caller: Caller): Functions {
  return {
    "get-random-bytes"(length: bigint, result: number): void {
      leaveRandomBytes(driver, caller, length, result);
    },

    "get-random-u64"(): bigint {
      return randomU64(driver);
    },
  };
}
