/**
 * The components benchmark: our echo component under Pollux, wasmtime and jco, beside the module of the same program and C with
 * epoll on the same load; and CPython's `selectors`, as componentize-py makes a component of it. `npm run runtimes` installs wasmtime,
 * `npm run build:guests` builds the component in Python.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { pinned as pinnedRuntime } from "../runtimes/pins.ts";
import type { Table } from "../src/cli/table.ts";
import type { Benchmark, BenchmarkOptions } from "./benchmark.ts";
import { measureRounds, type Scenario } from "./echo.ts";
import type { Measurement } from "./load.ts";
import { describe, describeOthers, machine, pinned, pinning } from "./machine.ts";
import { ratioChart } from "./ratio-chart.ts";
import { publish } from "./results.ts";
import { C_SERVER, ECHO_SERVERS, type ServerKind } from "./servers.ts";
import { pairedRatios, type Spread, spread } from "./statistics.ts";

const SCENARIOS: readonly Scenario[] = [
  { name: "many", title: "50 connections, 64 bytes", connections: 50, idle: 0, bytes: 64 },
  { name: "idle", title: "50 active + 1000 idle, 64 bytes", connections: 50, idle: 1000, bytes: 64 },
  { name: "one", title: "1 connection, 64 bytes", connections: 1, idle: 0, bytes: 64 },
  { name: "large", title: "50 connections, 16 KiB", connections: 50, idle: 0, bytes: 16 * 1024 },
];
const [FIRST] = SCENARIOS;
const TITLE = "Components: requests per second, relative to C with epoll";

const MODULE = "pollux, module";
const COMPONENT = "pollux, component";
const WASMTIME = "wasmtime 49, component";
const JCO = "jco, component";
const PYTHON = "pollux, CPython";
const PYTHON_WASMTIME = "wasmtime 49, CPython";

/** A measurement of jco's is a fiftieth of the others', and its start takes longer than that: a few will do. */
const JCO_ROUNDS = 3;
/** How often each is started for the time that it takes. */
const STARTS = 11;

const PYTHON_FILE = "tests/components/built/python/app.wasm";
const ECHO_FILE = "dist/programs/echo-epoll.component.wasm";
const wasmtime = pinnedRuntime("wasmtime-49");

const address = (port: number) => `127.0.0.1:${port}`;
const ofPort = (name: string, command: (port: number) => string[]): ServerKind => ({
  name,
  program: "",
  arguments: [],
  command,
});
const echoArguments = (port: number) => ["--listen", address(port), "--quiet"];
const pythonArguments = (port: number) => ["selectors-server", "127.0.0.1", String(port)];

const KINDS = {
  c: ECHO_SERVERS.find(({ name }) => name === C_SERVER)!,
  module: ofPort(MODULE, (port) => [
    ...[process.execPath, "dist/cli.cjs", "run", "--listen", address(port)],
    ...["dist/programs/echo-epoll.wasm", "--quiet"],
  ]),
  component: ofPort(COMPONENT, (port) => [
    ...[process.execPath, "dist/cli.cjs", "run", "--bind", "127.0.0.1:*", ECHO_FILE, ...echoArguments(port)],
  ]),
  wasmtime: ofPort(WASMTIME, (port) => [
    ...[wasmtime.program, "run", "-S", "inherit-network", ECHO_FILE, ...echoArguments(port)],
  ]),
  jco: ofPort(JCO, (port) => [
    ...[process.execPath, "node_modules/@bytecodealliance/jco/dist/jco.js", "run", ECHO_FILE, ...echoArguments(port)],
  ]),
  python: ofPort(PYTHON, (port) => [
    ...[process.execPath, "dist/cli.cjs", "run", "--bind", "127.0.0.1:*", PYTHON_FILE, ...pythonArguments(port)],
  ]),
  pythonWasmtime: ofPort(PYTHON_WASMTIME, (port) => [
    ...[wasmtime.program, "run", "-S", "inherit-network", PYTHON_FILE, ...pythonArguments(port)],
  ]),
};

