/** wasi:cli/environment. */
import type { Caller } from "../caller.ts";
import { LIST, OPTION_STRING } from "../layout.ts";
import type { Functions, State } from "../state.ts";

export function environment({ args, env }: State, caller: Caller): Functions {
  return {
    "get-environment"(result: number): void {
      const at = caller.place(result, LIST);
      const pairs = env.flatMap((text) => {
        const end = text.indexOf("=");
        return [text.slice(0, end), text.slice(end + 1)];
      });
      caller.putTexts(at, pairs, 2);
    },

    "get-arguments"(result: number): void {
      caller.putTexts(caller.place(result, LIST), args);
    },

    /** None: paths are relative to the granted directories. */
    "initial-cwd"(result: number): void {
      caller.memory.bytes[caller.place(result, OPTION_STRING)] = 0;
    },
  };
}
