/**
 * The start benchmark: the time of a whole command, beside `node -e 0` in the same round; and the time until a server listens.
 * wasmtime runs the same module, from its bytes, if `npm run runtimes` has installed it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { pinned as pinnedRuntime } from "../runtimes/pins.ts";
import type { Benchmark, BenchmarkOptions } from "./benchmark.ts";
import { childrenCpuSeconds, describe, machine } from "./machine.ts";
import { ratioChart } from "./ratio-chart.ts";
import { publish } from "./results.ts";
import { pairedDifferences, pairedRatios, type Spread, spread } from "./statistics.ts";

const CLI = "dist/cli.cjs";
const HELLO = "dist/bench/hello.wasm";
const ECHO = "dist/programs/echo-epoll";
const NODE = "node -e 0";
const TITLE = "Start of a command, relative to node -e 0";
/** Uncounted rounds, which fill the system's file cache and the runtime's compile cache. */
const WARM_UP = 2;

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

const BASELINE: Subject = { scenario: "node", name: NODE, command: [process.execPath, "-e", "0"] };
const SUBJECTS: readonly Subject[] = [
  pollux("version", "pollux --version", "--version"),
  pollux("hello", "pollux run hello.wasm", "run", HELLO),
  ...(wasmtime.missing === undefined
    ? [{ scenario: "wasmtime", name: "wasmtime 49, hello.wasm", command: [wasmtime.program, "run", HELLO] }]
    : []),
  listening(pollux("module", "a module listens", "run", "--listen", "127.0.0.1:0", `${ECHO}.wasm`)),
  listening(
    pollux(
      "component",
      "a component listens",
      "run",
      "--bind",
      "127.0.0.1:*",
      `${ECHO}.component.wasm`,
      "--listen",
      "127.0.0.1:0",
    ),
  ),
];

interface Result {
  readonly name: string;
  readonly milliseconds: Spread;
  /** To the baseline of the same round, as are the ratios. */
  readonly more: Spread;
  readonly ratio: Spread;
  /** Milliseconds, of all threads: the mean, because the kernel counts in ticks of 10 ms. */
  readonly cpu: number;
}

async function run(options: BenchmarkOptions): Promise<void> {
  if (wasmtime.missing !== undefined) console.error(`not measured: wasmtime, ${wasmtime.missing}`);
  const subjects = [BASELINE, ...SUBJECTS.filter(({ scenario }) => scenario === (options.only ?? scenario))];
  const times = new Map(subjects.map(({ name }) => [name, [] as number[]]));
  const cpu = new Map(subjects.map(({ name }) => [name, 0]));
  for (let round = -WARM_UP; round < options.rounds; round++) {
    for (const subject of subjects) {
      const before = childrenCpuSeconds();
      const time = await measure(subject);
      if (round < 0) continue;
      times.get(subject.name)!.push(time);
      cpu.set(subject.name, cpu.get(subject.name)! + childrenCpuSeconds() - before);
    }
  }
  const baseline = times.get(NODE)!;
  const results = [...times].map(
    ([name, milliseconds]): Result => ({
      name,
      milliseconds: spread(milliseconds),
      more: pairedDifferences(milliseconds, baseline),
      ratio: pairedRatios(milliseconds, baseline),
      cpu: (cpu.get(name)! * 1e3) / options.rounds,
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
  ];
  publish({ name: "start", table, conditions, data: { results }, caption: TITLE, chart }, options);
}

/** Milliseconds from the start of the process. */
async function measure({ command: [program, ...words], until }: Subject): Promise<number> {
  const start = performance.now();
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
  if (until === undefined) {
    for (const output of [child.stdout, child.stderr]) output.resume();
    await once(child, "exit");
    return performance.now() - start;
  }
  const said = [child.stdout, child.stderr].map(async (input) => {
    for await (const line of createInterface({ input })) if (until.test(line)) return performance.now() - start;
    return Number.NaN;
  });
  const time = await Promise.race(said);
  child.kill("SIGKILL");
  await once(child, "close");
  return time;
}

export const start: Benchmark = {
  name: "start",
  summary: "the start of the command, beside node -e 0, and the time until a server listens",
  scenarios: new Map(SUBJECTS.map(({ scenario, name }) => [scenario, name])),
  run,
};
