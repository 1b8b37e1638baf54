/**
 * `npm run bench -- NAME [options]`: the benchmarks, each a command. A new one is a module with a `Benchmark`, added to
 * the list below. Run from the project's root, on Linux.
 */
import { existsSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { PROCESS as APIS_PROCESS, measureAlone as measureApisAlone } from "./apis/process.ts";
import { apis } from "./apis.ts";
import { type Benchmark, BenchmarkError, type BenchmarkOptions } from "./benchmark.ts";
import { echo } from "./echo.ts";
import { hello } from "./hello.ts";
import { measureAlone, PROCESS } from "./idle/process.ts";
import { idle } from "./idle.ts";
import { runtimes } from "./runtimes.ts";
import { CALLS, measureCalls } from "./sleep/calls.ts";
import { sleep } from "./sleep.ts";

const BENCHMARKS: readonly Benchmark[] = [echo, idle, apis, sleep, hello, runtimes];

/** An option's number between bounds: whatever is measured ends in a time that one would wait for. */
const number = (least: number, most: number, whole: boolean) => (text: string) => {
  const value = Number(text);
  if (!(value >= least && value <= most) || (whole && !Number.isInteger(value)))
    throw new InvalidArgumentError(`It must be a ${whole ? "whole " : ""}number from ${least} to ${most}.`);
  return value;
};

function command(benchmark: Benchmark): Command {
  const scenarios = [...benchmark.scenarios].map(([name, title]) => `  ${name.padEnd(8)}${title}`);
  return new Command(benchmark.name)
    .description(benchmark.summary)
    .option("--rounds <count>", "how often everything is measured, in turn", number(1, 100, true), 5)
    .option("--seconds <seconds>", "length of one measurement", number(0.1, 60, false), 2)
    .addOption(new Option("--only <scenario>", "run one scenario").choices([...benchmark.scenarios.keys()]))
    .option("--markdown", "print the table as Markdown")
    .option("--svg <file>", `where the plot goes (default: bench/results/${benchmark.name}.svg)`)
    .option("--readme", `show table and plot in README.md; the plot goes to docs/images/${benchmark.name}.svg then`)
    .option("--guide", "the same in docs/guide.md")
    .addHelpText("after", `\nScenarios:\n${scenarios.join("\n")}`)
    .action((options: BenchmarkOptions) => benchmark.run(options));
}

// Ctrl-C must reach the 'exit' handlers that kill the servers.
for (const [signal, status] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.once(signal, () => process.exit(status));

const program = new Command("bench").description("side-by-side benchmarks with what Pollux is measured against");
for (const benchmark of BENCHMARKS) program.addCommand(command(benchmark));
program.command(PROCESS, { hidden: true }).argument("<order>").action(measureAlone);
program.command(APIS_PROCESS, { hidden: true }).argument("<order>").action(measureApisAlone);
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
