/**
 * The start benchmark: the time of a whole command, beside `node -e 0` in the same round; the time until a server listens, as a
 * module and as a component; and the parts of linking, as `--verbose` prints them. wasmtime runs the same module, from its bytes, if
 * `npm run runtimes` has installed it. `npm run build:guests` builds the component in Python.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { pinned as pinnedRuntime } from "../runtimes/pins.ts";
import type { Benchmark, BenchmarkOptions } from "./benchmark.ts";
import { childrenCpuSeconds, describe, machine } from "./machine.ts";
import { ratioChart } from "./ratio-chart.ts";
import { publish } from "./results.ts";
import { pairedDifferences, pairedRatios, type Spread, spread } from "./statistics.ts";

const CLI = "dist/cli.cjs";
const HELLO = "dist/bench/hello.wasm";
const ECHO = "dist/programs/echo-epoll";
const PYTHON = "tests/components/built/python/app.wasm";
const NODE = "node -e 0";
const MODULE = "a module listens";
const TITLE = "Start of a command, relative to node -e 0";
/** Uncounted rounds, which fill the system's file cache and the runtime's compile cache. */
const WARM_UP = 2;
/** Milliseconds for a server to keep its compiled code when it listens, in an uncounted round. */
const KEEPING = 1_500;

const wasmtime = pinnedRuntime("wasmtime-49");

interface Subject {
  readonly scenario: string;
  readonly name: string;
  readonly command: readonly string[];
  /** Measure until it prints this; until its end by default. */
  readonly until?: RegExp;
}

const pollux = (scenario: string, name: string, ...words: string[]): Subject => ({
  scenario,
  name,
  command: [process.execPath, CLI, ...words],
});
const listening = (subject: Subject): Subject => ({ ...subject, until: /listening on/ });
const component = (scenario: string, name: string, ...words: string[]): Subject =>
  listening(pollux(scenario, name, "run", "--verbose", "--bind", "127.0.0.1:*", ...words));

const BASELINE: Subject = { scenario: "node", name: NODE, command: [process.execPath, "-e", "0"] };
const SUBJECTS: readonly Subject[] = [
  pollux("version", "pollux --version", "--version"),
  pollux("hello", "pollux run hello.wasm", "run", HELLO),
  ...(wasmtime.missing === undefined
    ? [{ scenario: "wasmtime", name: "wasmtime 49, hello.wasm", command: [wasmtime.program, "run", HELLO] }]
    : []),
  listening(pollux("module", MODULE, "run", "--listen", "127.0.0.1:0", `${ECHO}.wasm`)),
  component("component", "a component listens", `${ECHO}.component.wasm`, "--listen", "127.0.0.1:0"),
  listening(
    pollux(
      ...(["component", "a component with --listen listens"] as const),
      ...["run", "--listen", "127.0.0.1:0", `${ECHO}.component.wasm`, "--listen", "127.0.0.1:0"],
    ),
  ),
  ...(existsSync(PYTHON)
    ? [component("python", "a component in Python listens", PYTHON, "selectors-server", "127.0.0.1", "0")]
    : []),
];

/** Those whose time until they listen is compared with the module's. */
const LISTENING = new Set(SUBJECTS.filter(({ until, name }) => until && name !== MODULE).map(({ name }) => name));

/** What `--verbose` prints, by part, in milliseconds. */
type Linking = Readonly<Record<string, number>>;

interface Measured {
  readonly time: number;
  readonly linking: Linking | undefined;
}

interface Result {
  readonly name: string;
  readonly milliseconds: Spread;
  /** To the baseline of the same round, as are the ratios. */
  readonly more: Spread;
  readonly ratio: Spread;
  /** Milliseconds, of all threads: the mean, because the kernel counts in ticks of 10 ms. */
  readonly cpu: number;
  /** To a module's of the same round. */
  readonly toModule: Spread | undefined;
  readonly moreThanModule: Spread | undefined;
  /** Milliseconds by part. */
  readonly linking: Readonly<Record<string, Spread>> | undefined;
}

