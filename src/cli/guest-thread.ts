/** The guest's thread under `supervision.ts`. */
import { parentPort, workerData } from "node:worker_threads";
import { describe } from "./failure.ts";
import type { Plan } from "./plan.ts";
import { run } from "./run.ts";

/** The guest's exit status, or the reason why it did not run. */
export type Ending = { readonly status: number } | { readonly refusal: string };

async function ending(): Promise<Ending> {
  try {
    return { status: await run(workerData as Plan) };
  } catch (error) {
    const refusal = describe(error);
    if (refusal === undefined) throw error;
    return { refusal };
  }
}

void ending().then((message) => parentPort!.postMessage(message));
