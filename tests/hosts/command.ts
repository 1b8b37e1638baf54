/** The command `pollux` as shipped: dist/cli.cjs in its own process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { endAfterTests } from "../left-running.ts";
import { RUNTIME } from "../script-runtime.ts";

export const CLI = fileURLToPath(new URL("../../dist/cli.cjs", import.meta.url));

/** The command in a shell's text, on that runtime. */
export const shellWords = (runtime = RUNTIME) => [...runtime, CLI].map((word) => `'${word}'`).join(" ");

export class Run {
  readonly child: ChildProcess;
  out = "";
  error = "";
  readonly ended: Promise<{ out: string; error: string; status: number | null; signal: string | null }>;

  /** The words in front of the command's path. */
  protected get runtime(): readonly string[] {
    return RUNTIME;
  }

  constructor(...args: string[]) {
    const [program, ...words] = this.runtime;
    this.child = endAfterTests(spawn(program, [...words, CLI, ...args], { stdio: "pipe" }));
    this.child.stdout!.on("data", (bytes) => (this.out += bytes));
    this.child.stderr!.on("data", (bytes) => (this.error += bytes));
    this.ended = once(this.child, "close").then(([status, signal]) => ({
      out: this.out,
      error: this.error,
      status,
      signal,
    }));
  }

  /** Resolves when the pattern has been printed, to its match. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.out + this.error);
      if (match !== null) return match;
      const over = new AbortController();
      const more = [this.child.stdout!, this.child.stderr!].map((stream) => once(stream, "data", over));
      await Promise.race([...more, this.failed()]).finally(() => over.abort());
    }
  }

  async failed(): Promise<never> {
    const { error, status } = await this.ended;
    throw new Error(`ended with ${status} before that: ${error}`);
  }
}

/** Runs it to its end, with nothing on stdin. */
export async function pollux(...args: string[]) {
  const run = new Run(...args);
  run.child.stdin!.end();
  return run.ended;
}
