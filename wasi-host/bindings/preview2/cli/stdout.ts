/** wasi:cli/stdout. */
import type { Caller } from "../caller.ts";
import { OUTPUT_STREAM } from "../resources.ts";
import type { Functions, State } from "../state.ts";

export function stdout({ stdout }: State, { handles }: Caller): Functions {
  return {
    "get-stdout"(): number {
      return handles.insert(OUTPUT_STREAM, stdout);
    },
  };
}
