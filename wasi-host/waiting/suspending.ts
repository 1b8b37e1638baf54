/**
 * Suspending: the event loop runs while a call waits, and the guest's stack is suspended (JavaScript Promise Integration:
 * `WebAssembly.Suspending` around an import, `WebAssembly.promising` around the export that calls it).
 *
 * Only calls that may wait are wrapped. They return a number if they need not wait, and a promise only if they wait. A guest
 * that never waits would block the event loop. So after TURN milliseconds a call that could wait yields to the event loop.
 */
import type { Driver } from "../drivers/contract/driver.ts";
import { monotonicNanoseconds } from "../drivers/contract/time.ts";
import { turn } from "../runtime/event-loop.ts";
import { isOver, look } from "./look.ts";
import { Wait } from "./wait.ts";
import type { Calls, Way } from "./way.ts";

/** Milliseconds. */
const TURN = 10;
/** Reading the clock costs as much as a call, so only one call in this many reads it. */
const CALLS_BETWEEN = 64;

type Call = (...args: unknown[]) => number | Promise<number>;

/** Not in TypeScript's own declarations yet. */
interface Integration {
  readonly Suspending?: new (call: Call) => Call;
  readonly promising?: (run: () => unknown) => () => Promise<unknown>;
}
const { Suspending: SuspendingImport, promising } = WebAssembly as Integration;

/** Whether this runtime has JavaScript Promise Integration. */
export const canSuspend = SuspendingImport !== undefined && promising !== undefined;

export class Suspending implements Way {
  readonly #driver: Driver;
  readonly #signal: AbortSignal;
  #calls = 0;
  #turnEnds = 0;

  /** When `signal` is aborted every wait ends, with a rejection. */
  constructor(driver: Driver, signal: AbortSignal) {
    this.#driver = driver;
    this.#signal = signal;
  }

  finish<Answer>(result: Answer | Wait<Answer>): Answer | Promise<Answer> {
    return result instanceof Wait ? this.#begin(result) : result;
  }

  /** The same calls. The calls of `waits` yield to the event loop when the guest has had the thread long enough. */
  takingTurns(calls: Calls, waits: ReadonlySet<string>): Calls {
    const one = (name: string, call: Calls[string]) => (waits.has(name) ? this.#takingTurns(call) : call);
    return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, one(name, call)]));
  }

  /** The number of WasmEdge's parameters tells the version. A rest parameter would cost every call. */
  #takingTurns(call: Calls[string]): Calls[string] {
    return (a, b, c, d, e, f, g, h) =>
      this.#turnIsOver() ? this.#afterTurn(() => call(a, b, c, d, e, f, g, h)) : call(a, b, c, d, e, f, g, h);
  }

  async #afterTurn(call: () => number | Promise<number> | void): Promise<number> {
    await this.#turn();
    return (await call()) as number;
  }

  async #turn(): Promise<void> {
    await turn();
    this.#signal.throwIfAborted();
    this.#turnEnds = performance.now() + TURN;
  }

  #turnIsOver(): boolean {
    if (++this.#calls % CALLS_BETWEEN !== 0) return false;
    return performance.now() >= this.#turnEnds;
  }

  /** Looks first if the call has not, so that only a real wait makes a promise. */
  #begin<Answer>(first: Wait<Answer>): Answer | Promise<Answer> {
    let wait = first;
    while (!wait.looked) {
      const ready = look(this.#driver, wait);
      if (ready === 0 && !isOver(this.#driver, wait)) break;
      const next = continued(wait, ready);
      if (!(next instanceof Wait)) return next;
      wait = next;
    }
    return this.#execute(wait);
  }

  async #execute<Answer>(first: Wait<Answer>): Promise<Answer> {
    let wait = first;
    for (;;) {
      let ready: number;
      try {
        ready = await this.#sleep(wait);
      } catch (error) {
        wait.release();
        throw error;
      }
      const next = continued(wait, ready);
      if (!(next instanceof Wait)) return next;
      wait = next;
    }
  }

  /** Resolves to the argument of `resume` when the wait is over. */
  async #sleep(wait: Wait<unknown>): Promise<number> {
    const { fds, count, deadline, edges } = wait;
    this.#signal.throwIfAborted();
    for (;;) {
      const left = deadline === Infinity ? Infinity : deadline - monotonicNanoseconds(this.#driver);
      // A wait that is due at once yields too.
      if (left <= 0) await turn();
      const ready = await this.#driver.pollAsync(fds, count, Math.max(0, left), edges, this.#signal);
      this.#signal.throwIfAborted();
      this.#turnEnds = performance.now() + TURN;
      if (ready !== 0) return ready;
      const queued = edges?.park(0) ?? 0;
      if (queued !== 0) return queued;
      if (isOver(this.#driver, wait)) return 0;
    }
  }
}

/** The answer, or the next wait. */
function continued<Answer>(wait: Wait<Answer>, ready: number): Answer | Wait<Answer> {
  let next: Answer | Wait<Answer> | undefined;
  try {
    next = wait.resume(ready);
    return next;
  } finally {
    if (next !== wait) wait.release();
  }
}

/** The imports of the guest: calls that may wait are imports that suspend. */
export function suspendingImports(calls: Calls, waits: ReadonlySet<string>): Calls {
  const one = (name: string, call: Calls[string]) => (waits.has(name) ? new SuspendingImport!(call as Call) : call);
  return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, one(name, call)]));
}

/** Calls an export whose imports may suspend. The promise rejects with the error that the export throws. */
export function promise<Result>(run: () => Result): Promise<Result> {
  return promising!(run)() as Promise<Result>;
}
