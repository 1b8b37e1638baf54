/** The thread of a guest that runs in a worker (`worker.ts`): it sleeps where the guest does. */
import { parentPort, workerData } from "node:worker_threads";
import type { Driver, EdgeQueue } from "../drivers/driver.ts";
import { openDriver } from "../drivers/index.ts";
import { keepTable } from "../drivers/posix/open-descriptors.ts";
import { WasiHost } from "../host.ts";
import type { Output } from "../stdio/streams.ts";
import type { Message, Order } from "./worker.ts";

/**
 * Nanoseconds. A thread that sleeps in the system cannot be ended from outside, so none sleeps longer than this; drivers may
 * always return early.
 */
const LONGEST_SLEEP = 1e8;

function say(message: Message): void {
  parentPort!.postMessage(message);
}

async function run({ module, options, ended, ...order }: Order): Promise<number> {
  keepTable(order.opened);
  const driver = withEndings(
    await openDriver(options.driver as string | undefined, true, options.limits?.bufferedBytes),
    ended,
  );
  const end = (path: string) => ({ handle: driver.connect({ host: path, port: -1 }) });
  const output = (number: 1 | 2, channel: Order["stdout"]): Output | undefined => {
    if (channel === undefined) return undefined;
    if (channel !== "messages") return end(channel.path);
    return (bytes) => say({ output: number, bytes });
  };
  const { stdin } = order;
  try {
    using host = await WasiHost.open({
      ...options,
      sleep: "blocking",
      driver,
      stdin: typeof stdin === "object" && "path" in stdin ? end(stdin.path) : (stdin as string | undefined),
      stdout: output(1, order.stdout),
      stderr: output(2, order.stderr),
      ...(order.onRefused ? { onRefused: (refused) => say({ refused }) } : {}),
    });
    say({ listening: host.listening });
    return host.start(await WebAssembly.instantiate(module, { ...host.imports }));
  } finally {
    driver.dispose();
  }
}

/** The same driver; its sleeps end soon after `ended` is set, and so does the thread. */
function withEndings(driver: Driver, ended: Int32Array): Driver {
  const within = (timeout: number) => (Atomics.load(ended, 0) !== 0 ? 0 : Math.min(timeout, LONGEST_SLEEP));
  const poll = driver.poll.bind(driver);
  driver.poll = (fds, count, timeout, edges) => poll(fds, count, within(timeout), edges);
  const edges = driver.edges.bind(driver);
  driver.edges = (): EdgeQueue => {
    const queue = edges();
    const park = queue.park.bind(queue);
    queue.park = (timeout) => park(within(timeout));
    return queue;
  };
  return driver;
}

try {
  say({ status: await run(workerData as Order) });
} catch (error) {
  const { name, message, stack = "" } = error as Error;
  say(
    error instanceof WebAssembly.RuntimeError || name === "RuntimeError"
      ? { trap: message, stack }
      : { error: error as Error },
  );
}
