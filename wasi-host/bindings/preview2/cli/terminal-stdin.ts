/** wasi:cli/terminal-stdin. */
import type { Caller } from "../caller.ts";
import { OPTION_HANDLE } from "../layout.ts";
import { TERMINAL_INPUT } from "../resources.ts";
import type { Functions, State } from "../state.ts";

export function terminalStdin({ isTerminal }: State, caller: Caller): Functions {
  return {
    "get-terminal-stdin"(result: number): void {
      const at = caller.place(result, OPTION_HANDLE);
      const is = isTerminal(0);
      caller.memory.bytes[at] = is ? 1 : 0;
      if (!is) return;
      caller.memory.words[(at + OPTION_HANDLE.payload) >>> 2] = caller.handles.insert(TERMINAL_INPUT, undefined);
    },
  };
}
