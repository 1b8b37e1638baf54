/**
 * The net driver with its I/O end on its own thread, for guests that block theirs. The guest's thread sleeps in Atomics.wait
 * until there are notices.
 */
import { once } from "node:events";
import { MessageChannel, type MessagePort, type ResourceLimits, type Worker } from "node:worker_threads";
import { type Role, startThread, threadFile } from "../../runtime/threads.ts";
import { BufferedDriver, type NetworkKind } from "../shared-region/driver.ts";
import { CLIENT_ASLEEP, IO_ASLEEP, IO_ENDED, NOTICES_PUT } from "../shared-region/layout.ts";
import type { Link } from "../shared-region/link.ts";
import { SharedRegion } from "../shared-region/region.ts";
import { NET } from "./kind.ts";

/** The thread's data. */
export interface Start {
  readonly role: Role;
  readonly memory: SharedArrayBuffer;
  readonly port: MessagePort;
}

/** The values of CLIENT_ASLEEP: it waits for a change of NOTICES_PUT, or for a message. */
export const AWAKE = 0;
export const WAITS = 1;
export const AWAITS = 2;
/** The values of IO_ASLEEP besides AWAKE: its loop waits for a message, or the thread for a change of the word. */
export const LOOPS = 1;
export const PARKED = 2;

/**
 * The thread's heap. A socket has 2 KB there, and bytes are outside of it. With V8's own limits, which suit programs, it would
 * keep as much garbage as it has sockets.
 */
const HEAP: ResourceLimits = { maxYoungGenerationSizeMb: 3, maxOldGenerationSizeMb: 1024 };

export function openWithWorker(bufferedBytes?: number): Promise<BufferedDriver> {
  return openBeside(NET, threadFile("net"), bufferedBytes);
}

/** `file`: a module that calls `serveFront`. Rejects if the thread cannot be started. */
export async function openBeside(kind: NetworkKind, file: URL, bufferedBytes?: number): Promise<BufferedDriver> {
  const region = SharedRegion.create(bufferedBytes);
  const { port1: ours, port2: port } = new MessageChannel();
  const start: Start = { role: "net", memory: region.buffer, port };
  const worker = startThread(file, start, { transferList: [port], resourceLimits: HEAP });
  const failed = once(worker, "error").then(([error]) => Promise.reject(error));
  await Promise.race([once(ours, "message"), failed]);
  failed.catch(() => {});
  worker.unref();
  return new BufferedDriver(region, new WorkerLink(kind.name, region.control, ours, worker), kind);
}

class WorkerLink implements Link {
  onNotices = () => {};
  readonly #name: string;
  readonly #control: Int32Array;
  readonly #port: MessagePort;
  readonly #worker: Worker;
  /** Whether an asynchronous wait is pending. */
  #expected = false;

  constructor(name: string, control: Int32Array, port: MessagePort, worker: Worker) {
    this.#name = name;
    this.#control = control;
    this.#port = port;
    this.#worker = worker;
    port.on("message", () => this.onNotices());
    port.unref();
  }

  /** A parked I/O thread wakes when this one sleeps: then all of a turn's requests are there. */
  wakeIoEnd(): void {
    if (Atomics.load(this.#control, IO_ASLEEP) !== LOOPS) return;
    if (Atomics.compareExchange(this.#control, IO_ASLEEP, LOOPS, AWAKE) === LOOPS) this.#port.postMessage(0);
  }

  #unpark(): void {
    if (Atomics.load(this.#control, IO_ASLEEP) !== PARKED) return;
    if (Atomics.compareExchange(this.#control, IO_ASLEEP, PARKED, AWAKE) === PARKED) {
      Atomics.notify(this.#control, IO_ASLEEP);
    }
  }

  wait(taken: number, milliseconds: number): void {
    this.#checkBack();
    Atomics.store(this.#control, CLIENT_ASLEEP, WAITS);
    this.#unpark();
    Atomics.wait(this.#control, NOTICES_PUT, taken, milliseconds);
    this.#checkBack();
    Atomics.store(this.#control, CLIENT_ASLEEP, this.#expected ? AWAITS : AWAKE);
  }

  #checkBack(): void {
    if (Atomics.load(this.#control, IO_ENDED) === 0) return;
    throw new Error(`the ${this.#name} driver's thread failed`);
  }

  setAsleep(sleepers: boolean): void {
    Atomics.store(this.#control, CLIENT_ASLEEP, sleepers ? AWAITS : AWAKE);
    this.#unpark();
    if (sleepers === this.#expected) return;
    this.#expected = sleepers;
    // The I/O thread does not keep the process alive; a pending wait does.
    if (sleepers) this.#port.ref();
    else this.#port.unref();
  }

  close(): void {
    this.#port.close();
    void this.#worker.terminate();
  }
}
