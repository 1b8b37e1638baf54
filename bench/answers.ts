/**
 * The answers benchmark: servers that answer in two parts, by one call with two buffers and by two calls, beside C with writev.
 * Where a part waits for the acknowledgement of the one before, a request takes 40 ms.
 */
import { NODE_24 } from "../runtimes/catalogue.ts";
import type { Benchmark, BenchmarkOptions } from "./benchmark.ts";
import { measureRounds, type Scenario } from "./echo.ts";
import { describe, describeOthers, machine, pinning } from "./machine.ts";
import { gccVersion } from "./native.ts";
import { ratioChart } from "./ratio-chart.ts";
import { publish } from "./results.ts";
import type { ServerKind } from "./servers.ts";
import { pairedRatios, spread } from "./statistics.ts";

const SCENARIOS: readonly Scenario[] = [
  { name: "one", title: "1 connection, 64 bytes", connections: 1, idle: 0, bytes: 64 },
  { name: "many", title: "50 connections, 64 bytes", connections: 50, idle: 0, bytes: 64 },
];
const TITLE = "Answers in two parts: requests per second, relative to C with writev";
const [VECTOR, WRITES] = ["vector", "writes"];

function guest(name: string, parts: string, way: string, driver: string, node = process.execPath): ServerKind {
  const options = ["--sleep", way, "--driver", driver, "--listen", "127.0.0.1:0"];
  return { name, program: "dist/cli.cjs", arguments: ["run", ...options, "dist/bench/answers.wasm", parts], node };
}

const C = { program: "bench/reference/echo-epoll.c" };
const C_VECTOR: ServerKind = { name: "C, writev", ...C, arguments: ["0", VECTOR] };
const KINDS: readonly ServerKind[] = [
  C_VECTOR,
  { name: "C, two writes", ...C, arguments: ["0", WRITES] },
  guest("posix, one write", VECTOR, "blocking", "posix"),
  guest("posix, two writes", WRITES, "blocking", "posix"),
  guest("posix, worker, one write", VECTOR, "worker", "posix"),
  guest("net, one write", VECTOR, "blocking", "net"),
  guest("net, two writes", WRITES, "blocking", "net"),
  guest("net, worker, one write", VECTOR, "worker", "net"),
  ...(NODE_24 === undefined
    ? []
    : [
        guest("posix, suspending, one write", VECTOR, "suspending", "posix", NODE_24),
        guest("posix, suspending, two writes", WRITES, "suspending", "posix", NODE_24),
        guest("net, suspending, one write", VECTOR, "suspending", "net", NODE_24),
        guest("net, suspending, two writes", WRITES, "suspending", "net", NODE_24),
      ]),
];

async function run(options: BenchmarkOptions): Promise<void> {
  if (NODE_24 === undefined) console.error("not measured: suspending, npm run runtimes installs a Node that can");
  const pins = pinning();
  const scenarios = [];
  for (const scenario of SCENARIOS.filter(({ name }) => name === (options.only ?? name))) {
    const [measured] = await measureRounds([scenario], [...KINDS], options, pins);
    const yardstick = measured.get(C_VECTOR.name)!.map(({ requestsPerSecond }) => requestsPerSecond);
    const servers = [...measured].map(([name, rounds]) => {
      const requests = rounds.map(({ requestsPerSecond }) => requestsPerSecond);
      return {
        name,
        requestsPerSecond: spread(requests),
        toC: pairedRatios(requests, yardstick),
        p50: spread(rounds.map(({ latencyP50 }) => latencyP50)),
        p99: spread(rounds.map(({ latencyP99 }) => latencyP99)),
        others: rounds.map(({ others }) => others),
      };
    });
    scenarios.push({ ...scenario, servers });
  }
  const chart = await ratioChart({
    title: TITLE,
    subtitle: [`Median of ${options.rounds} alternating rounds; whiskers: the lowest and the highest round`],
    baseline: C_VECTOR.name,
    bars: scenarios.flatMap(({ title, servers }) =>
      servers.map(({ name, toC }) => ({ group: title, series: name, ...toC })),
    ),
  });
  const whole = (value: number) => Math.round(value).toLocaleString("en");
  const table = {
    columns: [
      { title: "Scenario" },
      { title: "Server" },
      { title: "requests/s", right: true },
      { title: "× C", right: true },
      { title: "p50 µs", right: true },
      { title: "p99 µs", right: true },
    ],
    groups: scenarios.map(({ title, servers }) =>
      servers.map(({ name, requestsPerSecond, toC, p50, p99 }, row) => [
        row === 0 ? title : "",
        name,
        whole(requestsPerSecond.median),
        toC.median.toFixed(2),
        whole(p50.median),
        whole(p99.median),
      ]),
    ),
  };
  const conditions = [
    `${describe(machine())}, gcc ${gccVersion()} -O2.`,
    `Medians of ${options.rounds} alternating rounds of ${options.seconds} s, ratios paired by round.`,
    describeOthers(scenarios.flatMap(({ servers }) => servers.flatMap(({ others }) => others))),
  ];
  publish({ name: "answers", table, conditions, data: { scenarios }, caption: TITLE, chart }, options);
}

export const answers: Benchmark = {
  name: "answers",
  summary: "answers in two parts: one call with two buffers, and two calls, beside C with writev",
  scenarios: new Map(SCENARIOS.map(({ name, title }) => [name, title])),
  run,
};
