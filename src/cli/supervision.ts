/**
 * Supervises a guest: it runs in its own thread, so that this thread can act while the guest sleeps or spins.
 *
 * A signal that the guest does not catch makes the main thread print the statistics, and then ends the process. Such
 * signals and timeouts do not need the guest's cooperation.
 */

import { driverName, startThread, withStack } from "../../wasi-host/internal-node.ts";
import { STDERR, writeWhole } from "../../wasi-host/internal-start.ts";
import { asksForSignals, CaughtSignals } from "./caught-signals.ts";
import { immediateExit } from "./exit.ts";
import type { Ending } from "./guest-thread.ts";
import type { Plan } from "./plan.ts";
import { handleSignals } from "./signals.ts";

/** As timeout(1). */
const TIMED_OUT = 124;
/** Maximum time of a Node timer, in seconds. */
const MAX_SECONDS = 2_147_483;
/**
 * The program of the guest's thread: the build puts it beside dist/cli.cjs. A function, because Node loads `node:url` for it, and most
 * guests run in this thread.
 */
const threadFile = () => new URL("guest-thread.cjs", import.meta.url);

export interface Supervision {
  /** Print call statistics to stderr at the end, also after a signal. */
  readonly stats?: boolean;
  /** Maximum run time in seconds. */
  readonly timeout?: number;
}

/**
 * Parses --timeout.
 *
 * @throws Error that names an invalid time
 */
export function parseTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (seconds > 0 && seconds <= MAX_SECONDS) return seconds;
  throw new Error(`bad --timeout '${text}': expected a number of seconds above 0, at most ${MAX_SECONDS}`);
}

/** Runs a guest in another thread. At its timeout the process exits with status 124. */
export async function supervise(plan: Plan, { stats, timeout }: Supervision): Promise<number> {
  const statistics = stats ? await newStatistics() : undefined;
  using signals = await signalsFor(plan);
  const last = () => {
    if (statistics !== undefined) writeWhole(STDERR, statistics.toString());
  };
  const leave = () => {
    signals?.[Symbol.dispose]();
    last();
  };
  handleSignals((signal) => signals?.take(signal) ?? false, leave);
  const workerData: Plan = { ...plan, statistics: statistics?.shared, signals: signals?.order };
  const exit = immediateExit();
  const worker = startThread(threadFile(), workerData, { resourceLimits: withStack(plan.stack) });
  const end = () => {
    writeWhole(
      STDERR,
      `pollux: '${plan.path}' ran longer than ${timeout} s and was killed; --timeout sets the limit\n`,
    );
    leave();
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

/** Undefined for a program that does not ask, and over a simulated network, whose time does not pass by itself. */
async function signalsFor({ program, host }: Plan): Promise<CaughtSignals | undefined> {
  if (program === undefined || !asksForSignals(program)) return undefined;
  const driver = driverName(host.driver as string | undefined);
  return driver === "simulated" ? undefined : await CaughtSignals.open(driver);
}

async function newStatistics() {
  const { CallStatistics } = await import("../../wasi-host/internal-trace.ts");
  return new CallStatistics();
}
