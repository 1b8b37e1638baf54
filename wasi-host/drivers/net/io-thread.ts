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
import { bufferOf } from "./buffer.ts";
import { AWAITS, AWAKE, LOOPS, PARKED, type Start, WAITS } from "./worker.ts";

/** Milliseconds in which a woken client usually has its turn. Windows makes up to 16 of it. */
const PARK_MS = 1;
/**
 * After a longer turn of the client, so many wakeups do not park: both threads then work at the same time. Twice as many each time,
 * up to the second number, until a turn is short again.
 */
const UNPARKED_WAKEUPS = 32;
const MAX_UNPARKED_WAKEUPS = 4096;

/** Serves the starting thread until this one ends. `name` is the driver's, for error messages. */
export function serveClient(name: string, network: Network): void {
  const { memory, port } = workerData as Start;
  const region = new SharedRegion(memory, bufferOf);
  const { control } = region;
  const io = new IoEnd(region, network, wakeClient);
  let rousing = false;
  let unparked = 0;
  let pause = UNPARKED_WAKEUPS;

  /** One wakeup reports all events of one turn of the loop. */
  function wakeClient(): void {
    if (rousing || Atomics.load(control, CLIENT_ASLEEP) === AWAKE) return;
    rousing = true;
    setImmediate(wake);
  }

  function wake(): void {
    rousing = false;
    const asleep = Atomics.load(control, CLIENT_ASLEEP);
    if (asleep === WAITS) {
      // Only the client clears the word. It may have seen these notices already, and be about to sleep until the next.
      Atomics.notify(control, NOTICES_PUT);
      if (unparked > 0) unparked--;
      else park();
    } else if (asleep === AWAITS && Atomics.compareExchange(control, CLIENT_ASLEEP, AWAITS, AWAKE) === AWAITS) {
      port.postMessage(0);
    }
  }

  /**
   * Waits for the client's requests in place of the event loop: it has just been woken, and answers at once. A wakeup of the
   * loop, by a message, takes several times as long as that of a thread.
   */
  function park(): void {
    Atomics.store(control, IO_ASLEEP, PARKED);
    if (!io.pending && Atomics.wait(control, IO_ASLEEP, PARKED, PARK_MS) === "timed-out") {
      unparked = pause;
      pause = Math.min(2 * pause, MAX_UNPARKED_WAKEUPS);
    } else pause = UNPARKED_WAKEUPS;
    run();
  }

  function run(): void {
    do {
      Atomics.store(control, IO_ASLEEP, AWAKE);
      io.run();
      Atomics.store(control, IO_ASLEEP, LOOPS);
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
