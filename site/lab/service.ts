/** The worker's side of the lab: it does what it is asked for, one after the other. */
import { measureCosts } from "./cost.ts";
import { checkExercise } from "./exercises.ts";
import type { Reply, Request, Results, Task } from "./messages.ts";
import { runScript } from "./run.ts";

/** Returns a handler of requests that passes its replies to `post`. */
export function serve(post: (reply: Reply) => void): (request: Request) => Promise<void> {
  return async ({ id, module, task }) => {
    try {
      post({ id, result: await perform(module, task, (progress) => post({ id, progress })) });
    } catch (error) {
      post({ id, failure: String(error) });
    }
  };
}

async function perform(
  module: WebAssembly.Module,
  task: Task,
  onProgress: (measure: Results["measure"][number]) => void,
): Promise<Results[keyof Results]> {
  switch (task.task) {
    case "run":
      return runScript(module, task.source, task.settings);
    case "check":
      return checkExercise(module, task.exercise, task.source);
    case "measure": {
      const measures = [];
      for await (const measure of measureCosts(module, task.options)) {
        measures.push(measure);
        onProgress(measure);
      }
      return measures;
    }
  }
}
