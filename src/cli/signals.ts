/**
 * Signals that end the command.
 *
 * The default action ends the process in any sleep. Process 1 of a PID namespace (a container's command) has no default
 * actions (pid_namespaces(7)): signals without a handler are ignored, and `docker stop` waits until it kills. So
 * process 1 has handlers, which exit with the status that a shell reports for a signal. A handler needs a free event
 * loop, so its guest runs in its own thread.
 */
import { constants } from "node:os";
import process from "node:process";
import { immediateExit } from "./exit.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Whether this is process 1. */
export const isProcessOne = process.pid === 1;

/** Makes the signals end process 1. Call this early: earlier signals are lost. */
export function endBySignals(): void {
  if (!isProcessOne) return;
  const exit = immediateExit();
  for (const signal of SIGNALS) process.on(signal, () => exit(128 + constants.signals[signal]));
}

/** Calls `last` before a signal ends the process. */
export function beforeSignal(last: () => void): void {
  for (const signal of SIGNALS) {
    process.prependOnceListener(signal, () => {
      last();
      if (!isProcessOne) process.kill(process.pid, signal);
    });
  }
}
