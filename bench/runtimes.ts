/**
 * The runtimes benchmark: the same echo server, `echo-epoll --level`, on every runtime of runtimes/catalogue.ts that is
 * installed, beside C with epoll on the same load. `npm run runtimes` installs them. All take less than three minutes.
 */
import { RUNTIMES } from "../runtimes/catalogue.ts";
import { type Benchmark, BenchmarkError, type BenchmarkOptions } from "./benchmark.ts";
import { measureRounds, type Scenario } from "./echo.ts";
import { describe, describeOthers, machine, pinning } from "./machine.ts";
import { ratioChart } from "./ratio-chart.ts";
import { publish } from "./results.ts";
import { C_SERVER, ECHO_SERVERS, type ServerKind } from "./servers.ts";
import { pairedRatios, type Spread, spread } from "./statistics.ts";

/** The servers run on between their rounds, so that a later round has less to warm up. */
const SCENARIOS: readonly Scenario[] = [
  { name: "many", title: "50 connections", connections: 50, idle: 0, bytes: 64, warmUp: 0.25 },
  { name: "idle", title: "50 active + 1000 idle", connections: 50, idle: 1000, bytes: 64, warmUp: 0.25 },
];
const TITLE = "One echo server on every runtime: requests per second, relative to C with epoll";

interface Result {
  runtime: string;
  scenario: string;
  requestsPerSecond: Spread;
  toC: Spread;
  /** Microseconds of the server's CPU time. */
  cpuPerRequest: Spread;
  cpuToC: Spread;
  /** To the first scenario's of the same round. */
  toFirst: Spread;
  others: number[];
}

/** A runtime's name as an option: "Node 24, JSPI" is node-24-jspi. */
const optionOf = (name: string) => name.toLowerCase().replace(/[^a-z0-9.]+/g, "-");

/** The runtimes that a list names; `node` is the one that runs this benchmark, and * stands for any text. */
function runtimesOf(text: string): string[] {
  const [own] = RUNTIMES;
  return text.split(",").flatMap((item) => {
    const asked = item.trim().toLowerCase();
    const parts = asked.split("*").map((part) => part.replace(/[^a-z0-9-]/g, "\\$&"));
    const pattern = new RegExp(`^${parts.join(".*")}$`);
    const found = RUNTIMES.filter(({ name }) => (asked === "node" ? name === own.name : pattern.test(optionOf(name))));
    if (found.length > 0) return found.map(({ name }) => name);
    const known = RUNTIMES.map(({ name }) => optionOf(name)).join(", ");
    throw new BenchmarkError(`no runtime is named '${item}'. There are node (this one), ${known}`);
  });
}

function kinds(chosen: readonly string[] | undefined): ServerKind[] {
  const found: ServerKind[] = ECHO_SERVERS.filter(({ name }) => name === C_SERVER);
  for (const { name, missing, command } of RUNTIMES) {
    if (chosen?.includes(name) === false) continue;
    if (missing !== undefined) console.error(`not measured: ${name}, ${missing}`);
    else found.push({ name, program: "", arguments: [], command: (port) => command("echo-epoll", ["--quiet"], port) });
  }
  return found;
}

async function run(options: BenchmarkOptions): Promise<void> {
  const pins = pinning();
  const servers = kinds(options.runtimes);
  const results: Result[] = [];
  const scenarios = SCENARIOS.filter(({ name }) => name === (options.only ?? name));
  const measured = await measureRounds(scenarios, servers, options, pins);
  for (const [index, { title }] of scenarios.entries()) {
    const rates = (runtime: string, of = index) => measured[of].get(runtime)!.map((round) => round.requestsPerSecond);
    const times = (runtime: string) => measured[index].get(runtime)!.map((round) => round.cpuMicroseconds);
    for (const [runtime, rounds] of measured[index]) {
      results.push({
        runtime,
        scenario: title,
        requestsPerSecond: spread(rates(runtime)),
        toC: pairedRatios(rates(runtime), rates(C_SERVER)),
        cpuPerRequest: spread(times(runtime)),
        cpuToC: pairedRatios(times(runtime), times(C_SERVER)),
        toFirst: pairedRatios(rates(runtime), rates(runtime, 0)),
        others: rounds.map(({ others }) => others),
      });
    }
  }
  const chart = await ratioChart({
    title: TITLE,
    subtitle: [
      `Median of ${options.rounds} alternating rounds, each divided by C's of the same round; 64 bytes;`,
      "whiskers: the lowest and the highest round",
    ],
    baseline: C_SERVER,
    bars: results.map(({ runtime, scenario, toC }) => ({ group: runtime, series: scenario, ...toC })),
  });
  const table = {
    columns: [
      { title: "Runtime" },
      { title: "Scenario" },
      { title: "requests/s", right: true },
      { title: "× C", right: true },
      { title: "× itself without idle ones", right: true },
      { title: "CPU µs/request", right: true },
      { title: "× C", right: true },
    ],
    groups: servers.map(({ name }) => rowsOf(results.filter(({ runtime }) => runtime === name))),
  };
  const conditions = [
    `${describe(machine())}. Medians of ${options.rounds} alternating rounds of ${options.seconds} s, ratios paired by round.`,
    describeOthers(results.flatMap(({ others }) => others)),
  ];
  publish({ name: "runtimes", table, conditions, data: { results }, caption: TITLE, chart }, options);
}

function rowsOf(results: readonly Result[]): string[][] {
  return results.map(({ runtime, scenario, requestsPerSecond, toC, toFirst, cpuPerRequest, cpuToC }, row) => [
    row === 0 ? runtime : "",
    scenario,
    Math.round(requestsPerSecond.median).toLocaleString("en"),
    toC.median.toFixed(2),
    row === 0 ? "" : toFirst.median.toFixed(2),
    cpuPerRequest.median.toFixed(2),
    cpuToC.median.toFixed(2),
  ]);
}

export const runtimes: Benchmark = {
  name: "runtimes",
  summary: "one echo server on every runtime, beside C with epoll",
  scenarios: new Map(SCENARIOS.map(({ name, title }) => [name, title])),
  runtimesOf,
  defaults: { rounds: 3, seconds: 0.3 },
  run,
};
