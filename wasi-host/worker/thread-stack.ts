/**
 * The stack of a guest's thread.
 *
 * The guest's frames are on the stack of its thread. Node gives a Worker's thread the requested stack, and V8 traps the
 * guest at its end. Deno and Bun do not: Bun's threads have 8 MB, and Deno's have V8's size at the start of the
 * process.
 */
import type { ResourceLimits } from "node:worker_threads";

/** Bytes for the host's frames, and for calls of V8 and libc below them: Node reserves 192 KiB of it. */
const OWN_FRAMES = 512 << 10;

/** The `resourceLimits` of a Worker whose guest has this many bytes of stack. */
export function withStack(bytes: number): ResourceLimits {
  return { stackSizeMb: (bytes + OWN_FRAMES) / (1 << 20) };
}

/** Explains why this runtime cannot change the stack, with a remedy; undefined if it can. */
export function fixedStack(): string | undefined {
  const { deno, bun } = process.versions;
  if (deno !== undefined) return "Deno has one stack size for all: start it with --v8-flags=--stack-size=KILOBYTES";
  if (bun !== undefined) return "Bun has one stack size for all, 8 MB: use Node";
  return undefined;
}
