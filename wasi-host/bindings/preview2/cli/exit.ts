/** wasi:cli/exit. */
import { ProcessExit } from "../../../kernel/process-exit.ts";
import type { Functions } from "../state.ts";
import { caseOf } from "../trap.ts";

export function exit(): Functions {
  return {
    /** `status`: a result without values; its error is the status 1. */
    exit(status: number): never {
      throw new ProcessExit(caseOf(status, 2, "result"));
    },

    "exit-with-code"(status: number): never {
      throw new ProcessExit(status & 0xff);
    },
  };
}
