/** Error messages, one line that names the value and the remedy; and the format of a trap. */
import { ArgumentError, SystemError } from "../../wasi-host/internal-node.ts";
import { STDERR, writeWhole } from "../../wasi-host/internal-start.ts";
import { moreStack } from "./guest-stack.ts";

/** Exit status of a command that could not run. */
const FAILED = 2;
/** 128 + SIGABRT, as for abort() in C. */
export const TRAPPED = 134;

const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use; stop the program that uses it, or choose another port (0: the system chooses)",
  EADDRNOTAVAIL: "this machine does not have this address; 0.0.0.0 and [::] mean all of its addresses",
  EACCES: "not permitted; ports below 1024 need privileges",
  EAFNOSUPPORT: "this machine does not support this kind of address; try 127.0.0.1",
  EMFILE: "too many open files; raise the limit (ulimit -n)",
};

/**
 * Prints the line for a user's error.
 *
 * @returns the exit status
 * @throws the error if it is an internal one
 */
export function report(error: unknown): number {
  const line = describe(error);
  if (line === undefined) throw error;
  writeWhole(STDERR, `pollux: ${line}\n`);
  return FAILED;
}

/** Returns the line for a user's error; undefined for an internal error, which the caller rethrows. */
export function describe(error: unknown): string | undefined {
  if (error instanceof SystemError) {
    const remedy = REMEDIES[error.code];
    return remedy === undefined ? error.message : `${error.message}: ${remedy}`;
  }
  if (error instanceof ArgumentError) return oneLine(error.message);
  return error instanceof Error && error.name === "Error" ? oneLine(error.message) : undefined;
}

/**
 * Formats a trap: its reason and the guest's frames, without the host's.
 *
 * @param locate - finds the source lines of frames
 */
export function describeTrap(
  error: unknown,
  stackSize: number,
  locate: (frames: readonly string[]) => readonly string[],
): string {
  const { name, message, stack = "" } = error as Error;
  const frames = stack.split("\n").filter((line) => line.includes("wasm://") || line.includes("wasm-function"));
  const reason = message.startsWith(STACK_OVERFLOW)
    ? `${STACK_OVERFLOW}; ${moreStack(stackSize)}`
    : message.replace(EVALUATED, "");
  return [`trap: ${reason || name}`, ...locate(frames)].join("\n");
}

/** The message in V8, and in JavaScriptCore followed by a full stop. */
const STACK_OVERFLOW = "Maximum call stack size exceeded";

/** JavaScriptCore adds the host's own expression to the message. */
const EVALUATED = / \(evaluating '.*'\)$/s;

function oneLine(message: string): string {
  return message.trim().replace(/\s*\n\s*/g, " ");
}
