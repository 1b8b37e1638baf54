/** wasi:cli/terminal-stderr. */
import type { Caller } from "../caller.ts";
import { OPTION_HANDLE } from "../layout.ts";
import { TERMINAL_OUTPUT } from "../resources.ts";
import type { Functions, State } from "../state.ts";

export function terminalStderr({ terminals }: State, caller: Caller): Functions {
  return {
    "get-terminal-stderr"(result: number): void {
      const at = caller.place(result, OPTION_HANDLE);
      caller.memory.bytes[at] = terminals[2] ? 1 : 0;
      if (!terminals[2]) return;
      caller.memory.words[(at + OPTION_HANDLE.payload) >>> 2] = caller.handles.insert(TERMINAL_OUTPUT, undefined);
    },
  };
}
