/**
 * `npm run bench -- NAME [options]`: each benchmark is a command. To add one, write a module with a `Benchmark` and add it to
 * the list below. Runs on Linux, from the project's root.
 */
import { existsSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { answers } from "./answers.ts";
import { PROCESS as APIS_PROCESS, measureAlone as measureApisAlone } from "./apis/process.ts";
import { apis } from "./apis.ts";
import { axum } from "./axum.ts";
import { type Benchmark, BenchmarkError, type BenchmarkOptions } from "./benchmark.ts";
import { components } from "./components.ts";
import { echo } from "./echo.ts";
import { flood } from "./flood.ts";
import { hello } from "./hello.ts";
import { measureAlone, PROCESS } from "./idle/process.ts";
import { idle } from "./idle.ts";
import { instructions } from "./instructions.ts";
import { keyvalue } from "./keyvalue.ts";
import { latency } from "./latency.ts";
import { memory } from "./memory.ts";
import { profile } from "./profile.ts";
import { runtimes } from "./runtimes.ts";
import { CALLS, measureCalls } from "./sleep/calls.ts";
import { sleep } from "./sleep.ts";
import { start } from "./start.ts";
import { measureAlone as measureTimersAlone, PROCESS as TIMERS_PROCESS } from "./timers/process.ts";
import { timers } from "./timers.ts";
import { waitables } from "./waitables.ts";

const BENCHMARKS: readonly Benchmark[] = [
  echo,
  answers,
  idle,
  apis,
  sleep,
  start,
  hello,
  axum,
  runtimes,
  waitables,
  flood,
  components,
  timers,
  keyvalue,
  latency,
  memory,
  profile,
  instructions,
];

/** Parses an option that is a number between two bounds, so that every run ends in reasonable time. */
const number = (least: number, most: number, whole: boolean) => (text: string) => {
  const value = Number(text);
  if (!(value >= least && value <= most) || (whole && !Number.isInteger(value)))
    throw new InvalidArgumentError(`It must be a ${whole ? "whole " : ""}number from ${least} to ${most}.`);
  return value;
};

function command(benchmark: Benchmark): Command {
  const { hasPeers, runtimesOf, defaults = { rounds: 5, seconds: 2 } } = benchmark;
  const scenarios = [...benchmark.scenarios].map(([name, title]) => `  ${name.padEnd(8)}${title}`);
  const made = new Command(benchmark.name)
    .description(benchmark.summary)
    .option(
      "--rounds <count>",
      "number of rounds; each measures everything once",
      number(1, 100, true),
      defaults.rounds,
    )
    .option("--seconds <seconds>", "length of one measurement", number(0.1, 60, false), defaults.seconds)
    .addOption(new Option("--only <scenario>", "run one scenario").choices([...benchmark.scenarios.keys()]))
    .option("--markdown", "print the table as Markdown")
    .option("--svg <file>", `file for the chart (default: bench/results/${benchmark.name}.svg)`)
    .option("--document", `write the table to docs/performance.md and the chart to docs/images/${benchmark.name}.svg`)
    .addHelpText("after", `\nScenarios:\n${scenarios.join("\n")}`)
    .action((options: BenchmarkOptions) => benchmark.run(options));
  if (hasPeers) made.option("--peers", "measure servers of other languages and runtimes too");
  if (runtimesOf)
    made.option("--runtimes <names>", "runtimes to measure: names between commas, * for any text", runtimesOf);
  return made;
}

// Ctrl-C must reach the 'exit' handlers that kill the servers.
for (const [signal, status] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.once(signal, () => process.exit(status));

const program = new Command("bench").description("compares Pollux with C, node:net and other runtimes");
for (const benchmark of BENCHMARKS) program.addCommand(command(benchmark));
program.command(PROCESS, { hidden: true }).argument("<order>").action(measureAlone);
program.command(APIS_PROCESS, { hidden: true }).argument("<order>").action(measureApisAlone);
program.command(TIMERS_PROCESS, { hidden: true }).argument("<order>").action(measureTimersAlone);
program.command(CALLS, { hidden: true }).argument("<order>").action(measureCalls);
try {
  if (process.platform !== "linux" || !existsSync("bench/main.ts"))
    throw new BenchmarkError("the benchmarks run on Linux, in the project's root folder");
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof BenchmarkError)) throw error;
  console.error(`bench: ${error.message.trimEnd()}`);
  process.exitCode = 1;
}
