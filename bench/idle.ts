/**
 * The idle benchmark: the cost of one wait with 2 active descriptors of N registered ones. "60,000 connections, 2
 * active".
 *
 * Every subject is measured once a round, in a process of its own. There all of its crowds, of all sizes, are open, and are
 * measured in turns of a few milliseconds: what slows the machine down for a while slows all sizes alike, and the ratio
 * of one size to another stays.
 */
import { readFileSync } from "node:fs";
import type { Table } from "../src/cli/table.ts";
import type { Benchmark, BenchmarkOptions } from "./benchmark.ts";
import { type Measurement, measure } from "./idle/process.ts";
import { KERNEL_EPOLL, POLLUX_EPOLL, SCENARIOS, type Scenario } from "./idle/subjects.ts";
import { ACTIVITIES, type Activity } from "./idle/waits.ts";
import { type Line, lineChart } from "./line-chart.ts";
import { describe, describeOthers, type Machine, machine } from "./machine.ts";
import { publish } from "./results.ts";
import { pairedRatios, type Spread, spread } from "./statistics.ts";

/** The cost of a wait with this many registered descriptors. */
interface Point {
  size: number;
  costs: Record<Activity, { wait: Spread; withReads: Spread; toSmallest: Spread }>;
}

interface SubjectResult {
  subject: string;
  points: Point[];
  rounds: Measurement[];
}

interface IdleResult {
  benchmark: "idle";
  machine: Machine;
  settings: { rounds: number; seconds: number };
  scenarios: { name: string; title: string; subjects: SubjectResult[] }[];
}

const TITLE = "One wait, 2 active of N registered descriptors";

async function run(options: BenchmarkOptions): Promise<void> {
  const { rounds, seconds } = options;
  const settings = { rounds, seconds };
  const result: IdleResult = { benchmark: "idle", machine: machine(), settings, scenarios: [] };
  for (const scenario of SCENARIOS.filter(({ name }) => name === (options.only ?? name))) {
    const measured = await measureRounds(scenario, options);
    const { name, title } = scenario;
    result.scenarios.push({ name, title, subjects: [...measured].map(([subject, of]) => summarize(subject, of)) });
  }
  const chart = await chartOf(result);
  const [table, excerpt] = [tableOf(result), tableOf(epollOnly(result))];
  publish(
    { name: "idle", table, excerpt, conditions: conditions(result), data: result, caption: TITLE, chart },
    options,
  );
}

/** The calls whose cost does not grow with the descriptors. Edge-triggered ones cost the same as level-triggered ones. */
function epollOnly(result: IdleResult): IdleResult {
  const isShown = ({ subject }: SubjectResult) => subject === KERNEL_EPOLL || subject === POLLUX_EPOLL;
  const scenarios = result.scenarios.map(({ subjects, ...scenario }) => ({
    ...scenario,
    subjects: subjects.filter(isShown),
  }));
  return { ...result, scenarios };
}

async function measureRounds(scenario: Scenario, options: BenchmarkOptions): Promise<Map<string, Measurement[]>> {
  const sizes = affordable(scenario);
  const measured = new Map<string, Measurement[]>(scenario.subjects.map(({ name }) => [name, []]));
  for (let round = 1; round <= options.rounds; round++) {
    for (const { name } of scenario.subjects) {
      const { seconds } = options;
      const measurement = await measure({ scenario: scenario.name, subject: name, sizes, seconds });
      measured.get(name)!.push(measurement);
      const waits = measurement.costs.map(({ size, any }) => `${whole(size)}: ${whole(any.wait)}`).join(", ");
      console.error(`${scenario.title}: round ${round} of ${options.rounds}, ${name}: ns at ${waits}`);
    }
  }
  return measured;
}

/** The sizes that the descriptors suffice for, all together. Node has raised its limit as far as it may. */
function affordable({ title, sizes, osDescriptors }: Scenario): number[] {
  const limit = Number(/^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? Infinity);
  let left = limit - 100;
  const fitting = sizes.filter((size) => (left -= size * osDescriptors) >= 0);
  if (fitting.length < sizes.length)
    console.error(`${title}: only ${fitting} descriptors are measured, because this process may open ${limit}`);
  return fitting;
}

