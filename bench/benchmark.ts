/** A benchmark as `main.ts` sees it: a name, a summary, and a run. */

export interface BenchmarkOptions {
  /** Each round measures everything once, alternating. */
  rounds: number;
  /** Length of one measurement in seconds, without its warm-up. */
  seconds: number;
  /** Name of the scenario to run. Default: all. */
  only?: string;
  /** Print the table as Markdown. */
  markdown?: boolean;
  /** File for the chart. */
  svg?: string;
  /** Write table and chart to docs/performance.md. */
  document?: boolean;
  /** Measure the servers of other languages and runtimes too. */
  peers?: boolean;
  /** Names of the runtimes to measure. Default: all. */
  runtimes?: readonly string[];
}

export interface Benchmark {
  name: string;
  summary: string;
  /** Titles of the scenarios by name. `only` accepts the names. */
  scenarios: ReadonlyMap<string, string>;
  /** Whether it has the option `peers`. */
  hasPeers?: boolean;
  /** It has the option `runtimes`: reads the option's text. Throws a BenchmarkError that names what it does not know. */
  runtimesOf?(text: string): readonly string[];
  /** Default: 5 rounds of 2 seconds. */
  defaults?: Pick<BenchmarkOptions, "rounds" | "seconds">;
  run(options: BenchmarkOptions): Promise<void>;
}

/** An error that the user can correct. Its message is printed without a stack. */
export class BenchmarkError extends Error {}
