/** The thread in which a guest runs while the command's own looks on (`supervision.ts`). */
import { parentPort, workerData } from "node:worker_threads";
import { describe } from "./failure.ts";
import { type Plan, run } from "./run.ts";

/** How it ended: the guest's status, or why nothing was run. */
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

parentPort!.postMessage(await ending());
