/**
 * Stepping: a program that does not sleep by itself, but returns to its host whenever it has nothing more to do.
 *
 * Such a module exports `pollux_step(): i32` in place of `_start`. The host calls it again and again; its result says
 * what it waits for: -1 nothing, it has finished; 0 nothing, there is more to do at once; n > 0 that something happens,
 * for at most n milliseconds (0x7fffffff: for ever). Between two steps the host delivers what has happened:
 *
 * - to `pollux_signal(fd: i32, readiness: u32)`, where the module exports it, the wakeups that were armed on the ready
 *   file, oldest first. A module without it is stepped when there are records, and reads them itself.
 * - to the ring at `pollux_ring(): usize`, where the module exports that: `ring.ts`.
 *
 * A step that follows a delivery comes at once. With nothing delivered the thread sleeps in the driver; `runAsync` leaves
 * the event loop free instead, for platforms on which nobody may sleep.
 */
import { pollfds } from "../drivers/pollfd.ts";
import { turn } from "../event-loop.ts";
import { clockNow } from "../preview1/clocks.ts";
import type { ReadyFile } from "../ready-file.ts";
import type { HostState } from "../state.ts";
import { Ring } from "./ring.ts";

const FINISHED = -1;
const FOREVER = 0x7fff_ffff;
const MONOTONIC = 1;
const MILLISECOND = 1e6;
/** After so many signals the program has its turn, though more may be queued. */
const MOST_SIGNALS = 256;

const none = pollfds(0);

export class Stepping {
  readonly #host: HostState;
  readonly #readyFile: ReadyFile | undefined;
  readonly #step: () => unknown;
  readonly #signal: ((fd: number, readiness: number) => void) | undefined;
  readonly #ring: Ring | undefined;
  /** The pollfd entries of `#ring.fds` that count. */
  #watched = 0;
  readonly #record = new DataView(new ArrayBuffer(8));

  /** Is it a module of this kind? */
  static drives(exports: WebAssembly.Exports): boolean {
    return typeof exports.pollux_step === "function";
  }

  /** After `_initialize`. Throws an `Error` where `pollux_ring` gives no ring. */
  constructor(host: HostState, readyFile: ReadyFile | undefined, exports: WebAssembly.Exports) {
    const { pollux_step: step, pollux_signal: signal, pollux_ring: ring } = exports;
    this.#host = host;
    this.#readyFile = readyFile;
    this.#step = step as () => unknown;
    if (typeof signal === "function") this.#signal = signal as (fd: number, readiness: number) => void;
    if (typeof ring === "function") this.#ring = new Ring(host, (ring as () => number)() >>> 0);
  }

  /** Steps until the program has finished. What it throws (`ProcessExit`, a trap) is thrown on. */
  run(): void {
    for (const timeout of this.#turns()) this.#sleep(timeout);
  }

  /** The same, leaving the event loop free between steps. Rejects with the reason when `cancel` is aborted. */
  async runAsync(cancel: AbortSignal): Promise<void> {
    for (const timeout of this.#turns()) {
      await (timeout === 0 ? turn() : this.#sleepAsync(timeout, cancel));
      cancel.throwIfAborted();
      if (timeout === 0) this.#sleep(0);
    }
  }

  /** Yields the nanoseconds for which its caller is to sleep, unless something comes, before what has come is delivered. */
  *#turns(): Generator<number, void> {
    for (;;) {
      const wait = this.#next();
      if (wait < 0) return;
      const due = wait === 0 ? 0 : this.#now() + wait;
      let left = this.#ring?.take() ? 0 : wait;
      do {
        // Records that wait to be read are no wakeup for a poll of the driver's: it would sleep over them.
        const timeout = left > 0 && this.#hasRecords() ? 0 : left;
        yield timeout;
        if (this.#deliver() || timeout === 0) break;
        left = due - this.#now();
      } while (left > 0);
    }
  }

  /** One step. How long there will be nothing to do, in nanoseconds; FINISHED when the program has. */
  #next(): number {
    const result = this.#step();
    if (!Number.isInteger(result) || (result as number) < FINISHED) {
      throw new WebAssembly.RuntimeError(`pollux_step() returned ${result}, which is neither -1, 0 nor milliseconds`);
    }
    if (result === FOREVER) return Infinity;
    return result === FINISHED ? FINISHED : (result as number) * MILLISECOND;
  }

  /** Are there records or answers on the ready file, for the guest to read or for its handler? */
  #hasRecords(): boolean {
    const file = this.#readyFile;
    return file !== undefined && !file.closed && (file.answered || file.edges.park(0) !== 0);
  }

  #sleep(timeout: number): void {
    this.#watched = this.#ring?.watch() ?? 0;
    if (timeout === 0 && this.#watched === 0) return;
    const edges = this.#readyFile?.closed === false ? this.#readyFile.edges : undefined;
    if (this.#watched === 0 && edges !== undefined) edges.park(timeout);
    else this.#host.driver.poll(this.#ring?.fds ?? none, this.#watched, timeout, edges);
  }

  async #sleepAsync(timeout: number, cancel: AbortSignal): Promise<void> {
    this.#watched = this.#ring?.watch() ?? 0;
    const edges = this.#readyFile?.closed === false ? this.#readyFile.edges : undefined;
    await this.#host.driver.pollAsync(this.#ring?.fds ?? none, this.#watched, timeout, edges, cancel);
  }

  /** True where something was. */
  #deliver(): boolean {
    const completed = this.#watched > 0 && this.#ring!.advance();
    const signalled = this.#signal !== undefined && this.#signals(this.#signal);
    return completed || signalled;
  }

  /** One at a time: a handler that closes a descriptor ends that descriptor's other signals. */
  #signals(signal: (fd: number, readiness: number) => void): boolean {
    const file = this.#readyFile;
    for (let count = 0; count < MOST_SIGNALS; count++) {
      if (file === undefined || file.closed || file.edges.take(this.#record, 0, 1) === 0) return count > 0;
      signal(this.#record.getInt32(0, true), this.#record.getUint16(6, true));
    }
    return true;
  }

  #now(): number {
    return Number(clockNow(MONOTONIC, this.#host.driver));
  }
}
