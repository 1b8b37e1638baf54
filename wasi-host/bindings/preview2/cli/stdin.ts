/** wasi:cli/stdin. */
import type { Caller } from "../caller.ts";
import { INPUT_STREAM } from "../resources.ts";
import type { Functions, State } from "../state.ts";

export function stdin({ stdin }: State, { handles }: Caller): Functions {
  return {
    "get-stdin"(): number {
      return handles.insert(INPUT_STREAM, stdin);
    },
  };
}
