/**
 * The APIs benchmark: what one wait costs through select, poll and epoll, from 16 to 16,000 descriptors, 2 of them active;
 * ours beside the kernel's own, on the same descriptors, through the same FFI.
 *
 * For each number of descriptors there is one process a round, in which all calls are measured in turns of a few
 * milliseconds, ours and the kernel's by turns. A ratio is of two figures that were taken beside each other.
 */
import { readFileSync } from "node:fs";
import type { Table } from "../src/cli/table.ts";
import { APIS, type Api, SIDES, type Side } from "./apis/pairs.ts";
import { chosen, type Measurement, measure } from "./apis/process.ts";
import type { Benchmark, BenchmarkOptions } from "./benchmark.ts";
import { lineChart } from "./line-chart.ts";
import { describe, describeOthers, type Machine, machine } from "./machine.ts";
import { publish } from "./results.ts";
import { pairedRatios, type Spread, spread } from "./statistics.ts";

/** 1,024 is FD_SETSIZE: what C's select can hold. The system call takes more, and so does ours when it is told. */
const SIZES = [16, 64, 256, 1_024, 4_096, 16_000];
const TITLES: Record<Api, string> = { select: "select", poll: "poll", epoll: "epoll, level-triggered" };

/** Nanoseconds of a wait with this many registered. */
interface Point extends Record<Side, Spread> {
  size: number;
  toKernel: Spread;
}

interface ApisResult {
  benchmark: "apis";
  machine: Machine;
  settings: { rounds: number; seconds: number };
  apis: { api: Api; points: Point[] }[];
  rounds: Measurement[][];
}

const TITLE = "One wait through select, poll and epoll, 2 active of N descriptors";

async function run(options: BenchmarkOptions): Promise<void> {
  const { rounds, seconds, only } = options;
  const apis = chosen(only);
  const sizes = affordable();
  const measured: Measurement[][] = [];
  for (let round = 1; round <= rounds; round++) {
    const measurements: Measurement[] = [];
    for (const size of sizes) {
      const measurement = await measure({ size, apis, seconds });
      measurements.push(measurement);
      console.error(`round ${round} of ${rounds}, ${whole(size)} descriptors: ${brief(measurement)}`);
    }
    measured.push(measurements);
  }
  const result: ApisResult = {
    benchmark: "apis",
    machine: machine(),
    settings: { rounds, seconds },
    apis: apis.map((api) => ({ api, points: sizes.map((size, index) => pointOf(api, size, index, measured)) })),
    rounds: measured,
  };
  const chart = await chartOf(result);
  publish(
    {
      name: "apis",
      table: tableOf(result),
      conditions: [...findings(result), ...conditions(result)],
      data: result,
      caption: TITLE,
      chart,
    },
    options,
  );
}

/** The numbers that the descriptors suffice for. Node has raised its limit as far as it may. */
function affordable(): number[] {
  const limit = Number(/^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? Infinity);
  const fitting = SIZES.filter((size) => size <= limit - 100);
  if (fitting.length < SIZES.length)
    console.error(`only up to ${fitting.at(-1)} descriptors are measured, because this process may open ${limit}`);
  return fitting;
}

function brief({ waits }: Measurement): string {
  return Object.entries(waits)
    .map(([api, { kernel, pollux }]) => `${api} ${(pollux / kernel).toFixed(2)}`)
    .join(", ");
}

function pointOf(api: Api, size: number, index: number, rounds: Measurement[][]): Point {
  const [kernel, pollux] = SIDES.map((side) => rounds.map((sizes) => sizes[index].waits[api]![side]));
  return { size, kernel: spread(kernel), pollux: spread(pollux), toKernel: pairedRatios(pollux, kernel) };
}

const whole = (value: number) => Math.round(value).toLocaleString("en");

function tableOf({ apis }: ApisResult): Table {
  const right = true;
  const detail = true;
  const range = ({ min, max }: Spread, format: (value: number) => string) => `${format(min)}–${format(max)}`;
  return {
    columns: [
      { title: "API" },
      { title: "descriptors", right },
      { title: "kernel: ns/wait", right },
      { title: "min–max", right, detail },
      { title: "Pollux: ns/wait", right },
      { title: "min–max", right, detail },
      { title: "× kernel", right },
      { title: "min–max", right, detail },
    ],
    groups: apis.map(({ api, points }) =>
      points.map(({ size, kernel, pollux, toKernel }, row) => [
        row === 0 ? api : "",
        whole(size),
        whole(kernel.median),
        range(kernel, whole),
        whole(pollux.median),
        range(pollux, whole),
        toKernel.median.toFixed(2),
        range(toKernel, (ratio) => ratio.toFixed(2)),
      ]),
    ),
  };
}

function chartOf({ apis, settings }: ApisResult): Promise<string> {
  return lineChart({
    title: TITLE,
    subtitle: [
      "The same two are active every time. select and poll look at all descriptors in every call; epoll is told.",
      `Medians of ${settings.rounds} rounds, ours and the kernel's measured by turns on the same descriptors.`,
    ],
    xTitle: "descriptors",
    panels: apis.map(({ api, points }) => ({
      title: TITLES[api],
      lines: [
        {
          name: "kernel",
          colour: "#3e4c59",
          points: points.map(({ size, kernel }) => ({ x: size, y: kernel.median })),
        },
        {
          name: "Pollux",
          colour: "#00897b",
          points: points.map(({ size, pollux }) => ({ x: size, y: pollux.median })),
        },
      ],
    })),
  });
}

/** A summary of the figures: ours and the kernel's. */
function findings({ apis }: ApisResult): string[] {
  const both = (value: (side: Side) => number, unit: string) =>
    `${whole(value("kernel"))}${unit} in the kernel, ${whole(value("pollux"))}${unit} in Pollux`;
  const ends = new Map(apis.map(({ api, points }) => [api, { first: points[0], last: points[points.length - 1] }]));
  const found: string[] = [];
  for (const api of ["select", "poll"] as const) {
    const { first, last } = ends.get(api) ?? {};
    if (first === undefined || last === undefined || first.size === last.size) continue;
    const each = (side: Side) => (last[side].median - first[side].median) / (last.size - first.size);
    found.push(`Cost of each further descriptor with ${api}: ${both(each, " ns")}.`);
  }
  const [select, epoll] = [ends.get("select")?.last, ends.get("epoll")?.last];
  if (select !== undefined && epoll !== undefined) {
    const times = (side: Side) => select[side].median / epoll[side].median;
    found.push(
      `With ${whole(select.size)} descriptors, one select costs as much as this many epoll waits: ${both(times, "")}.`,
    );
  }
  return found;
}

/** How to read the figures: where and how they were taken. */
function conditions({ machine, settings, rounds }: ApisResult): string[] {
  const measurements = rounds.flat();
  const clock = spread(measurements.map(({ clock }) => clock)).median;
  return [
    `${describe(machine)}; Unix stream pairs, both ends watched; all system calls made as the posix driver makes them, from one thread.`,
    `Medians of ${settings.rounds} rounds of ${settings.seconds} s for each number of descriptors, with the calls alternating every 5 ms; ratios paired by round.`,
    `A wait ends when the program knows the two descriptors; the cost of reading the clock (${whole(clock)} ns) is subtracted.`,
    describeOthers(measurements.map(({ others }) => others)),
  ];
}

export const apis: Benchmark = {
  name: "apis",
  summary: "select, poll and epoll by the number of descriptors: ours beside the kernel's",
  scenarios: new Map(APIS.map((api) => [api, TITLES[api]])),
  run,
};
