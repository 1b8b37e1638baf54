/**
 * HTTP servers in other languages: one module under `pollux run` and under another host, on the same load. What a
 * program costs
 * that was written for neither.
 *
 * The servers are measured in turn, and those that are not are stopped meanwhile: wazero's uses a whole core when it
 * is idle. A
 * figure is a median over the rounds, a ratio the median of the rounds' own ratios; `unfairness` is the connection
 * with the
 * fewest requests beside the one in the middle.
 */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { type Benchmark, BenchmarkError, type BenchmarkOptions } from "./benchmark.ts";
import { type HttpMeasurement, measureHttp } from "./load.ts";
import { cpuSeconds, describe, describeOthers, machine, pinning } from "./machine.ts";
import { ratioChart } from "./ratio-chart.ts";
import { publish } from "./results.ts";
import { RunningServer, type ServerKind } from "./servers.ts";
import { pairedRatios, spread } from "./statistics.ts";

const IDLE = "idle";
const IDLE_SECONDS = 5;
/** All compile what is hot while they run: V8 a function at a time. */
const WARMING_SECONDS = 3;

export interface HttpServers {
  /** The benchmark's. */
  readonly name: string;
  readonly summary: string;
  readonly title: string;
  /** The module. */
  readonly guest: string;
  /** The command that makes the module. */
  readonly build: string;
  readonly loads: readonly { readonly name: string; readonly title: string; readonly connections: number }[];
  /** The options of `pollux run`, by the name of the server. */
  readonly pollux: ReadonlyMap<string, readonly string[]>;
  /** The other host: every ratio is to it. */
  readonly yardstick: {
    readonly name: string;
    readonly version: string;
    /** The reason why it is missing. */
    readonly missing: string | undefined;
    readonly command: (port: number) => string[];
  };
}

/** A benchmark of one module. */
export function httpServers(subject: HttpServers): Benchmark {
  const { name, summary, loads } = subject;
  return {
    name,
    summary,
    scenarios: new Map([...loads.map((load) => [load.name, load.title] as const), [IDLE, "nothing comes"]]),
    run: (options) => measure(subject, options),
  };
}

const yardstickOf = ({ yardstick }: HttpServers) => `${yardstick.name} ${yardstick.version}`;

function kinds(subject: HttpServers): ServerKind[] {
  const { guest, build, pollux, yardstick } = subject;
  if (!existsSync(guest)) throw new BenchmarkError(`${guest} is missing: ${build}`);
  if (yardstick.missing !== undefined) throw new BenchmarkError(`there is no ${yardstick.name}: ${yardstick.missing}`);
  const ours = [...pollux].map(([name, options]) => ({
    name,
    program: "dist/cli.cjs",
    arguments: ["run", "--listen", "127.0.0.1:0", ...options, guest],
  }));
  return [...ours, { name: yardstickOf(subject), program: "", arguments: [], command: yardstick.command }];
}

async function measure(subject: HttpServers, options: BenchmarkOptions): Promise<void> {
  const pins = pinning();
  const running: RunningServer[] = [];
  const loads = [];
  const idle = [];
  try {
    for (const kind of kinds(subject)) {
      running.push(await RunningServer.start(kind, pins?.server));
      running.at(-1)!.pause();
    }
    for (const { name, title, connections } of subject.loads.filter(({ name }) => name === (options.only ?? name))) {
      const measured = new Map<string, HttpMeasurement[]>(running.map((server) => [server.name, []]));
      for (const server of running)
        await alone(server, () => measureHttp(server, connections, WARMING_SECONDS, pins?.load));
      for (let round = 1; round <= options.rounds; round++) {
        for (const server of running) {
          const measurement = await alone(server, () => measureHttp(server, connections, options.seconds, pins?.load));
          measured.get(server.name)!.push(measurement);
          const figure = Math.round(measurement.requestsPerSecond).toLocaleString("en");
          console.error(`${title}: round ${round} of ${options.rounds}, ${server.name}: ${figure} requests/s`);
        }
      }
      loads.push({ name, title, connections, servers: summarize(measured, yardstickOf(subject)) });
    }
    if ((options.only ?? IDLE) === IDLE)
      for (const server of running)
        idle.push({ name: server.name, share: await alone(server, () => idleShare(server)) });
  } finally {
    await Promise.all(running.map((server) => server.stop()));
  }
  await show(subject, loads, idle, options);
}

