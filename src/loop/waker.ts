/**
 * A waker: the only object of a loop that other threads may use.
 *
 * Its token is four bytes of shared memory: 1 while a wake is pending. The loop awaits a change with Atomics.waitAsync,
 * which needs no descriptor and works on every platform.
 */

import { ArgumentError } from "../../wasi-host/index.ts";
import { shown } from "../../wasi-host/internal.ts";

/** The loop. */
interface Caller {
  callSoon(callback: () => void): void;
}

/**
 * Makes a loop call a callback, from any thread.
 *
 * @example
 * const waker = loop.waker(() => console.log("woken"));
 * const worker = new Worker("./worker.js", { workerData: waker.token }); // wake(workerData) in the worker
 * waker.wake();
 */
export class Waker implements Disposable {
  /** For `wake` in another thread. It can be cloned, not transferred. */
  readonly token: SharedArrayBuffer = new SharedArrayBuffer(4);
  readonly #word = new Int32Array(this.token);
  readonly #loop: Caller;
  readonly #callback: () => void;
  readonly #closed: () => void;
  #isOpen = true;

  /** @internal */
  constructor(loop: Caller, callback: () => void, closed: () => void) {
    this.#loop = loop;
    this.#callback = callback;
    this.#closed = closed;
    void this.#listen();
  }

  /** Makes the loop call the callback soon. Several wakes before that are one call. After `close` it does nothing. */
  wake(): void {
    wake(this.token);
    this.look();
  }

  /** Ends the calls, and lets the loop end. Can be repeated. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    // Ends #listen.
    wake(this.token);
    this.#closed();
  }

  /** Same as `close`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Notices a wake. @internal */
  look(): void {
    if (!this.#isOpen || Atomics.compareExchange(this.#word, 0, WOKEN, PENDING) !== WOKEN) return;
    this.#loop.callSoon(() => {
      // From here on, a wake makes another call.
      Atomics.store(this.#word, 0, 0);
      Atomics.notify(this.#word, 0);
      if (this.#isOpen) this.#callback();
    });
  }

  async #listen(): Promise<void> {
    while (this.#isOpen) {
      const seen = Atomics.load(this.#word, 0);
      if (seen === WOKEN) this.look();
      else await Atomics.waitAsync(this.#word, 0, seen).value;
    }
  }
}

/** Values of the token: a wake was made; the call for it is queued. */
const WOKEN = 1;
const PENDING = 2;

/**
 * Wakes the loop of a waker from another thread. It never blocks.
 *
 * @param token - the waker's `token`
 * @throws ArgumentError for another value
 */
export function wake(token: SharedArrayBuffer): void {
  if (!(token instanceof SharedArrayBuffer) || token.byteLength !== 4) {
    throw new ArgumentError(`wake(${shown(token)}): expected the token of a Waker`, "ERR_INVALID_ARG_TYPE");
  }
  const word = new Int32Array(token);
  Atomics.compareExchange(word, 0, 0, WOKEN);
  Atomics.notify(word, 0);
}
