/**
 * The keyvalue benchmark: the store of examples/keyvalue beside redis-server, under redis-benchmark: 50 connections, with and without
 * pipelining, values of 3 bytes and of 1 KiB.
 *
 * The servers are measured in turn and stopped meanwhile. Each measurement begins with an empty store, and a number of requests that takes
 * about the time that was asked for. redis-benchmark is one thread, as the servers are: without pipelining it may be the limit of both,
 * which the CPU time of a request then tells apart.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { Table } from "../src/cli/table.ts";
import { type Benchmark, BenchmarkError, type BenchmarkOptions } from "./benchmark.ts";
import {
  allCpuSeconds,
  childrenCpuSeconds,
  cpuSeconds,
  describe,
  describeOthers,
  machine,
  pinned,
  pinning,
} from "./machine.ts";
import { onPath } from "./native.ts";
import { ratioChart } from "./ratio-chart.ts";
import { publish } from "./results.ts";
import { RunningServer, type ServerKind } from "./servers.ts";
import { pairedRatios, type Spread, spread } from "./statistics.ts";

const REDIS = "redis-server";
const OURS = "keyvalue";
const MODULE = "dist/examples/keyvalue.wasm";
const CONNECTIONS = 50;
const COMMANDS = ["GET", "SET", "INCR", "LPUSH"];
const TITLE = "A store: requests per second, relative to redis-server";
/** Requests of the first measurement, which tells how many take the time that was asked for. */
const FIRST_REQUESTS = 20_000;
/** A list of 1 KiB elements must fit into what the store may hold, twice: the servers have one each. */
const MAX_REQUESTS = 500_000;
const MAX_MEMORY = 2_000_000_000;

interface Scenario {
  name: string;
  title: string;
  pipeline: number;
  /** Length of a value. */
  bytes: number;
}

const SCENARIOS: readonly Scenario[] = [
  { name: "small", title: "3 bytes", pipeline: 1, bytes: 3 },
  { name: "large", title: "1 KiB", pipeline: 1, bytes: 1024 },
  { name: "small-16", title: "3 bytes, pipelines of 16", pipeline: 16, bytes: 3 },
  { name: "large-16", title: "1 KiB, pipelines of 16", pipeline: 16, bytes: 1024 },
];

