/**
 * Signals of the command: the guest catches them, or they end the command.
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
export type EndingSignal = (typeof SIGNALS)[number];

/** Whether this is process 1. */
export const isProcessOne = process.pid === 1;

/** Makes the signals end process 1. Call this early: earlier signals are lost. */
export function endBySignals(): void {
  if (isProcessOne)
    handleSignals(
      () => false,
      () => {},
    );
}

/**
 * Handles the signals. One that `take` does not take calls `last` and ends the process.
 *
 * @param take - returns false for the signal's default action
 */
export function handleSignals(take: (signal: EndingSignal) => boolean, last: () => void): void {
  const exit = isProcessOne ? immediateExit() : undefined;
  for (const signal of SIGNALS) {
    process.removeAllListeners(signal);
    process.on(signal, () => {
      if (take(signal)) return;
      last();
      exit?.(128 + constants.signals[signal]);
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    });
  }
}
