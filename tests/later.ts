/** What another process does while this one's thread sleeps. */
import { spawn } from "node:child_process";
import { once } from "node:events";

/** Long enough for the thread to be asleep, most likely; nothing depends on it. */
const PAUSE_SECONDS = 0.05;

/** A process that writes to an operating system descriptor, or does something else, while this one's thread sleeps. */
export function later(script: string, target?: number): Promise<unknown> {
  const output = target ?? "ignore";
  const child = spawn("sh", ["-c", `sleep ${PAUSE_SECONDS}; ${script}`], { stdio: ["ignore", output, "inherit"] });
  return once(child, "close");
}

/**
 * A process that signals this one repeatedly for a while, during a longer sleep. Resolves when it has, and
 * one has been handled.
 */
export async function signalled(): Promise<void> {
  const handle = () => {};
  process.on("SIGUSR2", handle);
  const handled = once(process, "SIGUSR2");
  await later(`for n in 1 2 3 4 5 6 7 8; do kill -USR2 ${process.pid}; sleep ${PAUSE_SECONDS}; done`);
  await handled;
  process.off("SIGUSR2", handle);
}
