/** The end of the program, and its signals (witx, `proc_*`, `sched_yield`). */
import { Errno } from "../errno.ts";
import type { Imports } from "../imports.ts";

/** How proc_exit leaves the guest: caught by whoever started it, and by nobody else. */
export class ProcessExit extends Error {
  override readonly name = "ProcessExit";
  /** As the guest gave it: 32 bits, unsigned. */
  readonly code: number;

  constructor(code: number) {
    super(`the guest exits with status ${code}`);
    this.code = code;
  }
}

export function process(): Imports {
  return {
    proc_exit(code: number): never {
      throw new ProcessExit(code >>> 0);
    },

    /** A guest's own signals are its C library's to emulate (`-lwasi-emulated-signal`); to the host's it has no right. */
    proc_raise(_signal: number): number {
      return Errno.NOSYS;
    },

    /** There is nobody else in the thread. */
    sched_yield(): number {
      return 0;
    },
  };
}
