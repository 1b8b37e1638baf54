/**
 * Stepping: a program that never sleeps itself, but returns to its host when it has nothing more to do.
 *
 * Such a module exports `pollux_step(): i32` instead of `_start`. The host calls it again and again. Its result says
 * when: -1 never, it has finished; 0 at once; n > 0 when something happens, at the latest after n milliseconds
 * (0x7fffffff: no limit). Between two steps the host delivers:
 *
 * - to `pollux_signal(fd: i32, readiness: u32)`, if the module exports it, the armed wakeups of the ready file, oldest
 *   first. A module without it is stepped while there are records, and reads them itself;
 * - to the ring at `pollux_ring(): usize`, if the module exports that: `ring.ts`.
 *
 * The step after a delivery comes at once. Without a delivery the program waits: its thread sleeps in the driver, or
 * the event loop is free.
 */

import type { ReadyFile } from "../bindings/ready-file/ready-file.ts";
import type { EdgeQueue } from "../drivers/contract/driver.ts";
import { pollfds } from "../drivers/contract/pollfd.ts";
import { monotonicNanoseconds } from "../drivers/contract/time.ts";
import { SystemError } from "../errors/system-error.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { Wait } from "../waiting/wait.ts";
import type { Way } from "../waiting/way.ts";
import { Ring } from "./ring.ts";

const FINISHED = -1;
const FOREVER = 0x7fff_ffff;
const MILLISECOND = 1e6;
/** The most signals before a step. */
const MAX_SIGNALS = 256;

const none = pollfds(0);

/** A stepped program, and its waits between steps. */
export class Stepping extends Wait<void> {
  fds = none;
  count = 0;
  deadline = 0;
  override edges: EdgeQueue | undefined = undefined;
  readonly #kernel: Kernel;
  /** Undefined until the program has opened it. */
  readonly #readyFile: () => ReadyFile | undefined;
  readonly #step: () => unknown;
  readonly #signal: ((fd: number, readiness: number) => void) | undefined;
  readonly #ring: Ring | undefined;
  readonly #record = new DataView(new ArrayBuffer(8));

  /** Whether a module is stepped. */
  static drives(exports: WebAssembly.Exports): boolean {
    return typeof exports.pollux_step === "function";
  }

  /** After `_initialize`. Throws an `Error` if `pollux_ring` returns no ring. */
  constructor(kernel: Kernel, readyFile: () => ReadyFile | undefined, exports: WebAssembly.Exports) {
    super();
    const { pollux_step: step, pollux_signal: signal, pollux_ring: ring } = exports;
    this.#kernel = kernel;
    this.#readyFile = readyFile;
    this.#step = step as () => unknown;
    if (typeof signal === "function") this.#signal = signal as (fd: number, readiness: number) => void;
    if (typeof ring === "function") this.#ring = new Ring(kernel, (ring as () => number)() >>> 0);
  }

  /** Steps until the program has finished. Passes on its exceptions (`ProcessExit`, a trap). */
  run(way: Way): void | Promise<void> {
    return way.finish<void>(this.#next());
  }

  /** Delivers events, and makes the next step; or waits on after a spurious wakeup. */
  resume(ready: number): void | Wait<void> {
    check(ready);
    const delivered = this.#deliver();
    return delivered || ready === 0 || this.deadline === 0 || this.#hasRecords() ? this.#next() : this.#wait();
  }

  /** One step. Undefined if the program has finished, else the next wait. */
  #next(): void | Wait<void> {
    const result = this.#step();
    if (!Number.isInteger(result) || (result as number) < FINISHED) {
      throw new WebAssembly.RuntimeError(`pollux_step() returned ${result}, expected -1, 0 or milliseconds`);
    }
    if (result === FINISHED) return;
    const completed = this.#ring?.take() ?? false;
    if (result === FOREVER) this.deadline = Infinity;
    else this.deadline = monotonicNanoseconds(this.#kernel.driver) + (result as number) * MILLISECOND;
    if (completed || result === 0 || this.#hasRecords()) this.deadline = 0;
    return this.#wait();
  }

  #wait(): Wait<void> {
    this.count = this.#ring?.watch() ?? 0;
    this.fds = this.#ring?.fds ?? none;
    // A look does not ask the queue: its wakeups are delivered anyway.
    this.edges = this.deadline === 0 ? undefined : this.#readyFile()?.edges;
    return this;
  }

  /** Whether wakeups are queued on the ready file, for the guest or its handler. */
  #hasRecords(): boolean {
    const file = this.#readyFile();
    return file !== undefined && file.edges.park(0) !== 0;
  }

  /** True if something was delivered. */
  #deliver(): boolean {
    const completed = this.count > 0 && this.#ring!.advance();
    const signalled = this.#signal !== undefined && this.#signals(this.#signal);
    return completed || signalled;
  }

  /** One at a time: a handler that closes a descriptor ends that descriptor's other signals. */
  #signals(signal: (fd: number, readiness: number) => void): boolean {
    const file = this.#readyFile();
    for (let count = 0; count < MAX_SIGNALS; count++) {
      if (file === undefined || check(file.edges.take(this.#record, 0, 1)) === 0) return count > 0;
      signal(this.#record.getInt32(0, true), this.#record.getUint16(6, true));
    }
    return true;
  }
}

/** A count of the driver; throws the error of a failed wait. */
function check(count: number): number {
  if (count < 0) throw new SystemError(-count, "poll");
  return count;
}
