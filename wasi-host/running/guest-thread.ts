/** The thread of a guest in a worker (`worker.ts`): it sleeps when the guest does. */
import { parentPort, workerData } from "node:worker_threads";
import { keepTable } from "../drivers/posix/open-descriptors.ts";
import type { Output } from "../stdio/streams.ts";
import { type GuestEnd, openEnd } from "../worker/channels.ts";
import type { Message, Order } from "../worker/worker.ts";
import { execute } from "./execution.ts";
import { driverOf } from "./opening.ts";
import { compile } from "./program.ts";

function say(message: Message): void {
  parentPort!.postMessage(message);
}

async function run({ program, options, ...order }: Order): Promise<number> {
  keepTable(order.opened);
  const driver = await driverOf({ ...options, sleep: "blocking" }, program instanceof Uint8Array);
  say({ loaded: true });
  const end = (channel: GuestEnd) => ({ handle: openEnd(driver, channel) });
  const output = (number: 1 | 2, channel: Order["stdout"]): Output | undefined => {
    if (channel === undefined) return undefined;
    if (channel !== "messages") return end(channel);
    return (bytes) => say({ output: number, bytes });
  };
  const { stdin } = order;
  try {
    return await execute(
      program instanceof Uint8Array ? await compile(program, options.limits?.pages) : program,
      {
        ...options,
        sleep: "blocking",
        driver,
        // The driver is open, and keeps this loop alive.
        limits: {
          ...options.limits,
          bufferedBytes: program instanceof Uint8Array ? options.limits?.bufferedBytes : undefined,
        },
        stdin: isChannel(stdin) ? end(stdin) : stdin,
        stdout: output(1, order.stdout),
        stderr: output(2, order.stderr),
        ...(order.onRefused ? { onRefused: (refused) => say({ refused }) } : {}),
        ...(order.onMissingListener ? { onMissingListener: (missingListener) => say({ missingListener }) } : {}),
      },
      { onListening: (listening) => say({ listening }) },
    );
  } finally {
    driver.dispose();
  }
}

function isChannel(stdin: Order["stdin"]): stdin is GuestEnd {
  return typeof stdin === "object" && !(stdin instanceof Uint8Array);
}

/** The properties that can be sent to another thread. */
function plainProperties(error: Error): Record<string, unknown> {
  const own = Object.entries(error);
  return Object.fromEntries(own.filter(([, value]) => typeof value === "string" || typeof value === "number"));
}

try {
  say({ status: await run(workerData as Order) });
} catch (error) {
  const { name, message, stack = "" } = error as Error;
  say(
    error instanceof WebAssembly.RuntimeError || name === "RuntimeError"
      ? { trap: message, stack }
      : { error: error as Error, properties: plainProperties(error as Error) },
  );
}
