/** What every benchmark is to `main.ts`: a name, a line about it, and a run. */

export interface BenchmarkOptions {
  /** Everything is measured once a round, in alternation. */
  rounds: number;
  /** Length of one measurement, after its warm-up. */
  seconds: number;
  /** The one scenario to run, by name; all of them when absent. */
  only?: string;
  /** Print the table as Markdown. */
  markdown?: boolean;
  /** Where the plot goes. */
  svg?: string;
  /** Show table and plot in the README. */
  readme?: boolean;
  /** The same in docs/guide.md. */
  guide?: boolean;
}

export interface Benchmark {
  name: string;
  summary: string;
  /** Scenario names, what `only` accepts, each with its title. */
  scenarios: ReadonlyMap<string, string>;
  run(options: BenchmarkOptions): Promise<void>;
}

/** Something that the user can put right: shown as its message alone, without a stack. */
export class BenchmarkError extends Error {}
