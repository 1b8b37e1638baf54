/**
 * The I/O end on a thread that `worker.ts` has started: an event loop with sockets, and the guest's thread as the other
 * side.
 */
import { workerData } from "node:worker_threads";
import { STDERR, writeWhole } from "../../runtime/diagnostics.ts";
import { IoEnd } from "../shared-region/io-end.ts";
import { CLIENT_ASLEEP, IO_ASLEEP, IO_ENDED, NOTICES_PUT } from "../shared-region/layout.ts";
import type { Network } from "../shared-region/network.ts";
import { SharedRegion } from "../shared-region/region.ts";
import { AWAITS, AWAKE, type Start, WAITS } from "./worker.ts";

/** Serves the starting thread until this one ends. `name` is the driver's, for error messages. */
export function serveClient(name: string, network: Network): void {
  const { memory, port } = workerData as Start;
  const region = new SharedRegion(memory);
  const { control } = region;
  const io = new IoEnd(region, network, wakeClient);
  let rousing = false;

  /** One wakeup reports all events of one turn of the loop. */
  function wakeClient(): void {
    if (rousing || Atomics.load(control, CLIENT_ASLEEP) === AWAKE) return;
    rousing = true;
    setImmediate(wake);
  }

  function wake(): void {
    rousing = false;
    const asleep = Atomics.exchange(control, CLIENT_ASLEEP, AWAKE);
    if (asleep === WAITS) Atomics.notify(control, NOTICES_PUT);
    else if (asleep === AWAITS) port.postMessage(0);
  }

  function run(): void {
    do {
      Atomics.store(control, IO_ASLEEP, 0);
      io.run();
      Atomics.store(control, IO_ASLEEP, 1);
      // A request in between has brought no message.
    } while (io.pending);
  }

  process.on("uncaughtException", (error) => {
    writeWhole(STDERR, `pollux: the ${name} driver's thread: ${error.stack}\n`);
    // Wake the guest's thread, which would otherwise wait for this thread for ever.
    Atomics.store(control, IO_ENDED, 1);
    Atomics.add(control, NOTICES_PUT, 1);
    Atomics.notify(control, NOTICES_PUT);
    process.exit(1);
  });
  port.on("message", run);
  run();
  port.postMessage(0);
}
