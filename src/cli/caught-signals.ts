/**
 * Signals that the guest catches, in order to finish its work. The guest runs in its own thread; the main thread gets the
 * signals, and writes each into a channel that the guest reads as a descriptor.
 *
 *      main thread                                          guest's thread
 *      SIGTERM ──▶ is its bit in `caught`? ── yes ──▶ channel ──▶ descriptor ──▶ onSignal
 *                           │
 *                           no: the default action
 *
 * The guest sets the bits of `caught`, which is shared memory, within its call: a signal after the call is caught.
 */
import { constants } from "node:os";
import process from "node:process";
import { createTable, type GuestEnd, openChannels, openEnd, type SignalGrant } from "../../wasi-host/internal-node.ts";
import type { EndingSignal } from "./signals.ts";

/** The import by which a module asks for signals. Every WASI host has it. */
const ASKS = "proc_raise";

/** What the guest's thread gets. */
export interface SignalOrder {
  readonly caught: SharedArrayBuffer;
  readonly end: GuestEnd;
}

/** Whether a module may catch signals. */
export function asksForSignals(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.imports(module).some(({ name }) => name === ASKS);
}

/** The main thread's side. */
export class CaughtSignals implements Disposable {
  readonly order: SignalOrder;
  readonly #caught: Int32Array;
  readonly #channels: Disposable;
  readonly #queue: SignalQueue;
  /** Whether a signal has asked the guest to end. */
  #isEnding = false;

  /** @param driver - the name of the guest's driver */
  static async open(driver: string): Promise<CaughtSignals> {
    const queue = new SignalQueue();
    const channels = await openChannels(driver, createTable());
    return new CaughtSignals(await channels.input(queue.bytes()), channels, queue);
  }

  private constructor(end: GuestEnd, channels: Disposable, queue: SignalQueue) {
    this.order = { caught: new SharedArrayBuffer(4), end };
    this.#caught = new Int32Array(this.order.caught);
    this.#channels = channels;
    this.#queue = queue;
  }

  /** Passes a signal to the guest. False if the guest does not catch it, and for the second request to end. */
  take(signal: EndingSignal): boolean {
    const number = constants.signals[signal];
    if ((Atomics.load(this.#caught, 0) & (1 << number)) === 0) return false;
    if (signal !== "SIGHUP") {
      if (this.#isEnding) return false;
      this.#isEnding = true;
    }
    this.#queue.push(number);
    return true;
  }

  [Symbol.dispose](): void {
    this.#channels[Symbol.dispose]();
  }
}

/** The numbers of signals, until the channel takes them. */
class SignalQueue {
  readonly #numbers: number[] = [];
  #wake = () => {};

  push(number: number): void {
    this.#numbers.push(number);
    this.#wake();
  }

  async *bytes(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#numbers.length > 0) yield Uint8Array.from(this.#numbers.splice(0));
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** The guest's side. */
export function grantedSignals({ caught, end }: SignalOrder): SignalGrant {
  const words = new Int32Array(caught);
  return {
    caught: words,
    open: (driver) => openEnd(driver, end),
    raise(signal) {
      process.kill(process.pid, signal);
      // The main thread ends the process soon.
      if ((Atomics.load(words, 0) & (1 << signal)) === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    },
  };
}
