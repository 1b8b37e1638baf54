/**
 * A guest under supervision: it runs in a thread of its own, so that this one can act while it sleeps or spins.
 *
 * A signal finds the main thread in its event loop: it says what is to be said, and then lets the signal do what it does
 * without a handler. The guest's thread is not asked, there or when its time is up.
 */
import { writeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { CallStatistics } from "../../wasi-host/index.ts";
import type { Ending } from "./guest-thread.ts";
import type { Plan } from "./run.ts";

/** As timeout(1) has it. */
const TIMED_OUT = 124;
/** What a timer of Node's can wait, in seconds. */
const LONGEST = 2_147_483;
const STDERR = 2;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** Beside dist/cli.js, where the build puts it. */
const THREAD = new URL("guest-thread.js", import.meta.url);

export interface Supervision {
  /** At the end, however it comes, the table of what was called goes to stderr. */
  readonly stats?: boolean;
  /** Seconds after which it ends. */
  readonly timeout?: number;
}

/** Throws an Error that names what is no time. */
export function parseTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (seconds > 0 && seconds <= LONGEST) return seconds;
  throw new Error(`bad --timeout '${text}': expected seconds, more than 0 and at most ${LONGEST}`);
}

/** As `run`, in another thread. A guest whose time is up ends the process with status 124. */
export async function supervise(plan: Plan, { stats, timeout }: Supervision): Promise<number> {
  const statistics = stats ? new CallStatistics() : undefined;
  const last = () => {
    if (statistics !== undefined) writeSync(STDERR, statistics.toString());
  };
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      last();
      process.kill(process.pid, signal);
    });
  }
  const workerData: Plan = { ...plan, statistics: statistics?.shared };
  const exit = await immediateExit();
  const worker = new Worker(THREAD, { workerData });
  const end = () => {
    writeSync(STDERR, `pollux: '${plan.path}' ran longer than ${timeout} s and was ended; --timeout sets the limit\n`);
    last();
    exit(TIMED_OUT);
  };
  const timer = timeout === undefined ? undefined : setTimeout(end, timeout * 1e3);
  const ending = await new Promise<Ending>((resolve, reject) => {
    worker.once("message", resolve).once("error", reject);
  });
  clearTimeout(timer);
  if ("refusal" in ending) throw new Error(ending.refusal);
  last();
  return ending.status;
}

/**
 * _exit(2), where there is one: process.exit waits for the guest's thread, and that may sleep in the kernel for ever. A
 * guest that only sleeps in JavaScript or spins is stopped by process.exit too.
 */
async function immediateExit(): Promise<(status: number) => void> {
  try {
    const { libc } = await import("../../wasi-host/drivers/posix/libc.ts");
    return (status) => void libc._exit(status);
  } catch {
    return (status) => process.exit(status);
  }
}