async function run(options: BenchmarkOptions): Promise<void> {
  if (wasmtime.missing !== undefined) console.error(`not measured: wasmtime, ${wasmtime.missing}`);
  if (!existsSync(PYTHON)) console.error("not measured: the component in Python, npm run build:guests");
  const subjects = [BASELINE, ...SUBJECTS.filter(({ scenario }) => scenario === (options.only ?? scenario))];
  const times = new Map(subjects.map(({ name }) => [name, [] as number[]]));
  const linkings = new Map(subjects.map(({ name }) => [name, [] as Linking[]]));
  const cpu = new Map(subjects.map(({ name }) => [name, 0]));
  for (let round = -WARM_UP; round < options.rounds; round++) {
    for (const subject of subjects) {
      const before = childrenCpuSeconds();
      const { time, linking } = await measure(subject, round < 0 ? KEEPING : 0);
      if (round < 0) continue;
      times.get(subject.name)!.push(time);
      if (linking !== undefined) linkings.get(subject.name)!.push(linking);
      cpu.set(subject.name, cpu.get(subject.name)! + childrenCpuSeconds() - before);
    }
  }
  const baseline = times.get(NODE)!;
  const module = times.get(MODULE);
  const results = [...times].map(
    ([name, milliseconds]): Result => ({
      name,
      milliseconds: spread(milliseconds),
      more: pairedDifferences(milliseconds, baseline),
      ratio: pairedRatios(milliseconds, baseline),
      cpu: (cpu.get(name)! * 1e3) / options.rounds,
      ...(module === undefined || !LISTENING.has(name)
        ? { toModule: undefined, moreThanModule: undefined }
        : { toModule: pairedRatios(milliseconds, module), moreThanModule: pairedDifferences(milliseconds, module) }),
      linking: partsOf(linkings.get(name)!),
    }),
  );
  const chart = await ratioChart({
    title: TITLE,
    subtitle: [`Median of ${options.rounds} alternating rounds; whiskers: the lowest and the highest round`],
    baseline: NODE,
    bars: results.map(({ name, ratio }) => ({ group: name, series: name === NODE ? NODE : "command", ...ratio })),
  });
  const table = {
    columns: [
      { title: "Command" },
      { title: "ms", right: true },
      { title: `more than ${NODE}`, right: true },
      { title: `× ${NODE}`, right: true },
      { title: "CPU ms", right: true },
      { title: `more than ${NODE}`, right: true },
    ],
    groups: [
      results.map(({ name, milliseconds, more, ratio, cpu }) => [
        name,
        milliseconds.median.toFixed(1),
        name === NODE ? "" : more.median.toFixed(1),
        ratio.median.toFixed(2),
        cpu.toFixed(1),
        name === NODE ? "" : (cpu - results[0].cpu).toFixed(1),
      ]),
    ],
  };
  const conditions = [
    `${describe(machine())}; not pinned to a core.`,
    `Medians of ${options.rounds} alternating rounds; differences and ratios are of the same round. CPU times are means.`,
    ...results.flatMap(describeComponent),
  ];
  publish({ name: "start", table, conditions, data: { results }, caption: TITLE, chart }, options);
}

/** Undefined without measurements. */
function partsOf(linkings: readonly Linking[]): Record<string, Spread> | undefined {
  if (linkings.length === 0) return undefined;
  return Object.fromEntries(Object.keys(linkings[0]).map((part) => [part, spread(linkings.map((one) => one[part]))]));
}

function describeComponent({ name, toModule, moreThanModule, linking }: Result): string[] {
  if (!LISTENING.has(name)) return [];
  const beside =
    toModule === undefined
      ? ""
      : ` ${moreThanModule!.median.toFixed(1)} ms after the module (${toModule.median.toFixed(2)} ×)`;
  return [`${name[0].toUpperCase()}${name.slice(1)}${beside}${linking === undefined ? "" : describeLinking(linking)}.`];
}

function describeLinking({ all, ...parts }: NonNullable<Result["linking"]>): string {
  const described = Object.entries(parts).map(([part, { median }]) => `${part} ${median.toFixed(1)}`);
  return `; linking: ${all.median.toFixed(1)} ms (${described.join(", ")})`;
}

/** `keeping`: milliseconds before a server is killed. */
async function measure({ command: [program, ...words], until }: Subject, keeping: number): Promise<Measured> {
  const start = performance.now();
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
  if (until === undefined) {
    for (const output of [child.stdout, child.stderr]) output.resume();
    await once(child, "exit");
    return { time: performance.now() - start, linking: undefined };
  }
  let linking: Linking | undefined;
  const said = [child.stdout, child.stderr].map(async (input) => {
    for await (const line of createInterface({ input })) {
      linking ??= parseLinking(line);
      if (until.test(line)) return performance.now() - start;
    }
    return Number.NaN;
  });
  const time = await Promise.race(said);
  if (keeping > 0) await setTimeout(keeping);
  child.kill("SIGKILL");
  await once(child, "close");
  return { time, linking };
}

/** The line of `--verbose`: `linked in 9.1 ms: decode 1.4, ...`. */
function parseLinking(line: string): Linking | undefined {
  const [, all, parts] = /: linked in ([\d.]+) ms: (.*)$/.exec(line) ?? [];
  if (all === undefined) return undefined;
  const pairs = parts.split(", ").map((part) => part.split(" "));
  return { all: Number(all), ...Object.fromEntries(pairs.map(([part, time]) => [part, Number(time)])) };
}

export const start: Benchmark = {
  name: "start",
  summary: "the start of the command, beside node -e 0, and the time until a server listens, with the parts of linking",
  scenarios: new Map(SUBJECTS.map(({ scenario, name }) => [scenario, name])),
  run,
};
