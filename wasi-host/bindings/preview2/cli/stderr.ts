/** wasi:cli/stderr. */
import type { Caller } from "../caller.ts";
import { OUTPUT_STREAM } from "../resources.ts";
import type { Functions, State } from "../state.ts";

export function stderr({ stderr }: State, { handles }: Caller): Functions {
  return {
    "get-stderr"(): number {
      return handles.insert(OUTPUT_STREAM, stderr);
    },
  };
}
