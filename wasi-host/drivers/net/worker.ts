/** The back on a thread of its own, for guests that put theirs to sleep: it sleeps in Atomics.wait until there is news. */
import { once } from "node:events";
import { createRequire } from "node:module";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { Block } from "../buffered/block.ts";
import { BufferedDriver } from "../buffered/driver.ts";
import { BACK_ASLEEP, BACK_ENDED, FRONT_ASLEEP, NOTICES_PUT } from "../buffered/layout.ts";
import type { Link } from "../buffered/link.ts";
import { canWaitForStandardInput } from "./standard-input.ts";

/** What the thread is given. */
export interface Start {
  readonly memory: SharedArrayBuffer;
  readonly port: MessagePort;
}

/** What FRONT_ASLEEP says: it waits for NOTICES_PUT to change, or for a message. */
export const AWAKE = 0;
export const WAITS = 1;
export const AWAITS = 2;

export function openWithWorker(bufferedBytes?: number): Promise<BufferedDriver> {
  const entry = createRequire(import.meta.url).resolve("pollux/host/net-worker");
  return openBeside("net", entry, canWaitForStandardInput(), bufferedBytes);
}

/** `entry`: a module that calls `serveFront`. Rejects where the thread cannot be started. */
export async function openBeside(
  name: string,
  entry: string,
  hasInput: boolean,
  bufferedBytes?: number,
): Promise<BufferedDriver> {
  const block = Block.create(bufferedBytes);
  const { port1: ours, port2: port } = new MessageChannel();
  const start: Start = { memory: block.buffer, port };
  const worker = new Worker(entry, { workerData: start, transferList: [port], execArgv: [] });
  const failed = once(worker, "error").then(([error]) => Promise.reject(error));
  await Promise.race([once(ours, "message"), failed]);
  failed.catch(() => {});
  worker.unref();
  return new BufferedDriver(name, block, new WorkerLink(name, block.control, ours, worker), hasInput);
}

class WorkerLink implements Link {
  onNotices = () => {};
  readonly #name: string;
  readonly #control: Int32Array;
  readonly #port: MessagePort;
  readonly #worker: Worker;
  /** Does anybody sleep without the thread? */
  #expected = false;

  constructor(name: string, control: Int32Array, port: MessagePort, worker: Worker) {
    this.#name = name;
    this.#control = control;
    this.#port = port;
    this.#worker = worker;
    port.on("message", () => this.onNotices());
    port.unref();
  }

  rouse(): void {
    if (Atomics.load(this.#control, BACK_ASLEEP) === 0) return;
    if (Atomics.exchange(this.#control, BACK_ASLEEP, 0) !== 0) this.#port.postMessage(0);
  }

  wait(taken: number, milliseconds: number): void {
    this.#checkBack();
    Atomics.store(this.#control, FRONT_ASLEEP, WAITS);
    Atomics.wait(this.#control, NOTICES_PUT, taken, milliseconds);
    this.#checkBack();
    Atomics.store(this.#control, FRONT_ASLEEP, this.#expected ? AWAITS : AWAKE);
  }

  #checkBack(): void {
    if (Atomics.load(this.#control, BACK_ENDED) === 0) return;
    throw new Error(`the ${this.#name} driver's thread has ended, by an error of its own`);
  }

  expect(sleepers: boolean): void {
    Atomics.store(this.#control, FRONT_ASLEEP, sleepers ? AWAITS : AWAKE);
    if (sleepers === this.#expected) return;
    this.#expected = sleepers;
    // The thread that serves us does not keep the process; who waits for it does.
    if (sleepers) this.#port.ref();
    else this.#port.unref();
  }

  close(): void {
    this.#port.close();
    void this.#worker.terminate();
  }
}
