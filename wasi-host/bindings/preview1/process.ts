/** The end of the program, and its signals (witx, `proc_*`, `sched_yield`). */
import { Errno } from "../../abi/errno.ts";
import { pollfds } from "../../drivers/contract/pollfd.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { ProcessExit } from "../../kernel/process-exit.ts";
import { Wait } from "../../waiting/wait.ts";
import type { Calls } from "../../waiting/way.ts";

/** The calls that may wait. */
export const WAITS: readonly string[] = ["sched_yield"];

export function process({ suspends, way, signals }: Kernel): Calls {
  return {
    proc_exit(code: number): never {
      throw new ProcessExit(code >>> 0);
    },

    /** The guest's C library emulates its own signals (`-lwasi-emulated-signal`); it has a right only to granted ones. */
    proc_raise(signal: number): number {
      return signals?.raise(signal >>> 0) ?? Errno.NOSYS;
    },

    /** If the event loop cannot run meanwhile, no other code uses the thread. */
    sched_yield(): number | Promise<number> {
      return suspends ? way.finish(turn) : 0;
    },
  };
}

/** A turn of the event loop. */
class TurnWait extends Wait {
  readonly fds = pollfds(0);
  readonly count = 0;
  readonly deadline = 0;

  resume(): number {
    return 0;
  }
}

const turn = new TurnWait();