/** Its listener is open before it is compiled, as the module's. */
const OPENED = ofPort(`${COMPONENT} with --listen`, (port) => [
  ...[process.execPath, "dist/cli.cjs", "run", "--listen", address(port), ECHO_FILE, ...echoArguments(port)],
]);

interface Result {
  server: string;
  scenario: string;
  requestsPerSecond: Spread;
  /** Microseconds. */
  cpuPerRequest: Spread;
  /** To C's of the same round. */
  toC: Spread;
  cpuToC: Spread;
  /** To our module's, or to the same under wasmtime. */
  toOther: { name: string; ratio: Spread } | undefined;
  /** To itself in the first scenario, of the same round. */
  toFirst: Spread | undefined;
  others: number[];
}

/** Milliseconds from the start of the process until it listens. */
interface Start {
  server: string;
  milliseconds: Spread;
}

async function run(options: BenchmarkOptions): Promise<void> {
  const pins = pinning();
  const scenarios = SCENARIOS.filter(({ name }) => name === (options.only ?? name));
  const results: Result[] = [];
  const measureAll = async (list: readonly Scenario[], kinds: ServerKind[], rounds: number) => {
    if (list.length === 0) return;
    const measured = await measureRounds(list, kinds, { ...options, rounds }, pins);
    for (const [index, { title }] of list.entries()) {
      for (const { name } of kinds.filter(({ name }) => name !== C_SERVER || list.length > 1))
        results.push(resultOf(name, title, measured, index));
    }
  };
  const there = (kinds: readonly ServerKind[]) => kinds.filter((kind) => !missing(kind));
  await measureAll(scenarios, there([KINDS.c, KINDS.module, KINDS.component, KINDS.wasmtime]), options.rounds);
  const first = scenarios.filter((scenario) => scenario === FIRST);
  await measureAll(first, [KINDS.c, KINDS.component, KINDS.jco], Math.min(options.rounds, JCO_ROUNDS));
  await measureAll(first, there([KINDS.c, KINDS.python, KINDS.pythonWasmtime]), options.rounds);
  const starts = await measureStarts(there([KINDS.module, OPENED, KINDS.component, KINDS.python]), pins?.server);

  const chart = await ratioChart({
    title: TITLE,
    subtitle: [
      `Median of ${options.rounds} alternating rounds, each divided by C's of the same round; whiskers: the lowest and the`,
      `highest round (jco: ${JCO_ROUNDS} rounds)`,
    ],
    baseline: C_SERVER,
    // jco's rounds measure the component again, and bars of one name would cover each other.
    bars: results
      .filter(
        ({ server, scenario }, index) =>
          index === results.findIndex((one) => one.server === server && one.scenario === scenario),
      )
      .map(({ server, scenario, toC }) => ({ group: scenario, series: server, ...toC })),
  });
  const conditions = [
    `${describe(machine())}; ${pins === null ? "not pinned to cores" : `server on core ${pins.server}, load on core ${pins.load}`}.`,
    `Medians of ${options.rounds} alternating rounds of ${options.seconds} s (jco: ${JCO_ROUNDS} rounds), ratios paired by round.`,
    ...starts.map(
      ({ server, milliseconds: { median, min, max } }) =>
        `From the start of the process until ${server} listens: ${median.toFixed(0)} ms (${min.toFixed(0)} to ${max.toFixed(0)}).`,
    ),
    describeOthers(results.flatMap(({ others }) => others)),
  ];
  publish(
    { name: "components", table: tableOf(results), conditions, data: { results, starts }, caption: TITLE, chart },
    options,
  );
}

/** Says what is not there, and is not measured. */
function missing({ name }: ServerKind): boolean {
  const why = [
    name.startsWith("wasmtime") ? wasmtime.missing : undefined,
    name.endsWith("CPython") && !existsSync(PYTHON_FILE) ? "npm run build:guests" : undefined,
  ].find((reason) => reason !== undefined);
  if (why !== undefined) console.error(`not measured: ${name}, ${why}`);
  return why !== undefined;
}

