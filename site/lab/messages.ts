/** What the page and the worker of the lab say to each other. Everything is plain data. */

import type { Settings } from "../session/session.ts";
import type { CostOptions, Measure } from "./cost.ts";
import type { Verdict } from "./exercises.ts";
import type { Run } from "./run.ts";

/** What the page asks for. */
export type Task =
  | { readonly task: "run"; readonly source: string; readonly settings?: Partial<Settings> }
  | { readonly task: "check"; readonly exercise: string; readonly source: string }
  | { readonly task: "measure"; readonly options: CostOptions };

/** The results of the tasks. */
export interface Results {
  readonly run: Run;
  readonly check: Verdict;
  readonly measure: readonly Measure[];
}

export interface Request {
  readonly id: number;
  readonly module: WebAssembly.Module;
  readonly task: Task;
}

export type Reply =
  | { readonly id: number; readonly result: Results[keyof Results] }
  | { readonly id: number; readonly progress: Measure }
  | { readonly id: number; readonly failure: string };
