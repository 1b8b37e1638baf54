/**
 * The hello benchmark: one Go module, a server on net/http that says hello, under `pollux run` and under wazero, on the same
 * load. What a program costs that was written for neither.
 *
 * Both servers are measured in turn, and the one that is not is stopped meanwhile: wazero's uses a whole core when it is
 * idle. A figure is a median over the rounds, a ratio the median of the rounds' own ratios. `busy` is about fairness: the
 * connection with the fewest requests beside the one in the middle.
 */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { pinned } from "../runtimes/pins.ts";
import { type Benchmark, BenchmarkError, type BenchmarkOptions } from "./benchmark.ts";
import { type HttpMeasurement, measureHttp } from "./load.ts";
import { cpuSeconds, describe, describeOthers, machine, pinning } from "./machine.ts";
import { ratioChart } from "./ratio-chart.ts";
import { publish } from "./results.ts";
import { RunningServer, type ServerKind } from "./servers.ts";
import { pairedRatios, spread } from "./statistics.ts";

const GUEST = "tests/guests/built/go/hello.wasm";
const POLLUX = "pollux run";
const WAZERO = pinned("wazero");
const YARDSTICK = `wazero ${WAZERO.version}`;
const TITLE = "Go's net/http, hello: requests per second, relative to wazero";
const IDLE = "idle";
const IDLE_SECONDS = 5;
/** Both compile what is hot while they run: V8 a function at a time. */
const WARMING_SECONDS = 3;

const LOADS = [
  { name: "many", title: "50 connections", connections: 50 },
  { name: "busy", title: "100 connections", connections: 100 },
] as const;

function kinds(): ServerKind[] {
  if (!existsSync(GUEST)) throw new BenchmarkError(`${GUEST} is missing: npm run build:guests`);
  if (WAZERO.missing !== undefined) throw new BenchmarkError(`there is no wazero: ${WAZERO.missing}`);
  const command = (port: number) => [WAZERO.program, "run", `-listen=127.0.0.1:${port}`, GUEST];
  return [
    { name: POLLUX, program: "dist/cli.js", arguments: ["run", "--listen", "127.0.0.1:0", GUEST] },
    { name: YARDSTICK, program: "", arguments: [], command },
  ];
}

async function run(options: BenchmarkOptions): Promise<void> {
  const pins = pinning();
  const running: RunningServer[] = [];
  const loads = [];
  const idle = [];
  try {
    for (const kind of kinds()) {
      running.push(await RunningServer.start(kind, pins?.server));
      running.at(-1)!.pause();
    }
    for (const { name, title, connections } of LOADS.filter(({ name }) => name === (options.only ?? name))) {
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
      loads.push({ name, title, connections, servers: summarize(measured) });
    }
    if ((options.only ?? IDLE) === IDLE)
      for (const server of running)
        idle.push({ name: server.name, share: await alone(server, () => idleShare(server)) });
  } finally {
    await Promise.all(running.map((server) => server.stop()));
  }
  await show(loads, idle, options);
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

function summarize(measured: Map<string, HttpMeasurement[]>) {
  const values = (name: string, field: keyof HttpMeasurement) => measured.get(name)!.map((round) => round[field]);
  return [...measured].map(([name, rounds]) => ({
    name,
    requestsPerSecond: spread(values(name, "requestsPerSecond")),
    toWazero: pairedRatios(values(name, "requestsPerSecond"), values(YARDSTICK, "requestsPerSecond")),
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
  await setTimeout(1000); // what the load has left to be compiled and collected
  const before = cpuSeconds(server.pid);
  await setTimeout(IDLE_SECONDS * 1000);
  const used = cpuSeconds(server.pid) - before;
  socket.destroy();
  return used / IDLE_SECONDS;
}

type Loads = { name: string; title: string; connections: number; servers: ReturnType<typeof summarize> }[];

async function show(loads: Loads, idle: { name: string; share: number }[], options: BenchmarkOptions): Promise<void> {
  const whole = (value: number) => Math.round(value).toLocaleString("en");
  const table = {
    columns: [
      { title: "Scenario" },
      { title: "Host" },
      { title: "requests/s", right: true },
      { title: "min–max", right: true, detail: true },
      { title: "× wazero", right: true },
      { title: "CPU", right: true },
      { title: "p50 µs", right: true, detail: true },
      { title: "p99 µs", right: true },
      { title: "middle / slowest connection", right: true },
    ],
    groups: [
      ...loads.map(({ title, servers }) =>
        servers.map(({ name, requestsPerSecond, toWazero, cpu, latency, unfairness }, row) => [
          row === 0 ? title : "",
          name,
          whole(requestsPerSecond.median),
          `${whole(requestsPerSecond.min)}–${whole(requestsPerSecond.max)}`,
          toWazero.median.toFixed(2),
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
    title: TITLE,
    subtitle: [`Median of ${options.rounds} alternating rounds; whiskers: the lowest and the highest round`],
    baseline: YARDSTICK,
    bars: loads.flatMap(({ title, servers }) =>
      servers.map(({ name, toWazero }) => ({ group: title, series: name, ...toWazero })),
    ),
  });
  const others = loads.flatMap(({ servers }) => servers.flatMap(({ rounds }) => rounds.map(({ others }) => others)));
  const conditions = [
    `${describe(machine())}, one module; server on one core, load on another, the other server stopped.`,
    `Medians of ${options.rounds} alternating rounds of ${options.seconds} s, ratios paired by round.`,
    ...(others.length > 0 ? [describeOthers(others)] : []),
  ];
  const data = { benchmark: "hello", machine: machine(), loads, idle };
  publish({ name: "hello", table, conditions, data, caption: TITLE, chart }, options);
}

export const hello: Benchmark = {
  name: "hello",
  summary: "a Go program: net/http under pollux run, and under wazero",
  scenarios: new Map([...LOADS.map(({ name, title }) => [name, title] as const), [IDLE, "nothing comes"]]),
  run,
};
