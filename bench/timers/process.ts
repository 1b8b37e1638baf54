/** One measurement of timers, in a process of its own: CPU time for a million of them. */
import { Loop } from "../../src/loop/index.ts";
import { TimerHeap } from "./heap.ts";

/** The hidden command of `main.ts`. */
export const PROCESS = "timers-alone";
export const SUBJECTS = ["pollux loop", "node:timers", "binary heap"] as const;
export const SCENARIOS = {
  same: "set and cancel, 30 s",
  spread: "set and cancel, up to 1 h",
  fire: "set and fire, up to 1 s",
};

export interface Order {
  subject: (typeof SUBJECTS)[number];
  scenario: keyof typeof SCENARIOS;
  count: number;
}

/** Sets timers, cancels them, or waits until all have fired. */
interface Subject {
  set(delay: number, callback: () => void): unknown;
  cancel(timer: unknown): void;
  /** Resolves when the last has fired. */
  fired(): Promise<void>;
}

async function open(subject: Order["subject"]): Promise<Subject> {
  if (subject === "pollux loop") {
    const loop = await Loop.open();
    return {
      set: (delay, callback) => loop.callLater(delay, callback),
      cancel: (timer) => (timer as ReturnType<Loop["callLater"]>).cancel(),
      fired: () => loop.run(),
    };
  }
  if (subject === "node:timers") {
    return {
      set: (delay, callback) => setTimeout(callback, delay),
      cancel: (timer) => clearTimeout(timer as NodeJS.Timeout),
      fired: async () => {},
    };
  }
  const heap = new TimerHeap();
  return {
    // libuv counts from its loop's time, which it does not read for each timer.
    set: (delay, callback) => heap.set(delay, callback),
    cancel: (timer) => heap.cancel(timer as ReturnType<TimerHeap["set"]>),
    async fired() {
      for (let now = 0; now <= 1000; now++) heap.fire(now);
    },
  };
}

/** Pseudo-random delays, the same for every subject. */
function delays(scenario: Order["scenario"], count: number): Int32Array {
  const most = scenario === "fire" ? 1000 : 3_600_000;
  return Int32Array.from({ length: count }, (_, index) =>
    scenario === "same" ? 30_000 : 1 + Math.floor((Math.imul(index, 2_654_435_761) >>> 0) * (most / 2 ** 32)),
  );
}

/** Prints nanoseconds of CPU time for each timer. */
export async function measureAlone(text: string): Promise<void> {
  const { subject: name, scenario, count } = JSON.parse(text) as Order;
  const subject = await open(name);
  const measure = async (timers: number) => {
    const given = delays(scenario, timers);
    let fired = 0;
    let done = () => {};
    const all = new Promise<void>((resolve) => {
      done = resolve;
    });
    const callback = () => {
      if (++fired === timers) done();
    };
    const start = process.cpuUsage();
    if (scenario === "fire") {
      for (let index = 0; index < timers; index++) subject.set(given[index], callback);
      await subject.fired();
      await all;
    } else {
      const set = new Array<unknown>(timers);
      for (let index = 0; index < timers; index++) set[index] = subject.set(given[index], callback);
      for (let index = 0; index < timers; index++) subject.cancel(set[index]);
    }
    const { user, system } = process.cpuUsage(start);
    return ((user + system) * 1000) / timers;
  };
  await measure(Math.ceil(count / 10));
  console.log(JSON.stringify(await measure(count)));
  process.exit(0);
}
