/**
 * The latency benchmark: the original client in a loop over one connection, to Pollux' servers, C with epoll, node:net and
 * tokio. All servers run, and are measured in turn; ratios are to the others' of the same round.
 */
import type { Table } from "../src/cli/table.ts";
import type { Benchmark, BenchmarkOptions } from "./benchmark.ts";
import { type LatencyMeasurement, measureLatency, WARM_UP_SECONDS } from "./load.ts";
import { describe, describeOthers, machine, pinning } from "./machine.ts";
import { peers, TOKIO_SERVER } from "./peers.ts";
import { ratioChart } from "./ratio-chart.ts";
import { publish } from "./results.ts";
import { available, C_SERVER, ECHO_SERVERS, NODE_SERVER, RunningServer } from "./servers.ts";
import { pairedRatios, type Spread, spread } from "./statistics.ts";

const SCENARIO = "1 connection";
const TITLE = "Latency of the original client's messages, relative to C with epoll";

const PERCENTILES = [
  ["p50", "latencyP50"],
  ["p99", "latencyP99"],
  ["p99.9", "latencyP999"],
] as const;

const YARDSTICKS = [
  ["C", C_SERVER],
  ["node", NODE_SERVER],
  ["tokio", TOKIO_SERVER],
] as const;

/** A percentile in microseconds, and its ratios to each yardstick's, by its short name. */
interface Latency {
  percentile: string;
  microseconds: Spread;
  ratios: Record<string, Spread>;
}

interface Result {
  server: string;
  latencies: Latency[];
  rounds: LatencyMeasurement[];
}

async function run(options: BenchmarkOptions): Promise<void> {
  const { rounds, seconds } = options;
  const pins = pinning();
  const kinds = [...available(ECHO_SERVERS), ...peers([TOKIO_SERVER])];
  const measured = new Map<string, LatencyMeasurement[]>(kinds.map(({ name }) => [name, []]));
  const running: RunningServer[] = [];
  try {
    for (const kind of kinds) running.push(await RunningServer.start(kind, pins?.server));
    for (let round = 1; round <= rounds; round++) {
      for (const server of running) {
        const measurement = await measureLatency(server, seconds, pins?.load);
        measured.get(server.name)!.push(measurement);
        console.error(`round ${round} of ${rounds}, ${server.name}: p50 ${measurement.latencyP50.toFixed(0)} us`);
      }
    }
  } finally {
    await Promise.all(running.map((server) => server.stop()));
  }

  const results = [...measured].map(([server, own]) => resultOf(server, own, measured));
  const chart = await ratioChart({
    title: TITLE,
    subtitle: [`Median of ${rounds} alternating rounds, each divided by C's of the same round; lower is better`],
    baseline: C_SERVER,
    bars: results.flatMap(({ server, latencies }) =>
      // One pause of 5 ms in one round is all of p99.9: it would be all of the chart. The table has it.
      latencies
        .filter(({ percentile }) => percentile !== "p99.9")
        .map(({ percentile, ratios }) => ({ group: percentile, series: server, ...ratios.C })),
    ),
  });
  const cores = pins ? `server on core ${pins.server}, client on core ${pins.load}` : "not pinned to cores";
  const conditions = [
    `${describe(machine())}; ${cores}. The client sleeps while it waits.`,
    `Medians of ${rounds} alternating rounds of ${seconds} s after ${WARM_UP_SECONDS} s of warm-up, ratios paired by round.`,
    describeOthers([...measured.values()].flat().map(({ others }) => others)),
  ];
  publish({ name: "latency", table: tableOf(results), conditions, data: { results }, caption: TITLE, chart }, options);
}

function resultOf(
  server: string,
  rounds: LatencyMeasurement[],
  measured: ReadonlyMap<string, readonly LatencyMeasurement[]>,
): Result {
  const latencies = PERCENTILES.map(([percentile, field]): Latency => {
    const values = (of: readonly LatencyMeasurement[]) => of.map((round) => round[field]);
    const ratios = YARDSTICKS.flatMap(([short, name]) => {
      const yardstick = measured.get(name);
      return yardstick === undefined ? [] : [[short, pairedRatios(values(rounds), values(yardstick))] as const];
    });
    return { percentile, microseconds: spread(values(rounds)), ratios: Object.fromEntries(ratios) };
  });
  return { server, latencies, rounds };
}

function tableOf(results: readonly Result[]): Table {
  const [{ latencies }] = results;
  const shorts = Object.keys(latencies[0].ratios);
  return {
    columns: [
      { title: SCENARIO },
      ...latencies.flatMap(({ percentile }) => [
        { title: `${percentile} µs`, right: true },
        ...shorts.map((short) => ({ title: `× ${short}`, right: true })),
      ]),
    ],
    groups: [
      results.map((result) => [
        result.server,
        ...result.latencies.flatMap(({ microseconds, ratios }) => [
          microseconds.median.toFixed(0),
          ...shorts.map((short) => ratios[short].median.toFixed(2)),
        ]),
      ]),
    ],
  };
}

export const latency: Benchmark = {
  name: "latency",
  summary: "the original client in a loop: p50, p99 and p99.9 beside C, node:net and tokio",
  scenarios: new Map([["one", SCENARIO]]),
  run,
};
