/** What goes wrong, in one line that names the value and the remedy; and how a trap is shown. */
import { CommanderError } from "commander";
import { SystemError } from "../../wasi-host/system-error.ts";

/** Exit status for a command that could not be carried out: nothing of the guest has run. */
export const FAILED = 2;
/** 128 + SIGABRT, as a C program's abort() gives. */
export const TRAPPED = 134;

const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use; end the program that has it, or choose another port (0 lets the system choose)",
  EADDRNOTAVAIL: "this machine has no such address; 0.0.0.0 and [::] stand for all that it has",
  EACCES: "not permitted; ports below 1024 need privileges, choose a higher one",
  EAFNOSUPPORT: "this machine does not have this kind of address; try 127.0.0.1",
  EMFILE: "too many open files; raise the limit (ulimit -n)",
};

/** The line for an error that has to do with what was asked for; undefined for a mistake of ours, to be thrown on. */
export function describe(error: unknown): string | undefined {
  if (error instanceof CommanderError) return `${withoutPrefix(error.message)}; see pollux --help`;
  if (error instanceof SystemError) {
    const remedy = REMEDIES[error.code];
    return remedy === undefined ? error.message : `${error.message}: ${remedy}`;
  }
  return error instanceof Error && error.name === "Error" ? oneLine(error.message) : undefined;
}

/** The reason and the guest's frames: the host's own, below and above, say nothing about the guest. */
export function describeTrap(error: unknown): string {
  const { name, message, stack = "" } = error as Error;
  const frames = stack.split("\n").filter((line) => line.includes("wasm://") || line.includes("wasm-function"));
  return [`trap: ${message || name}`, ...frames].join("\n");
}

function withoutPrefix(message: string): string {
  return oneLine(message.replace(/^error: /, "").replace(/\.$/, ""));
}

function oneLine(message: string): string {
  return message.trim().replace(/\s*\n\s*/g, " ");
}
