/** wasi:cli/terminal-stdout. */
import type { Caller } from "../caller.ts";
import { OPTION_HANDLE } from "../layout.ts";
import { TERMINAL_OUTPUT } from "../resources.ts";
import type { Functions, State } from "../state.ts";

export function terminalStdout({ isTerminal }: State, caller: Caller): Functions {
  return {
    "get-terminal-stdout"(result: number): void {
      const at = caller.place(result, OPTION_HANDLE);
      const is = isTerminal(1);
      caller.memory.bytes[at] = is ? 1 : 0;
      if (!is) return;
      caller.memory.words[(at + OPTION_HANDLE.payload) >>> 2] = caller.handles.insert(TERMINAL_OUTPUT, undefined);
    },
  };
}
