/** wasi:sockets/network. */
import type { Caller } from "../caller.ts";
import { OPTION_BYTE } from "../layout.ts";
import { ERROR } from "../resources.ts";
import type { Functions } from "../state.ts";
import { codeOf } from "./error-code.ts";

export function network(caller: Caller): Functions {
  return {
    "network-error-code"(handle: number, result: number): void {
      const { errno, of } = caller.handles.get(ERROR, handle);
      const at = caller.place(result, OPTION_BYTE);
      const { bytes } = caller.memory;
      bytes[at] = of === "network" ? 1 : 0;
      bytes[at + OPTION_BYTE.payload] = codeOf(errno);
    },
  };
}
