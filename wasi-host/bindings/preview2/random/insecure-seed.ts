/** wasi:random/insecure-seed: the seed of a language's hash tables. */
import type { Caller } from "../caller.ts";
import { TWO_U64 } from "../layout.ts";
import type { Functions, State } from "../state.ts";
import { randomU64 } from "./generator.ts";

export function insecureSeed({ driver }: State, caller: Caller): Functions {
  return {
    "insecure-seed"(result: number): void {
      const at = caller.place(result, TWO_U64);
      caller.memory.view.setBigUint64(at, randomU64(driver), true);
      caller.memory.view.setBigUint64(at + 8, randomU64(driver), true);
    },
  };
}
