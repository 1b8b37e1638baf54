/**
 * A guest under supervision: it runs in a thread of its own, so that this one can act while it sleeps or spins.
 *
 * A signal finds the main thread in its event loop: it says what is to be said, and then lets the signal do what it does
 * without a handler. The guest's thread is not asked.
 */
import { writeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { CallStatistics } from "../../wasi-host/index.ts";
import type { Ending } from "./guest-thread.ts";
import type { Plan } from "./run.ts";

const STDERR = 2;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** Beside dist/cli.js, where the build puts it. */
const THREAD = new URL("guest-thread.js", import.meta.url);

/** As `run`; and at the end, however it comes, the table of what was called goes to stderr. */
export async function supervise(plan: Plan): Promise<number> {
  const statistics = new CallStatistics();
  const last = () => void writeSync(STDERR, statistics.toString());
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      last();
      process.kill(process.pid, signal);
    });
  }
  const worker = new Worker(THREAD, { workerData: { ...plan, statistics: statistics.shared } satisfies Plan });
  const ending = await new Promise<Ending>((resolve, reject) => {
    worker.once("message", resolve).once("error", reject);
  });
  if ("refusal" in ending) throw new Error(ending.refusal);
  last();
  return ending.status;
}
