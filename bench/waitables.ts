/**
 * The waitables benchmark: what idle connections cost an echo server on a stock host. `echo-epoll --level` as a component of WASI 0.2,
 * whose poll scans a list, and of WASI 0.3, whose waitable set is a ready list, under one wasmtime; beside our host and C.
 */

import { RUNTIMES } from "../runtimes/catalogue.ts";
import type { Table } from "../src/cli/table.ts";
import { type Accepting, measureAccepting } from "./accepting.ts";
import { type Benchmark, BenchmarkError, type BenchmarkOptions } from "./benchmark.ts";
import { measureRounds, type Scenario } from "./echo.ts";
import { describe, describeOthers, machine, type Pinning, pinning } from "./machine.ts";
import { ratioChart } from "./ratio-chart.ts";
import { publish } from "./results.ts";
import { C_SERVER, ECHO_SERVERS, RunningServer, type ServerKind } from "./servers.ts";
import { pairedRatios, type Spread, spread } from "./statistics.ts";

const active = (idle: number): Scenario => ({
  name: `idle-${idle}`,
  title: idle === 0 ? "50 active" : `50 active, ${idle.toLocaleString("en")} idle`,
  connections: 50,
  idle,
  bytes: 64,
});
/** A process may have 20,000 descriptors on many machines: these leave room for the others. */
const MOST_IDLE = 19_000;
const SCENARIOS: readonly Scenario[] = [
  ...[0, 1_000, 10_000, MOST_IDLE].map(active),
  { name: "one", title: "1 connection", connections: 1, idle: 0, bytes: 64 },
  { name: "large", title: "50 active, 16 KiB", connections: 50, idle: 0, bytes: 16 * 1024 },
];
const POLL = "wasmtime 49, component";
const COMPONENTS = [POLL, "wasmtime 49, 0.3 component"];
/** The scenario that accepts connections, none of which sends. */
const ACCEPTING = { name: "accepting", title: `${MOST_IDLE.toLocaleString("en")} accepted` };
/** Each takes a new server of every kind, and thousands of connections. */
const ACCEPTING_ROUNDS = 3;
const TITLE = "Idle connections on a stock host: requests per second, relative to C with epoll";

interface Result {
  server: string;
  scenario: string;
  requestsPerSecond: Spread;
  /** Microseconds of the server's CPU time. */
  cpu: Spread;
  toC: Spread;
  /** To the first scenario's of the same round. */
  toAlone: Spread;
  /** To the 0.2 component's. */
  toPoll: Spread;
}

interface Accepted {
  server: string;
  rounds: Accepting[];
}

function kinds(): ServerKind[] {
  const components = RUNTIMES.filter(({ name }) => COMPONENTS.includes(name)).map(({ name, missing, command }) => {
    if (missing !== undefined) throw new BenchmarkError(`${name}: ${missing}`);
    return { name, program: "", arguments: [], command: (port: number) => command("echo-epoll", ["--quiet"], port) };
  });
  return [...ECHO_SERVERS.filter(({ name }) => [C_SERVER, "pollux epoll"].includes(name)), ...components];
}

async function run(options: BenchmarkOptions): Promise<void> {
  const isAsked = ({ name }: { name: string }) => name === (options.only ?? name);
  const scenarios = SCENARIOS.filter(isAsked);
  const pins = pinning();
  const measured = scenarios.length === 0 ? [] : await measureRounds(scenarios, kinds(), options, pins);
  const accepted = isAsked(ACCEPTING) ? await acceptRounds(Math.min(options.rounds, ACCEPTING_ROUNDS), pins) : [];
  const results = scenarios.flatMap(({ title }, index) =>
    [...measured[index]].map(([server, rounds]): Result => {
      const rates = (of: string, at = index) => measured[at].get(of)!.map((round) => round.requestsPerSecond);
      return {
        server,
        scenario: title,
        requestsPerSecond: spread(rates(server)),
        cpu: spread(rounds.map((round) => round.cpuMicroseconds)),
        toC: pairedRatios(rates(server), rates(C_SERVER)),
        toAlone: pairedRatios(rates(server), rates(server, 0)),
        toPoll: pairedRatios(rates(server), rates(POLL)),
      };
    }),
  );
  const chart = await ratioChart({
    title: TITLE,
    subtitle: [`Median of ${options.rounds} alternating rounds, each divided by C's of the same round`],
    baseline: C_SERVER,
    bars: results.map(({ scenario, server, toC }) => ({ group: scenario, series: server, ...toC })),
  });
  const others = measured.flatMap((of) => [...of.values()].flatMap((rounds) => rounds.map((round) => round.others)));
  const conditions = [
    `${describe(machine())}; ${pins ? `server on core ${pins.server}, load on core ${pins.load}` : "not pinned to cores"}.`,
    `Medians of ${options.rounds} alternating rounds of ${options.seconds} s, ratios paired by round.`,
    ...(others.length === 0 ? [] : [describeOthers(others)]),
  ];
  const table = tableOf(results, accepted);
  publish({ name: "waitables", table, conditions, data: { results, accepted }, caption: TITLE, chart }, options);
}

/** Each server is new: one that has had connections has their memory. */
async function acceptRounds(rounds: number, pins: Pinning | null): Promise<Accepted[]> {
  const accepted = kinds().map((kind) => ({ kind, server: kind.name, rounds: [] as Accepting[] }));
  for (let round = 1; round <= rounds; round++) {
    for (const { kind, server: name, rounds: measured } of accepted) {
      const server = await RunningServer.start(kind, pins?.server);
      try {
        measured.push(await measureAccepting(server, MOST_IDLE));
      } finally {
        await server.stop();
      }
      const { cpuSeconds, bytes } = measured.at(-1)!;
      console.error(`${ACCEPTING.title}: ${name}: ${cpuSeconds.toFixed(2)} s, ${(bytes / 1024).toFixed(1)} KiB each`);
    }
  }
  return accepted.map(({ server, rounds }) => ({ server, rounds }));
}

function tableOf(results: readonly Result[], accepted: readonly Accepted[]): Table {
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))];
  return {
    columns: [
      { title: "Scenario" },
      { title: "Server" },
      { title: "requests/s", right: true },
      { title: "× C", right: true },
      { title: "× alone", right: true },
      { title: "× 0.2", right: true },
      { title: "CPU µs/request", right: true },
      { title: "CPU s to accept", right: true },
      { title: "KiB each", right: true },
    ],
    groups: [
      ...scenarios.map((scenario) =>
        results
          .filter((result) => result.scenario === scenario)
          .map(({ server, requestsPerSecond, toC, toAlone, toPoll, cpu }, row) => [
            row === 0 ? scenario : "",
            server,
            Math.round(requestsPerSecond.median).toLocaleString("en"),
            toC.median.toFixed(2),
            scenario.includes("idle") ? toAlone.median.toFixed(2) : "",
            toPoll.median.toFixed(2),
            cpu.median.toFixed(2),
            ...["", ""],
          ]),
      ),
      accepted.map(({ server, rounds }, row) => [
        row === 0 ? ACCEPTING.title : "",
        server,
        ...["", "", "", "", ""],
        spread(rounds.map(({ cpuSeconds }) => cpuSeconds)).median.toFixed(2),
        spread(rounds.map(({ bytes }) => bytes / 1024)).median.toFixed(1),
      ]),
    ],
  };
}

export const waitables: Benchmark = {
  name: "waitables",
  summary: "an echo server as a component of WASI 0.2 and 0.3, beside idle connections",
  scenarios: new Map([...SCENARIOS, ACCEPTING].map(({ name, title }) => [name, title])),
  run,
};
