/** One measurement of one subject, in a process of its own. */
import { allCpuSeconds } from "../machine.ts";
import { runAlone } from "../process.ts";
import { SCENARIOS } from "./subjects.ts";
import { ACTIVITIES, type Activity, type Cost, clockCost, Waits } from "./waits.ts";

/** The hidden command of `main.ts` that the process runs. */
export const PROCESS = "idle-process";

/** The measurements, by name. */
interface Order {
  scenario: string;
  subject: string;
  sizes: readonly number[];
  seconds: number;
}

export interface Measurement {
  /** Nanoseconds that looking at the clock takes: subtracted everywhere. */
  clock: number;
  /** Share of one core that other processes used meanwhile. */
  others: number;
  costs: ({ size: number } & Record<Activity, Cost>)[];
}

/** Runs an order in a new process. */
export function measure(order: Order): Promise<Measurement> {
  return runAlone(PROCESS, order, `${order.subject}, ${order.scenario}`);
}

/** Milliseconds and waits that one crowd has before it is the next one's turn: so short that whatever slows the machine slows all. */
const TURN = { milliseconds: 10, waits: 400 };
const WARM_UP_TURNS = 15;

/** Opens all crowds, and measures them in turn. */
export async function measureAlone(json: string): Promise<void> {
  const { scenario, subject, sizes, seconds } = JSON.parse(json) as Order;
  const { open } = SCENARIOS.find(({ name }) => name === scenario)!.subjects.find(({ name }) => name === subject)!;
  const crowds: { size: number; same: Waits; any: Waits }[] = [];
  for (const size of sizes) {
    const crowd = await open(size);
    crowds.push({ size, same: new Waits(crowd, size, "same"), any: new Waits(crowd, size, "any") });
  }
  const all = ACTIVITIES.flatMap((activity) => crowds.map((crowd) => crowd[activity]));
  const round = () => {
    for (const waits of all) waits.run(TURN.milliseconds, TURN.waits);
  };

  const warm = performance.now() + seconds * 500;
  for (let turn = 0; turn < WARM_UP_TURNS && (turn === 0 || performance.now() < warm); turn++) round();
  for (const waits of all) waits.forget();
  const clock = clockCost();
  const before = { all: allCpuSeconds(), own: process.cpuUsage(), time: performance.now() };
  const end = before.time + seconds * 1000;
  for (let turn = 0; turn < 3 || performance.now() < end; turn++) round();

  const own = process.cpuUsage(before.own);
  const elapsed = (performance.now() - before.time) / 1000;
  const others = (allCpuSeconds() - before.all - (own.user + own.system) / 1e6) / elapsed;
  const costs = crowds.map(({ size, same, any }) => ({ size, same: same.cost(clock), any: any.cost(clock) }));
  const measurement: Measurement = { clock, others: Math.max(0, others), costs };
  console.log(JSON.stringify(measurement));
}
