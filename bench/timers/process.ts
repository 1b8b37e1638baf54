/** One measurement of timers, in a process of its own: CPU time for a million of them. */
import { readFileSync } from "node:fs";
import { Loop } from "../../src/loop/index.ts";
import { WasiHost } from "../../wasi-host/index.ts";

/** The hidden command of `main.ts`. */
export const PROCESS = "timers-alone";
/** The module of bench/guests/timers.ts, which the build makes. */
const GUEST = "dist/bench/timers.wasm";

export const SCENARIOS = {
  same: "set and cancel, 30 s",
  spread: "set and cancel, up to 1 h",
  fire: "set and fire, up to 1 s",
};

export interface Order {
  subject: keyof typeof SUBJECTS;
  scenario: keyof typeof SCENARIOS;
  count: number;
}

/** Sets this many timers, and cancels them, or waits until all have fired. */
type Measured = (scenario: Order["scenario"], count: number) => void | Promise<void>;

/** Pseudo-random delays, the same for every subject. */
function delays(scenario: Order["scenario"], count: number): Int32Array {
  const most = scenario === "fire" ? 1000 : 3_600_000;
  return Int32Array.from({ length: count }, (_, index) =>
    scenario === "same" ? 30_000 : 1 + Math.floor((Math.imul(index, 2_654_435_761) >>> 0) * (most / 2 ** 32)),
  );
}

/** Timers of JavaScript. */
function measured<Timer>(
  set: (delay: number, callback: () => void) => Timer,
  cancel: (timer: Timer) => void,
): Measured {
  return async (scenario, count) => {
    const given = delays(scenario, count);
    if (scenario === "fire") {
      let fired = 0;
      await new Promise<void>((resolve) => {
        const callback = () => {
          if (++fired === count) resolve();
        };
        for (let index = 0; index < count; index++) set(given[index], callback);
      });
      return;
    }
    const timers = new Array<Timer>(count);
    for (let index = 0; index < count; index++) timers[index] = set(given[index], () => {});
    for (let index = 0; index < count; index++) cancel(timers[index]);
  };
}

async function typescript(): Promise<Measured> {
  const loop = await Loop.open();
  return measured(
    (delay, callback) => loop.callLater(delay, callback),
    (timer) => timer.cancel(),
  );
}

async function assemblyscript(): Promise<Measured> {
  const host = await WasiHost.open();
  const { instance } = await WebAssembly.instantiate(readFileSync(GUEST), { ...host.imports });
  host.initialize(instance);
  const measure = instance.exports.measure as (scenario: number, count: number) => number;
  return (scenario, count) => {
    const fired = measure(Object.keys(SCENARIOS).indexOf(scenario), count);
    if (fired !== (scenario === "fire" ? count : 0)) throw new Error(`${fired} timers have fired`);
  };
}

/** Those that run in Node. */
export const SUBJECTS = {
  "node:timers": async () =>
    measured(
      (delay, callback) => setTimeout(callback, delay),
      (timer) => clearTimeout(timer),
    ),
  "loop in TypeScript": typescript,
  "loop in AssemblyScript": assemblyscript,
};

/** Prints nanoseconds of CPU time for each timer. */
export async function measureAlone(text: string): Promise<void> {
  const { subject, scenario, count } = JSON.parse(text) as Order;
  const run = await SUBJECTS[subject]();
  await run(scenario, Math.ceil(count / 10));
  const start = process.cpuUsage();
  await run(scenario, count);
  const { user, system } = process.cpuUsage(start);
  console.log(JSON.stringify(((user + system) * 1000) / count));
  process.exit(0);
}