/** Runs it while this server runs and the others do not. */
async function alone<Result>(server: RunningServer, measured: () => Promise<Result>): Promise<Result> {
  server.resume();
  try {
    return await measured();
  } finally {
    server.pause();
  }
}

function summarize(measured: Map<string, HttpMeasurement[]>, yardstick: string) {
  const values = (name: string, field: keyof HttpMeasurement) => measured.get(name)!.map((round) => round[field]);
  return [...measured].map(([name, rounds]) => ({
    name,
    requestsPerSecond: spread(values(name, "requestsPerSecond")),
    toYardstick: pairedRatios(values(name, "requestsPerSecond"), values(yardstick, "requestsPerSecond")),
    cpu: spread(values(name, "cpuMicroseconds")),
    latency: { p50: spread(values(name, "latencyP50")).median, p99: spread(values(name, "latencyP99")).median },
    /** The middle connection's requests, times the slowest's. */
    unfairness: spread(rounds.map(({ slowest, middle }) => middle / slowest)),
    rounds,
  }));
}

/** The share of a core that it uses while one connection is open on which nothing comes, and nothing else is. */
async function idleShare(server: RunningServer): Promise<number> {
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  await setTimeout(1000); // for work that the load left to the compiler and the collector
  const before = cpuSeconds(server.pid);
  await setTimeout(IDLE_SECONDS * 1000);
  const used = cpuSeconds(server.pid) - before;
  socket.destroy();
  return used / IDLE_SECONDS;
}

type Loads = { name: string; title: string; connections: number; servers: ReturnType<typeof summarize> }[];

async function show(
  subject: HttpServers,
  loads: Loads,
  idle: { name: string; share: number }[],
  options: BenchmarkOptions,
): Promise<void> {
  const { name, title: caption, yardstick } = subject;
  const whole = (value: number) => Math.round(value).toLocaleString("en");
  const table = {
    columns: [
      { title: "Scenario" },
      { title: "Host" },
      { title: "requests/s", right: true },
      { title: "min–max", right: true, detail: true },
      { title: `× ${yardstick.name}`, right: true },
      { title: "CPU", right: true },
      { title: "p50 µs", right: true, detail: true },
      { title: "p99 µs", right: true },
      { title: "middle / slowest connection", right: true },
    ],
    groups: [
      ...loads.map(({ title, servers }) =>
        servers.map(({ name, requestsPerSecond, toYardstick, cpu, latency, unfairness }, row) => [
          row === 0 ? title : "",
          name,
          whole(requestsPerSecond.median),
          `${whole(requestsPerSecond.min)}–${whole(requestsPerSecond.max)}`,
          toYardstick.median.toFixed(2),
          `${cpu.median.toFixed(1)} µs/request`,
          whole(latency.p50),
          whole(latency.p99),
          unfairness.median.toFixed(2),
        ]),
      ),
      idle.map(({ name, share }, row) => [
        row === 0 ? `idle, ${IDLE_SECONDS} s` : "",
        ...[name, "", "", "", `${(share * 100).toFixed(1)} % of a core`, "", "", ""],
      ]),
    ].filter((rows) => rows.length > 0),
  };
  const chart = await ratioChart({
    title: caption,
    subtitle: [`Median of ${options.rounds} alternating rounds; whiskers: the lowest and the highest round`],
    baseline: yardstickOf(subject),
    bars: loads.flatMap(({ title, servers }) =>
      servers.map(({ name, toYardstick }) => ({ group: title, series: name, ...toYardstick })),
    ),
  });
  const others = loads.flatMap(({ servers }) => servers.flatMap(({ rounds }) => rounds.map(({ others }) => others)));
  const conditions = [
    `${describe(machine())}, one module; server on one core, load on another, the other servers stopped.`,
    `Medians of ${options.rounds} alternating rounds of ${options.seconds} s, ratios paired by round.`,
    ...(others.length > 0 ? [describeOthers(others)] : []),
  ];
  const data = { benchmark: name, machine: machine(), loads, idle };
  publish({ name, table, conditions, data, caption, chart }, options);
}
