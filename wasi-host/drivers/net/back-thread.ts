/** The back on the thread that `worker.ts` has started: an event loop with sockets, and the guest's thread as their other side. */
import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { Back } from "../buffered/back.ts";
import { Block } from "../buffered/block.ts";
import { BACK_ASLEEP, BACK_ENDED, FRONT_ASLEEP, NOTICES_PUT } from "../buffered/layout.ts";
import type { Network } from "../buffered/network.ts";
import { AWAITS, AWAKE, type Start, WAITS } from "./worker.ts";

/** Serves whoever has started this thread, until it is ended. `name`: the driver's, for what it says when it fails. */
export function serveFront(name: string, network: Network): void {
  const { memory, port } = workerData as Start;
  const block = new Block(memory);
  const { control } = block;
  const back = new Back(block, network, rouse);
  let rousing = false;

  /** Everything that comes up in one turn of the loop is told by one wakeup. */
  function rouse(): void {
    if (rousing || Atomics.load(control, FRONT_ASLEEP) === AWAKE) return;
    rousing = true;
    setImmediate(wake);
  }

  function wake(): void {
    rousing = false;
    const asleep = Atomics.exchange(control, FRONT_ASLEEP, AWAKE);
    if (asleep === WAITS) Atomics.notify(control, NOTICES_PUT);
    else if (asleep === AWAITS) port.postMessage(0);
  }

  function run(): void {
    do {
      Atomics.store(control, BACK_ASLEEP, 0);
      back.run();
      Atomics.store(control, BACK_ASLEEP, 1);
      // What was asked for in between brought no message.
    } while (back.pending);
  }

  process.on("uncaughtException", (error) => {
    writeSync(2, `pollux: the ${name} driver's thread: ${error.stack}\n`);
    // Nobody else would wake who waits for us.
    Atomics.store(control, BACK_ENDED, 1);
    Atomics.add(control, NOTICES_PUT, 1);
    Atomics.notify(control, NOTICES_PUT);
    process.exit(1);
  });
  port.on("message", run);
  run();
  port.postMessage(0);
}
