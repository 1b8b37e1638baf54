/** The exercises, and the check of a server that somebody has written. */
import type { SessionData } from "../session/session.ts";
import { type Exercise, echoed, type Finding } from "./exercises/contract.ts";
import { drain } from "./exercises/drain.ts";
import { herd } from "./exercises/herd.ts";
import { starvation } from "./exercises/starvation.ts";
import { runScript } from "./run.ts";

export type { Exercise, Finding } from "./exercises/contract.ts";

/** In the order of the course. */
export const EXERCISES: readonly Exercise[] = [drain, starvation, herd];

export interface CaseVerdict {
  readonly id: string;
  readonly passed: boolean;
  /** What is wrong; undefined if it has passed. */
  readonly finding?: Finding;
  /** The message of a script that has stopped. */
  readonly message?: string;
  /** The run, to look at step by step. */
  readonly data: SessionData;
}

export interface Verdict {
  readonly passed: boolean;
  readonly cases: readonly CaseVerdict[];
}

/**
 * Lets the clients of every case loose on a server.
 *
 * @param id - of an exercise
 * @throws RangeError for another id
 */
export async function checkExercise(module: WebAssembly.Module, id: string, source: string): Promise<Verdict> {
  const exercise = EXERCISES.find((one) => one.id === id);
  if (exercise === undefined) throw new RangeError(`no exercise '${id}'`);
  const cases: CaseVerdict[] = [];
  for (const { id: caseId, settings, clients, judge } of exercise.cases) {
    const run = await runScript(module, source, settings, clients());
    const finding = echoed(run) ?? judge?.(run);
    const message = run.end.kind === "asleep" || run.end.kind === "done" ? {} : { message: run.end.message };
    const found = finding === undefined ? {} : { finding, ...message };
    cases.push({ id: caseId, passed: finding === undefined, ...found, data: run.data });
  }
  return { passed: cases.every(({ passed }) => passed), cases };
}
