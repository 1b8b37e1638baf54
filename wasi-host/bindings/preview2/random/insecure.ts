/** wasi:random/insecure: numbers that may be easy to guess; ours are not. */
import type { Caller } from "../caller.ts";
import type { Functions, State } from "../state.ts";
import { leaveRandomBytes, randomU64 } from "./generator.ts";

export function insecure({ driver }: State, caller: Caller): Functions {
  return {
    "get-insecure-random-bytes"(length: bigint, result: number): void {
      leaveRandomBytes(driver, caller, length, result);
    },

    "get-insecure-random-u64"(): bigint {
      return randomU64(driver);
    },
  };
}
