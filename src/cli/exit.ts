/** The exit: its status, and the end of a process while a thread sleeps in the kernel. */
import process from "node:process";
import { loadKoffi } from "../../wasi-host/internal-start.ts";

/**
 * Prepares _exit(2) if it can be called. process.exit waits for the guest's thread, which may be blocked in a write.
 * Call this early: loading fails without free descriptors.
 */
export function immediateExit(): (status: number) => void {
  try {
    return loadKoffi().load("libc.so.6").func("void _exit(int status)");
  } catch {
    return (status) => process.exit(status);
  }
}

/** An exit status has eight bits. */
export function exitCode(status: number): number {
  return status & 0xff;
}
