/** One measurement: with one number of descriptors, all calls in turn, ours and the kernel's beside each other. */
import { clockCost, Waits } from "../idle/waits.ts";
import { allCpuSeconds } from "../machine.ts";
import { runAlone } from "../process.ts";
import { APIS, type Api, openPairs, SIDES, type Side } from "./pairs.ts";

/** The hidden command of `main.ts` that the process runs. */
export const PROCESS = "apis-process";

interface Order {
  size: number;
  apis: readonly Api[];
  seconds: number;
}

export interface Measurement {
  size: number;
  /** Nanoseconds that looking at the clock takes: subtracted everywhere. */
  clock: number;
  /** Share of one core that other processes used meanwhile. */
  others: number;
  /** Nanoseconds of one wait, medians. */
  waits: Partial<Record<Api, Record<Side, number>>>;
}

/** Runs an order in a new process. */
export function measure(order: Order): Promise<Measurement> {
  return runAlone(PROCESS, order, `${order.size} descriptors`);
}

/** Milliseconds, and waits at the most, until it is the other side's turn: what slows the machine slows both. */
const TURN = { milliseconds: 5, waits: 200 };

/** The measuring process. */
export async function measureAlone(json: string): Promise<void> {
  const { size, apis, seconds } = JSON.parse(json) as Order;
  const pairs = await openPairs(size, apis);
  const sides = [...pairs].map(([api, pair]) => ({
    api,
    kernel: new Waits(pair.kernel, size, "same"),
    pollux: new Waits(pair.pollux, size, "same"),
  }));
  const turnUntil = (end: number) => {
    for (let turn = 0; turn < 3 || performance.now() < end; turn++) {
      // The order alternates, because the first side finds different caches.
      const order = turn % 2 === 0 ? SIDES : SIDES.toReversed();
      for (const waits of sides) for (const side of order) waits[side].run(TURN.milliseconds, TURN.waits);
    }
  };
  turnUntil(performance.now() + seconds * 500);
  for (const waits of sides) for (const side of SIDES) waits[side].forget();
  const clock = clockCost();
  const before = { all: allCpuSeconds(), own: process.cpuUsage(), time: performance.now() };
  turnUntil(before.time + seconds * 1000);

  const own = process.cpuUsage(before.own);
  const elapsed = (performance.now() - before.time) / 1000;
  const others = (allCpuSeconds() - before.all - (own.user + own.system) / 1e6) / elapsed;
  const waits = Object.fromEntries(
    sides.map(({ api, kernel, pollux }) => [api, { kernel: kernel.cost(clock).wait, pollux: pollux.cost(clock).wait }]),
  );
  const measurement: Measurement = { size, clock, others: Math.max(0, others), waits };
  console.log(JSON.stringify(measurement));
}

/** All of them, or the named one. */
export const chosen = (only: string | undefined): Api[] => APIS.filter((api) => api === (only ?? api));