function resultOf(
  server: string,
  scenario: string,
  measured: readonly Map<string, Measurement[]>[],
  index: number,
): Result {
  const rounds = (name: string, of = index) => measured[of].get(name)!;
  const rates = (name: string, of = index) => rounds(name, of).map(({ requestsPerSecond }) => requestsPerSecond);
  const cpu = (name: string) => rounds(name).map(({ cpuMicroseconds }) => cpuMicroseconds);
  const other = [MODULE, WASMTIME, PYTHON_WASMTIME, COMPONENT].find(
    (name) => name !== server && COMPARED[server]?.includes(name) && measured[index].has(name),
  );
  return {
    server,
    scenario,
    requestsPerSecond: spread(rates(server)),
    cpuPerRequest: spread(cpu(server)),
    toC: pairedRatios(rates(server), rates(C_SERVER)),
    cpuToC: pairedRatios(cpu(server), cpu(C_SERVER)),
    toOther: other === undefined ? undefined : { name: other, ratio: pairedRatios(rates(server), rates(other)) },
    toFirst: index === 0 ? undefined : pairedRatios(rates(server), rates(server, 0)),
    others: rounds(server).map(({ others }) => others),
  };
}

/** The compared servers, besides C. */
const COMPARED: Record<string, readonly string[]> = {
  [COMPONENT]: [MODULE],
  [WASMTIME]: [COMPONENT],
  [JCO]: [COMPONENT],
  [PYTHON]: [PYTHON_WASMTIME],
};

async function measureStarts(kinds: readonly ServerKind[], core: number | undefined): Promise<Start[]> {
  const times = new Map<string, number[]>(kinds.map(({ name }) => [name, []]));
  for (let round = 0; round < STARTS; round++)
    for (const kind of kinds) times.get(kind.name)!.push(await timeToListen(kind, core));
  return [...times].map(([server, milliseconds]) => ({ server, milliseconds: spread(milliseconds) }));
}

/** Without `--quiet` each of them says that it listens. */
async function timeToListen(kind: ServerKind, core: number | undefined): Promise<number> {
  const [command, ...rest] = pinned(
    core,
    kind.command!(0).filter((word) => word !== "--quiet"),
  );
  const start = performance.now();
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"] });
  const said = [child.stdout, child.stderr].map(async (input) => {
    for await (const line of createInterface({ input }))
      if (/listening on/.test(line)) return performance.now() - start;
    return Number.NaN;
  });
  const time = await Promise.race(said);
  child.kill("SIGKILL");
  await once(child, "close");
  return time;
}

function tableOf(results: readonly Result[]): Table {
  const whole = (value: number) => Math.round(value).toLocaleString("en");
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))];
  return {
    columns: [
      { title: "Scenario" },
      { title: "Server" },
      { title: "requests/s", right: true },
      { title: "× C", right: true },
      { title: "× another" },
      { title: "× itself without idle ones", right: true },
      { title: "CPU µs/request", right: true },
      { title: "× C", right: true },
    ],
    groups: scenarios.map((title) =>
      results
        .filter(({ scenario }) => scenario === title)
        .map(({ server, requestsPerSecond, toC, toOther, toFirst, cpuPerRequest, cpuToC }, row) => [
          row === 0 ? title : "",
          server,
          whole(requestsPerSecond.median),
          toC.median.toFixed(2),
          toOther === undefined ? "" : `${toOther.ratio.median.toFixed(2)} of ${toOther.name}`,
          title.includes("idle") && toFirst !== undefined ? toFirst.median.toFixed(2) : "",
          // jco runs the program in its own process, which this does not see.
          server === JCO ? "" : cpuPerRequest.median.toFixed(2),
          server === JCO ? "" : cpuToC.median.toFixed(2),
        ]),
    ),
  };
}

export const components: Benchmark = {
  name: "components",
  summary: "echo components under Pollux, wasmtime and jco, beside the module and C with epoll; CPython's selectors",
  scenarios: new Map(SCENARIOS.map(({ name, title }) => [name, title])),
  run,
};
