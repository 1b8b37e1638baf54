/**
 * The sleep benchmark: one echo server, each way to sleep, on the same load; and what a host call costs that need not
 * sleep.
 */
import { NODE_24 } from "../runtimes/catalogue.ts";
import type { Benchmark, BenchmarkOptions } from "./benchmark.ts";
import { measureRounds, type Scenario } from "./echo.ts";
import { describe, describeOthers, machine, pinning } from "./machine.ts";
import { ratioChart } from "./ratio-chart.ts";
import { publish } from "./results.ts";
import type { ServerKind } from "./servers.ts";
import { costOfCall } from "./sleep/calls.ts";
import { pairedRatios, spread } from "./statistics.ts";

const SCENARIOS: readonly Scenario[] = [
  { name: "many", title: "50 connections, 64 bytes", connections: 50, idle: 0, bytes: 64 },
  { name: "more", title: "1,000 connections, 64 bytes", connections: 1000, idle: 0, bytes: 64 },
  { name: "one", title: "1 connection, 64 bytes", connections: 1, idle: 0, bytes: 64 },
];
const TITLE = "One echo server, each way to sleep: requests per second, relative to blocking";

function server(name: string, way: string, node = process.execPath, ...options: string[]): ServerKind {
  const guest = ["dist/programs/echo-epoll.wasm", "--quiet"];
  return {
    name,
    program: "dist/cli.cjs",
    arguments: ["run", "--sleep", way, ...options, "--listen", "127.0.0.1:0", ...guest],
    node,
  };
}

const BLOCKING = server("blocking", "blocking");
const KINDS: readonly ServerKind[] = [
  BLOCKING,
  server("worker", "worker"),
  ...(NODE_24 === undefined
    ? []
    : [
        server("blocking, Node 24", "blocking", NODE_24),
        server("suspending, Node 24", "suspending", NODE_24),
        server("suspending, net driver, Node 24", "suspending", NODE_24, "--driver", "net"),
      ]),
];

async function run(options: BenchmarkOptions): Promise<void> {
  if (NODE_24 === undefined) console.error("not measured: suspending, npm run runtimes installs a Node that can");
  const pins = pinning();
  const scenarios = [];
  for (const scenario of SCENARIOS.filter(({ name }) => name === (options.only ?? name))) {
    const [measured] = await measureRounds([scenario], [...KINDS], options, pins);
    const yardstick = measured.get(BLOCKING.name)!.map(({ requestsPerSecond }) => requestsPerSecond);
    const servers = [...measured].map(([name, rounds]) => ({
      name,
      requestsPerSecond: spread(rounds.map(({ requestsPerSecond }) => requestsPerSecond)),
      toBlocking: pairedRatios(
        rounds.map(({ requestsPerSecond }) => requestsPerSecond),
        yardstick,
      ),
      cpu: spread(rounds.map(({ cpuMicroseconds }) => cpuMicroseconds)),
      others: rounds.map(({ others }) => others),
    }));
    scenarios.push({ ...scenario, servers });
  }
  const calls = [["blocking", process.execPath] as const, ...(NODE_24 === undefined ? [] : callsOn(NODE_24))];
  const costs: string[] = [];
  for (const [way, node] of calls) {
    const on = node === process.execPath ? "" : ", Node 24";
    costs.push(`${way}${on} ${(await costOfCall(way, node)).toFixed(0)} ns`);
  }
  const chart = await ratioChart({
    title: TITLE,
    subtitle: [`Median of ${options.rounds} alternating rounds; whiskers: the lowest and the highest round`],
    baseline: BLOCKING.name,
    bars: scenarios.flatMap(({ title, servers }) =>
      servers.map(({ name, toBlocking }) => ({ group: title, series: name, ...toBlocking })),
    ),
  });
  const table = {
    columns: [
      { title: "Scenario" },
      { title: "Way to sleep" },
      { title: "requests/s", right: true },
      { title: "× blocking", right: true },
      { title: "CPU µs/request", right: true },
    ],
    groups: scenarios.map(({ title, servers }) =>
      servers.map(({ name, requestsPerSecond, toBlocking, cpu }, row) => [
        row === 0 ? title : "",
        name,
        Math.round(requestsPerSecond.median).toLocaleString("en"),
        toBlocking.median.toFixed(2),
        cpu.median.toFixed(2),
      ]),
    ),
  };
  const conditions = [
    `A host call that need not sleep: ${costs.join(", ")}.`,
    `${describe(machine())}. Medians of ${options.rounds} alternating rounds of ${options.seconds} s, ratios paired by round.`,
    describeOthers(scenarios.flatMap(({ servers }) => servers.flatMap(({ others }) => others))),
  ];
  publish({ name: "sleep", table, conditions, data: { scenarios, costs }, caption: TITLE, chart }, options);
}

const callsOn = (node: string) => [["blocking", node] as const, ["suspending", node] as const];

export const sleep: Benchmark = {
  name: "sleep",
  summary: "one echo server over each way to sleep, and what a call costs",
  scenarios: new Map(SCENARIOS.map(({ name, title }) => [name, title])),
  run,
};
