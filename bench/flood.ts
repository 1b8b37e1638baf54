/**
 * The flood benchmark: how long one connection waits for an answer while another one sends without pause. `echo-epoll` as a
 * component of WASI 0.2 and 0.3 under one wasmtime, beside our host and C.
 */
import { RUNTIMES } from "../runtimes/catalogue.ts";
import type { Table } from "../src/cli/table.ts";
import { type Benchmark, BenchmarkError, type BenchmarkOptions } from "./benchmark.ts";
import { type FloodMeasurement, measureFlood } from "./load.ts";
import { describe, describeOthers, machine, type Pinning, pinning } from "./machine.ts";
import { ratioChart } from "./ratio-chart.ts";
import { publish } from "./results.ts";
import { C_SERVER, ECHO_SERVERS, RunningServer, type ServerKind } from "./servers.ts";
import { pairedRatios, type Spread, spread } from "./statistics.ts";

interface Scenario {
  name: string;
  title: string;
  idle: number;
}

const SCENARIOS: readonly Scenario[] = [
  { name: "two", title: "2 connections", idle: 0 },
  { name: "idle", title: "2 connections, 1,000 idle", idle: 1_000 },
];
const COMPONENTS = ["wasmtime 49, component", "wasmtime 49, 0.3 component"];
const TITLE = "The longest wait beside a flood, relative to C with epoll";

interface Result {
  server: string;
  scenario: string;
  /** Milliseconds. */
  longest: Spread;
  typical: Spread;
  toC: Spread;
  /** MB of the flood that came back during the worst wait of a round. */
  overtaken: Spread;
  /** Of the flood, in MB. */
  floodedPerSecond: Spread;
  others: number[];
}

function kinds(): ServerKind[] {
  const of = (name: string, trigger: string): ServerKind => {
    const found = RUNTIMES.find((runtime) => runtime.name === name)!;
    if (found.missing !== undefined) throw new BenchmarkError(`${name}: ${found.missing}`);
    return {
      name: trigger === "--level" ? name : `${name}, ${trigger}`,
      program: "",
      arguments: [],
      command: (port) => found.command("echo-epoll", [trigger, "--quiet"], port),
    };
  };
  return [
    ...ECHO_SERVERS.filter(({ name }) => [C_SERVER, "pollux epoll", "pollux epoll --edge"].includes(name)),
    ...COMPONENTS.flatMap((name) => ["--level", "--edge"].map((trigger) => of(name, trigger))),
  ];
}

async function run(options: BenchmarkOptions): Promise<void> {
  const pins = pinning();
  const scenarios = SCENARIOS.filter(({ name }) => name === (options.only ?? name));
  const results = (await measureRounds(scenarios, options, pins)).flatMap((measured, index) =>
    [...measured].map(([server, rounds]) => resultOf(server, scenarios[index].title, rounds, measured.get(C_SERVER)!)),
  );
  const chart = await ratioChart({
    title: TITLE,
    subtitle: [`Median of ${options.rounds} alternating rounds, each divided by C's of the same round`],
    baseline: C_SERVER,
    bars: results.map(({ scenario, server, toC }) => ({ group: scenario, series: server, ...toC })),
  });
  const conditions = [
    `${describe(machine())}; ${pins ? `server on core ${pins.server}, load on core ${pins.load}` : "not pinned to cores"}.`,
    `Medians of ${options.rounds} alternating rounds of ${options.seconds} s. The flood's bytes that overtook a waiting one do not depend on other processes.`,
    describeOthers(results.flatMap(({ others }) => others)),
  ];
  publish({ name: "flood", table: tableOf(results), conditions, data: results, caption: TITLE, chart }, options);
}

/** For each scenario the measurements of every server, one a round. One server runs at a time: a flood takes a whole core. */
async function measureRounds(
  scenarios: readonly Scenario[],
  { rounds, seconds }: BenchmarkOptions,
  pins: Pinning | null,
): Promise<Map<string, FloodMeasurement[]>[]> {
  const measured = scenarios.map(() => new Map<string, FloodMeasurement[]>(kinds().map(({ name }) => [name, []])));
  for (let round = 1; round <= rounds; round++) {
    for (const kind of kinds()) {
      const server = await RunningServer.start(kind, pins?.server);
      try {
        for (const [index, { title, idle }] of scenarios.entries()) {
          const measurement = await measureFlood(server, idle, seconds, pins?.load);
          measured[index].get(kind.name)!.push(measurement);
          const longest = (measurement.latencyMax / 1000).toFixed(1);
          console.error(`${title}: round ${round} of ${rounds}, ${kind.name}: ${longest} ms`);
        }
      } finally {
        await server.stop();
      }
    }
  }
  return measured;
}

function resultOf(
  server: string,
  scenario: string,
  rounds: readonly FloodMeasurement[],
  reference: readonly FloodMeasurement[],
): Result {
  const longest = (of: readonly FloodMeasurement[]) => of.map(({ latencyMax }) => latencyMax / 1000);
  return {
    server,
    scenario,
    longest: spread(longest(rounds)),
    typical: spread(rounds.map(({ latencyP50 }) => latencyP50 / 1000)),
    toC: pairedRatios(longest(rounds), longest(reference)),
    overtaken: spread(rounds.map(({ overtaken }) => overtaken / 1e6)),
    floodedPerSecond: spread(rounds.map(({ flooded, seconds }) => flooded / seconds / 1e6)),
    others: rounds.map(({ others }) => others),
  };
}

function tableOf(results: readonly Result[]): Table {
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))];
  return {
    columns: [
      { title: "Scenario" },
      { title: "Server" },
      { title: "longest wait, ms", right: true },
      { title: "in the worst round", right: true },
      { title: "typical wait, ms", right: true },
      { title: "× C", right: true },
      { title: "MB overtook it", right: true },
      { title: "flood, MB/s", right: true },
    ],
    groups: scenarios.map((scenario) =>
      results
        .filter((result) => result.scenario === scenario)
        .map(({ server, longest, typical, toC, overtaken, floodedPerSecond }, row) => [
          row === 0 ? scenario : "",
          server,
          longest.median.toFixed(1),
          longest.max.toFixed(1),
          typical.median.toFixed(1),
          toC.median.toFixed(2),
          overtaken.median.toFixed(1),
          Math.round(floodedPerSecond.median).toLocaleString("en"),
        ]),
    ),
  };
}

export const flood: Benchmark = {
  name: "flood",
  summary: "the longest wait of a connection beside one that floods, on stock hosts, our host and in C",
  scenarios: new Map(SCENARIOS.map(({ name, title }) => [name, title])),
  run,
};