const KINDS: readonly ServerKind[] = [
  {
    name: REDIS,
    program: "",
    arguments: [],
    command: (port) => [
      ...[REDIS, "--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
      ...["--maxmemory", String(MAX_MEMORY)],
    ],
  },
  {
    name: OURS,
    program: "dist/cli.cjs",
    arguments: ["run", "--listen", "127.0.0.1:0", MODULE, "--maxmemory", String(MAX_MEMORY)],
  },
];

/** One run of redis-benchmark. Times in milliseconds but for the CPU's. */
interface Measurement {
  requestsPerSecond: number;
  p50: number;
  p99: number;
  cpuMicroseconds: number;
  /** Share of one core that other processes used meanwhile. */
  others: number;
}

interface Result {
  scenario: string;
  command: string;
  server: string;
  requestsPerSecond: Spread;
  toRedis: Spread;
  cpuPerRequest: Spread;
  p50: number;
  p99: number;
  others: number[];
}

async function run(options: BenchmarkOptions): Promise<void> {
  for (const program of [REDIS, "redis-benchmark"])
    if (!onPath(program)) throw new BenchmarkError(`${program} is missing: apt-get install redis-server`);
  if (!existsSync(MODULE)) throw new BenchmarkError(`${MODULE} is missing: npm run build`);
  const pins = pinning();
  const scenarios = SCENARIOS.filter(({ name }) => name === (options.only ?? name));
  const results: Result[] = [];
  const servers: RunningServer[] = [];
  try {
    for (const kind of KINDS) {
      servers.push(await RunningServer.start(kind, pins?.server));
      servers.at(-1)!.pause();
    }
    for (const scenario of scenarios)
      for (const command of COMMANDS)
        results.push(...(await measureAll(servers, scenario, command, options, pins?.load)));
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
  const chart = await ratioChart({
    title: TITLE,
    subtitle: [
      `redis-benchmark, ${CONNECTIONS} connections. Median of ${options.rounds} alternating rounds, each divided by redis-server's of the`,
      "same round; whiskers: the lowest and the highest round",
    ],
    baseline: REDIS,
    bars: results
      .filter(({ server }) => server === OURS)
      .map(({ scenario, command, toRedis }) => ({ group: scenario, series: command, ...toRedis })),
  });
  const conditions = [
    `${describe(machine())}; ${pins === null ? "not pinned to cores" : `server on core ${pins.server}, redis-benchmark on core ${pins.load}`}.`,
    `${CONNECTIONS} connections; medians of ${options.rounds} alternating rounds of about ${options.seconds} s, ratios paired by round.`,
    describeOthers(results.flatMap(({ others }) => others)),
  ];
  publish({ name: OURS, table: tableOf(results), conditions, data: results, caption: TITLE, chart }, options);
}

async function measureAll(
  servers: readonly RunningServer[],
  scenario: Scenario,
  command: string,
  { rounds, seconds }: BenchmarkOptions,
  core: number | undefined,
): Promise<Result[]> {
  const measured = new Map<string, Measurement[]>(servers.map(({ name }) => [name, []]));
  let requests = 0;
  for (const server of servers) {
    const { requestsPerSecond } = await measure(server, scenario, command, FIRST_REQUESTS, core);
    requests = Math.min(MAX_REQUESTS, Math.max(requests, Math.ceil(requestsPerSecond * seconds)));
  }
  for (let round = 1; round <= rounds; round++) {
    for (const server of servers) {
      const measurement = await measure(server, scenario, command, requests, core);
      measured.get(server.name)!.push(measurement);
      const figure = Math.round(measurement.requestsPerSecond).toLocaleString("en");
      console.error(`${command}, ${scenario.title}: round ${round} of ${rounds}, ${server.name}: ${figure} requests/s`);
    }
  }
  const values = (server: string, field: keyof Measurement) => measured.get(server)!.map((round) => round[field]);
  return servers.map(({ name: server }) => ({
    scenario: scenario.title,
    command,
    server,
    requestsPerSecond: spread(values(server, "requestsPerSecond")),
    toRedis: pairedRatios(values(server, "requestsPerSecond"), values(REDIS, "requestsPerSecond")),
    cpuPerRequest: spread(values(server, "cpuMicroseconds")),
    p50: spread(values(server, "p50")).median,
    p99: spread(values(server, "p99")).median,
    others: values(server, "others"),
  }));
}

/** Measures a server while the others are stopped. */
async function measure(
  server: RunningServer,
  { pipeline, bytes }: Scenario,
  command: string,
  requests: number,
  core: number | undefined,
): Promise<Measurement> {
  server.resume();
  try {
    await prepare(server.port, bytes);
    const [file, ...args] = pinned(core, [
      ...["redis-benchmark", "-h", "127.0.0.1", "-p", String(server.port), "-c", String(CONNECTIONS)],
      ...["-n", String(requests), "-P", String(pipeline), "-d", String(bytes), "-t", command.toLowerCase(), "--csv"],
    ]);
    const reading = () => {
      const own = cpuSeconds(server.pid);
      return { own, known: own + childrenCpuSeconds(), all: allCpuSeconds(), time: performance.now() / 1000 };
    };
    const before = reading();
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
    const [output, complaints, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    const after = reading();
    // "test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"
    const row = output.split("\n").find((line) => line.startsWith(`"${command}"`));
    if (status !== 0 || row === undefined)
      throw new BenchmarkError(`redis-benchmark failed (status ${status}): ${complaints}${server.state}`);
    const figures = row.split(",").map((field) => Number(field.replaceAll('"', "")));
    const others = (after.all - before.all - (after.known - before.known)) / (after.time - before.time);
    return {
      requestsPerSecond: figures[1],
      p50: figures[4],
      p99: figures[6],
      cpuMicroseconds: ((after.own - before.own) / requests) * 1e6,
      others: Math.max(0, others),
    };
  } finally {
    server.pause();
  }
}

/** Empties the store, but for the value that GET finds. redis-benchmark has this name for its only key. */
async function prepare(port: number, bytes: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.end(`FLUSHALL\r\nSET key:__rand_int__ ${"x".repeat(bytes)}\r\nQUIT\r\n`);
  await once(socket.resume(), "close");
}

function tableOf(results: readonly Result[]): Table {
  const whole = (value: number) => Math.round(value).toLocaleString("en");
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))];
  return {
    columns: [
      { title: "Scenario" },
      { title: "Command" },
      { title: "Server" },
      { title: "requests/s", right: true },
      { title: `× ${REDIS}`, right: true },
      { title: "min–max", right: true, detail: true },
      { title: "CPU µs/request", right: true },
      { title: "p50 ms", right: true, detail: true },
      { title: "p99 ms", right: true },
    ],
    groups: scenarios.map((title) =>
      results
        .filter(({ scenario }) => scenario === title)
        .map(({ command, server, requestsPerSecond, toRedis, cpuPerRequest, p50, p99 }, row) => [
          row === 0 ? title : "",
          server === REDIS ? command : "",
          server,
          whole(requestsPerSecond.median),
          toRedis.median.toFixed(2),
          `${toRedis.min.toFixed(2)}–${toRedis.max.toFixed(2)}`,
          cpuPerRequest.median.toFixed(2),
          p50.toFixed(2),
          p99.toFixed(2),
        ]),
    ),
  };
}

export const keyvalue: Benchmark = {
  name: OURS,
  summary: "the store of examples/keyvalue beside redis-server, under redis-benchmark",
  scenarios: new Map(SCENARIOS.map(({ name, title }) => [name, title])),
  run,
};
