/**
 * The echo benchmark: Pollux' servers beside C with epoll and node:net, on the same load.
 *
 * Within a scenario all servers run and are measured in turn, A B C D, A B C D, ...: figures and ratios are medians
 * over the rounds.
 */
import type { Table } from "../src/cli/table.ts";
import type { Benchmark, BenchmarkOptions } from "./benchmark.ts";
import { type Load, type Measurement, measure, WARM_UP_SECONDS } from "./load.ts";
import { describe, describeOthers, type Machine, machine, type Pinning, pinning } from "./machine.ts";
import { gccVersion } from "./native.ts";
import { IO_URING_SERVER, POLL_SERVER, peers } from "./peers.ts";
import { ratioChart } from "./ratio-chart.ts";
import { publish } from "./results.ts";
import { available, C_SERVER, ECHO_SERVERS, NODE_SERVER, RunningServer, type ServerKind } from "./servers.ts";
import { pairedRatios, percent, type Spread, spread } from "./statistics.ts";

export interface Scenario extends Load {
  name: string;
  title: string;
}

const SCENARIOS: readonly Scenario[] = [
  { name: "many", title: "50 connections, 64 bytes", connections: 50, idle: 0, bytes: 64 },
  { name: "one", title: "1 connection, 64 bytes", connections: 1, idle: 0, bytes: 64 },
  { name: "large", title: "50 connections, 16 KiB", connections: 50, idle: 0, bytes: 16 * 1024 },
  { name: "idle", title: "50 active + 950 idle, 64 bytes", connections: 50, idle: 950, bytes: 64 },
];

/** Requests per second and server CPU time per request, or the ratios of both to a yardstick's. */
interface Figures {
  requestsPerSecond: Spread;
  /** Microseconds. */
  cpuPerRequest: Spread;
}

interface ServerResult extends Figures {
  server: string;
  /** Microseconds, medians of the rounds' percentiles. */
  latency: { p50: number; p99: number };
  /** Median share of the time in which the load waited for the server: near 0, it was at its own limit too. */
  loadWaiting: number;
  toC: Figures;
  toNode: Figures;
  /** Undefined without that server. */
  toIoUring: Figures | undefined;
  toPoll: Figures | undefined;
  rounds: Measurement[];
}

interface EchoResult {
  benchmark: "echo";
  machine: Machine & { gcc: string };
  settings: { rounds: number; seconds: number; warmUpSeconds: number; pinned: Pinning | null };
  scenarios: (Scenario & { servers: ServerResult[] })[];
}

async function run(options: BenchmarkOptions): Promise<void> {
  const { rounds, seconds } = options;
  const kinds = [...available(ECHO_SERVERS), ...(options.peers ? peers() : [])];
  const pins = pinning();
  const result: EchoResult = {
    benchmark: "echo",
    machine: { ...machine(), gcc: gccVersion() },
    settings: { rounds, seconds, warmUpSeconds: WARM_UP_SECONDS, pinned: pins },
    scenarios: [],
  };
  for (const scenario of SCENARIOS.filter(({ name }) => name === (options.only ?? name))) {
    const [measured] = await measureRounds([scenario], kinds, options, pins);
    result.scenarios.push({ ...scenario, servers: summarize(measured) });
  }

  const title = "Echo servers: requests per second, relative to C with epoll";
  const chart = await ratioChart({
    title,
    subtitle: [
      `Median of ${rounds} alternating rounds, each divided by C's of the same round;`,
      "whiskers: the lowest and the highest round",
    ],
    baseline: C_SERVER,
    bars: result.scenarios.flatMap(({ title, servers }) =>
      servers.map(({ server, toC }) => ({ group: title, series: server, ...toC.requestsPerSecond })),
    ),
  });
  publish(
    {
      ...(options.peers ? { name: "echo-peers", command: "echo --peers" } : { name: "echo" }),
      table: tableOf(result),
      conditions: conditions(result),
      data: result,
      caption: title,
      chart,
    },
    options,
  );
}

/**
 * For each scenario the measurements of every server, one a round. The servers take turns; when it is one's turn, it has all
 * scenarios, so that they can be compared with each other.
 */
export async function measureRounds(
  scenarios: readonly Scenario[],
  kinds: ServerKind[],
  { rounds, seconds }: BenchmarkOptions,
  pins: Pinning | null,
): Promise<Map<string, Measurement[]>[]> {
  const running: RunningServer[] = [];
  const measured = scenarios.map(() => new Map<string, Measurement[]>(kinds.map(({ name }) => [name, []])));
  try {
    for (const kind of kinds) running.push(await RunningServer.start(kind, pins?.server));
    for (let round = 1; round <= rounds; round++) {
      for (const server of running) {
        for (const [index, scenario] of scenarios.entries()) {
          const measurement = await measure(server, scenario, seconds, pins?.load);
          measured[index].get(server.name)!.push(measurement);
          const figure = Math.round(measurement.requestsPerSecond).toLocaleString("en");
          console.error(`${scenario.title}: round ${round} of ${rounds}, ${server.name}: ${figure} requests/s`);
        }
      }
    }
  } finally {
    await Promise.all(running.map((server) => server.stop()));
  }
  return measured;
}

