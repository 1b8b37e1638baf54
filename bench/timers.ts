/** The timers benchmark: a million timers of the loop in both languages, of Node and of libuv in C. CPU time. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Table } from "../src/cli/table.ts";
import type { Benchmark, BenchmarkOptions } from "./benchmark.ts";
import { describe, machine } from "./machine.ts";
import { built } from "./native.ts";
import { runAlone } from "./process.ts";
import { ratioChart } from "./ratio-chart.ts";
import { publish } from "./results.ts";
import { pairedRatios, type Spread, spread } from "./statistics.ts";
import { type Order, PROCESS, SCENARIOS, SUBJECTS } from "./timers/process.ts";

const COUNT = 1_000_000;
const LIBUV = "libuv, C";
const NODE = "node:timers";
const ALL = [LIBUV, ...(Object.keys(SUBJECTS) as Order["subject"][])] as const;
const TITLE = "A million timers: CPU time for each, relative to libuv's in C";
const execute = promisify(execFile);

interface Result {
  scenario: string;
  subject: string;
  nanoseconds: Spread;
  toLibuv: Spread;
  toNode: Spread;
}

async function run(options: BenchmarkOptions): Promise<void> {
  const libuv = built("bench/reference/timers-libuv.c", { name: "uv", install: "apt-get install libuv1-dev" });
  const names = (Object.keys(SCENARIOS) as Order["scenario"][]).filter((name) => name === (options.only ?? name));
  const results: Result[] = [];
  for (const scenario of names) {
    const measured = new Map(ALL.map((subject) => [subject, [] as number[]]));
    for (let round = 0; round < options.rounds; round++) {
      for (const subject of ALL) measured.get(subject)!.push(await measure(subject, scenario, libuv));
    }
    for (const [subject, nanoseconds] of measured) {
      const toLibuv = pairedRatios(nanoseconds, measured.get(LIBUV)!);
      const toNode = pairedRatios(nanoseconds, measured.get(NODE)!);
      results.push({ scenario: SCENARIOS[scenario], subject, nanoseconds: spread(nanoseconds), toLibuv, toNode });
    }
  }
  const chart = await ratioChart({
    title: TITLE,
    subtitle: [`Median of ${options.rounds} alternating rounds, each divided by libuv's of the same round`],
    baseline: LIBUV,
    bars: results.map(({ scenario, subject, toLibuv }) => ({ group: scenario, series: subject, ...toLibuv })),
  });
  const conditions = [
    `${describe(machine())}.`,
    `Medians of ${options.rounds} alternating rounds. Each measurement is a process of its own, after a tenth as a warm-up.`,
    "libuv's timers are in memory that the program has allocated at once, and call a function; the others' are objects.",
  ];
  publish({ name: "timers", table: tableOf(results), conditions, data: results, caption: TITLE, chart }, options);
}

/** Nanoseconds of CPU time for each timer. */
async function measure(subject: (typeof ALL)[number], scenario: Order["scenario"], libuv: string): Promise<number> {
  if (subject === LIBUV) return Number((await execute(libuv, [scenario, String(COUNT)])).stdout);
  const order: Order = { subject, scenario, count: COUNT };
  return runAlone<number>(PROCESS, order, `${subject}, ${SCENARIOS[scenario]}`);
}

function tableOf(results: readonly Result[]): Table {
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))];
  return {
    columns: [
      { title: "1,000,000 timers" },
      { title: "Timers of" },
      { title: "CPU ns/timer", right: true },
      { title: "× libuv", right: true },
      { title: "× Node", right: true },
    ],
    groups: scenarios.map((scenario) =>
      results
        .filter((result) => result.scenario === scenario)
        .map(({ subject, nanoseconds, toLibuv, toNode }, row) => [
          row === 0 ? scenario : "",
          subject,
          Math.round(nanoseconds.median).toLocaleString("en"),
          toLibuv.median.toFixed(2),
          toNode.median.toFixed(2),
        ]),
    ),
  };
}

export const timers: Benchmark = {
  name: "timers",
  summary: "a million timers of the loop in both languages, of Node and of libuv",
  scenarios: new Map(Object.entries(SCENARIOS)),
  run,
};