function summarize(subject: string, rounds: Measurement[]): SubjectResult {
  const points = rounds[0].costs.map(({ size }, index): Point => {
    const costs = ACTIVITIES.map((activity) => {
      const figures = (field: "wait" | "withReads", at = index) =>
        rounds.map(({ costs }) => costs[at][activity][field]);
      const wait = figures("wait");
      const toSmallest = pairedRatios(wait, figures("wait", 0));
      return [activity, { wait: spread(wait), withReads: spread(figures("withReads")), toSmallest }];
    });
    return { size, costs: Object.fromEntries(costs) };
  });
  return { subject, points, rounds };
}

const whole = (value: number) => Math.round(value).toLocaleString("en");

function tableOf({ scenarios }: IdleResult): Table {
  const right = true;
  const detail = true;
  const smallest = whole(scenarios[0].subjects[0].points[0].size);
  return {
    columns: [
      { title: "" },
      { title: "API" },
      { title: "registered", right },
      { title: "the same 2: ns/wait", right },
      { title: "min–max", right, detail },
      { title: `× ${smallest}`, right },
      { title: "with reads", right, detail },
      { title: "any 2: ns/wait", right },
      { title: "min–max", right, detail },
      { title: `× ${smallest}`, right },
      { title: "with reads", right, detail },
    ],
    groups: scenarios.flatMap(({ title, subjects }) =>
      subjects.map(({ subject, points }, first) =>
        points.map(({ size, costs }, row) => [
          first === 0 && row === 0 ? title : "",
          row === 0 ? subject : "",
          whole(size),
          ...ACTIVITIES.flatMap((activity) => {
            const { wait, withReads, toSmallest } = costs[activity];
            const range = `${whole(wait.min)}–${whole(wait.max)}`;
            return [whole(wait.median), range, toSmallest.median.toFixed(2), whole(withReads.median)];
          }),
        ]),
      ),
    ),
  };
}

function chartOf({ scenarios }: IdleResult): Promise<string> {
  return lineChart({
    title: TITLE,
    subtitle: [
      "Dashed: the same two are active every time. Solid: two others every time, which in a large crowd means that",
      "what is known of them has to be fetched from main memory. Level-triggered; medians of all rounds.",
    ],
    xTitle: "registered descriptors",
    panels: scenarios.map(({ title, subjects }) => ({ title, lines: linesOf(subjects) })),
  });
}

/** Ours in colours, the kernel's in greys. Edge-triggered lines would lie on the level-triggered ones. */
const COLOURS: Readonly<Record<string, string>> = {
  "kernel select": "#9aa5b1",
  "kernel poll": "#7b8794",
  [KERNEL_EPOLL]: "#3e4c59",
  "pollux select": "#d98324",
  "pollux poll": "#8e6bbf",
  [POLLUX_EPOLL]: "#00897b",
};

function linesOf(subjects: SubjectResult[]): Line[] {
  const line = (subject: string, points: Point[], activity: Activity): Line => ({
    name: activity === "same" ? `${subject}, same two` : subject,
    colour: COLOURS[subject],
    dashed: activity === "same",
    points: points.map(({ size, costs }) => ({ x: size, y: costs[activity].wait.median })),
  });
  return subjects
    .filter(({ subject }) => subject in COLOURS)
    .flatMap(({ subject, points }) => [
      line(subject, points, "any"),
      // The choice of the two active ones matters only to calls that do not look at all descriptors.
      ...(subject === KERNEL_EPOLL || subject === POLLUX_EPOLL ? [line(subject, points, "same")] : []),
    ]);
}

/** How to read the figures: where and how they were taken. */
function conditions({ machine, settings, scenarios }: IdleResult): string[] {
  const rounds = scenarios.flatMap(({ subjects }) => subjects.flatMap(({ rounds }) => rounds));
  const clock = spread(rounds.map(({ clock }) => clock)).median;
  return [
    `${describe(machine)}; Unix stream pairs, both ends watched; all system calls made as the posix driver makes them, from one thread.`,
    `Medians of ${settings.rounds} rounds of ${settings.seconds} s, with the sizes alternating every 10 ms; ratios paired by round.`,
    `A wait ends when the program knows the two descriptors; the cost of reading the clock (${whole(clock)} ns) is subtracted.`,
    describeOthers(rounds.map(({ others }) => others)),
  ];
}

export const idle: Benchmark = {
  name: "idle",
  summary: "waits with many registered and few active: Pollux beside the kernel's select, poll and epoll",
  scenarios: new Map(SCENARIOS.map(({ name, title }) => [name, title])),
  run,
};