function summarize(measured: Map<string, Measurement[]>): ServerResult[] {
  return [...measured].map(([server, rounds]) => {
    const values = (field: keyof Measurement, of = rounds) => of.map((round) => round[field]);
    const ratiosTo = (yardstick: string): Figures => ({
      requestsPerSecond: pairedRatios(
        values("requestsPerSecond"),
        values("requestsPerSecond", measured.get(yardstick)),
      ),
      cpuPerRequest: pairedRatios(values("cpuMicroseconds"), values("cpuMicroseconds", measured.get(yardstick))),
    });
    return {
      server,
      requestsPerSecond: spread(values("requestsPerSecond")),
      cpuPerRequest: spread(values("cpuMicroseconds")),
      latency: { p50: spread(values("latencyP50")).median, p99: spread(values("latencyP99")).median },
      loadWaiting: spread(values("waiting")).median,
      toC: ratiosTo(C_SERVER),
      toNode: ratiosTo(NODE_SERVER),
      toIoUring: measured.has(IO_URING_SERVER) ? ratiosTo(IO_URING_SERVER) : undefined,
      toPoll: measured.has(POLL_SERVER) ? ratiosTo(POLL_SERVER) : undefined,
      rounds,
    };
  });
}

function tableOf({ scenarios }: EchoResult): Table {
  // The columns of yardsticks that only some runs have.
  const beside = ([title, of]: [string, (result: ServerResult) => Figures | undefined]) =>
    scenarios.some(({ servers }) => servers.some((server) => of(server) !== undefined)) ? [{ title, of }] : [];
  const further = [
    ...beside([`× ${IO_URING_SERVER}`, ({ toIoUring }) => toIoUring]),
    ...beside([`× ${POLL_SERVER}`, ({ toPoll }) => toPoll]),
  ];
  const whole = (value: number) => Math.round(value).toLocaleString("en");
  const range = ({ min, max }: Spread, format: (value: number) => string) => `${format(min)}–${format(max)}`;
  const fixed = (digits: number) => (value: number) => value.toFixed(digits);
  return {
    columns: [
      { title: "Scenario" },
      { title: "Server" },
      { title: "requests/s", right: true },
      { title: "min–max", right: true, detail: true },
      { title: "× C", right: true },
      { title: "× node", right: true },
      ...further.map(({ title }) => ({ title, right: true })),
      { title: "CPU µs/request", right: true },
      { title: "min–max", right: true, detail: true },
      { title: "× C", right: true },
      { title: "× node", right: true },
      { title: "p50 µs", right: true, detail: true },
      { title: "p99 µs", right: true },
      { title: "load waits", right: true, detail: true },
    ],
    groups: scenarios.map(({ title, servers }) =>
      servers.map((result, row) => [
        row === 0 ? title : "",
        result.server,
        whole(result.requestsPerSecond.median),
        range(result.requestsPerSecond, whole),
        result.toC.requestsPerSecond.median.toFixed(2),
        result.toNode.requestsPerSecond.median.toFixed(2),
        ...further.map(({ of }) => of(result)?.requestsPerSecond.median.toFixed(2) ?? ""),
        result.cpuPerRequest.median.toFixed(2),
        range(result.cpuPerRequest, fixed(2)),
        result.toC.cpuPerRequest.median.toFixed(2),
        result.toNode.cpuPerRequest.median.toFixed(2),
        whole(result.latency.p50),
        whole(result.latency.p99),
        percent(result.loadWaiting),
      ]),
    ),
  };
}

/** How to read the figures: where and how they were taken. */
function conditions({ machine, settings, scenarios }: EchoResult): string[] {
  const { pinned } = settings;
  const measurements = scenarios.flatMap(({ servers }) => servers.flatMap(({ rounds }) => rounds));
  const cores = pinned ? `server on core ${pinned.server}, load on core ${pinned.load}` : "not pinned to cores";
  return [
    `${describe(machine)}, gcc ${machine.gcc} -O2; ${cores}.`,
    `Medians of ${settings.rounds} alternating rounds of ${settings.seconds} s, ratios paired by round.`,
    describeOthers(measurements.map(({ others }) => others)),
  ];
}

export const echo: Benchmark = {
  name: "echo",
  summary: "echo servers: Pollux beside C with epoll and node:net",
  scenarios: new Map(SCENARIOS.map(({ name, title }) => [name, title])),
  hasPeers: true,
  run,
};
