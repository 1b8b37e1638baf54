/** Signals of the process, if there is one. */

import { ArgumentError } from "../../wasi-host/index.ts";
import { Errno, SystemError, shown } from "../../wasi-host/internal.ts";

/** The name of a signal that a process can handle. signal(7) */
export type SignalName =
  | ("SIGINT" | "SIGTERM" | "SIGHUP" | "SIGQUIT" | "SIGUSR1" | "SIGUSR2" | "SIGBREAK" | "SIGALRM" | "SIGCHLD")
  | ("SIGCONT" | "SIGIO" | "SIGPIPE" | "SIGTSTP" | "SIGTTIN" | "SIGTTOU" | "SIGURG" | "SIGVTALRM" | "SIGWINCH");

const NAMES: Readonly<Record<SignalName, true>> = {
  ...{ SIGINT: true, SIGTERM: true, SIGHUP: true, SIGQUIT: true, SIGUSR1: true, SIGUSR2: true, SIGBREAK: true },
  ...{ SIGALRM: true, SIGCHLD: true, SIGCONT: true, SIGIO: true, SIGPIPE: true, SIGTSTP: true, SIGTTIN: true },
  ...{ SIGTTOU: true, SIGURG: true, SIGVTALRM: true, SIGWINCH: true },
};

/** Calls `heard` after every signal with this name. Returns the function that stops the calls. */
export function listenForSignal(name: SignalName, heard: () => void): () => void {
  if (!Object.hasOwn(NAMES, name)) {
    throw new ArgumentError(
      `onSignal(${shown(name)}): expected a signal that can be caught: ${Object.keys(NAMES).join(", ")}`,
    );
  }
  if (typeof process !== "object" || typeof process.on !== "function") {
    throw new SystemError(Errno.NOTSUP, "onSignal", `${name}, without a process`);
  }
  process.on(name, heard);
  return () => process.off(name, heard);
}
