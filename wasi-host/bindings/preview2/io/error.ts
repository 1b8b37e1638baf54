/** wasi:io/error. */
import type { Caller } from "../caller.ts";
import { STRING } from "../layout.ts";
import { ERROR } from "../resources.ts";
import type { Functions } from "../state.ts";

export function error(caller: Caller): Functions {
  return {
    "[method]error.to-debug-string"(handle: number, result: number): void {
      const { text } = caller.handles.get(ERROR, handle);
      caller.putText(caller.place(result, STRING), text);
    },
  };
}
