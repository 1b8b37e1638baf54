/** The timers benchmark: a million timers of the loop, of Node, and in a binary heap as libuv's. CPU time. */
import type { Table } from "../src/cli/table.ts";
import type { Benchmark, BenchmarkOptions } from "./benchmark.ts";
import { describe, machine } from "./machine.ts";
import { runAlone } from "./process.ts";
import { ratioChart } from "./ratio-chart.ts";
import { publish } from "./results.ts";
import { pairedRatios, type Spread, spread } from "./statistics.ts";
import { type Order, PROCESS, SCENARIOS, SUBJECTS } from "./timers/process.ts";

const COUNT = 1_000_000;
const BASELINE = "node:timers";
const TITLE = "A million timers: CPU time for each, relative to Node's";

interface Result {
  scenario: string;
  subject: string;
  nanoseconds: Spread;
  toNode: Spread;
}

async function run(options: BenchmarkOptions): Promise<void> {
  const names = (Object.keys(SCENARIOS) as Order["scenario"][]).filter((name) => name === (options.only ?? name));
  const results: Result[] = [];
  for (const scenario of names) {
    const measured = new Map(SUBJECTS.map((subject) => [subject, [] as number[]]));
    for (let round = 0; round < options.rounds; round++) {
      for (const subject of SUBJECTS) {
        const order: Order = { subject, scenario, count: COUNT };
        measured.get(subject)!.push(await runAlone<number>(PROCESS, order, `${subject}, ${SCENARIOS[scenario]}`));
      }
    }
    for (const [subject, nanoseconds] of measured) {
      const toNode = pairedRatios(nanoseconds, measured.get(BASELINE)!);
      results.push({ scenario: SCENARIOS[scenario], subject, nanoseconds: spread(nanoseconds), toNode });
    }
  }
  const chart = await ratioChart({
    title: TITLE,
    subtitle: [`Median of ${options.rounds} alternating rounds, each divided by Node's of the same round`],
    baseline: BASELINE,
    bars: results.map(({ scenario, subject, toNode }) => ({ group: scenario, series: subject, ...toNode })),
  });
  const conditions = [
    `${describe(machine())}.`,
    "Each measurement is a process of its own, after a tenth as a warm-up. The heap has no clock and no loop around it.",
  ];
  publish({ name: "timers", table: tableOf(results), conditions, data: results, caption: TITLE, chart }, options);
}

function tableOf(results: readonly Result[]): Table {
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))];
  return {
    columns: [
      { title: "1,000,000 timers" },
      { title: "Timers of" },
      { title: "CPU ns/timer", right: true },
      { title: "× Node", right: true },
    ],
    groups: scenarios.map((scenario) =>
      results
        .filter((result) => result.scenario === scenario)
        .map(({ subject, nanoseconds, toNode }, row) => [
          row === 0 ? scenario : "",
          subject,
          Math.round(nanoseconds.median).toLocaleString("en"),
          toNode.median.toFixed(2),
        ]),
    ),
  };
}

export const timers: Benchmark = {
  name: "timers",
  summary: "a million timers of the loop, of Node, and in a binary heap",
  scenarios: new Map(Object.entries(SCENARIOS)),
  run,
};
