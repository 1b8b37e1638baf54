/**
 * Suspending: the guest's stack is put aside until what it waits for has come (JavaScript Promise Integration:
 * `WebAssembly.Suspending` around an import, `WebAssembly.promising` around the export that calls it).
 *
 * Only calls that may sleep are wrapped, and they answer with a plain number whenever the answer is there: a promise is
 * made by those alone that wait. A guest that always finds something to do never waits: so that the event loop has its
 * turn all the same, a call that could sleep lets go of the thread when the guest has had it for TURN milliseconds.
 */
import type { Driver, EdgeQueue } from "../drivers/driver.ts";
import { pollfds, setPollfd } from "../drivers/pollfd.ts";
import { turn } from "../event-loop.ts";
import type { Imports } from "../imports.ts";
import type { GuestMemory } from "../memory.ts";
import { SLEEPS, type Sleep } from "./sleep.ts";

/** The calls that may sleep. */
const SLEEPERS: ReadonlySet<string> = new Set([
  "fd_read",
  "fd_write",
  "poll_oneoff",
  "sched_yield",
  "sock_accept",
  "sock_connect",
  "sock_recv",
  "sock_recv_from",
  "sock_send",
  "sock_send_to",
]);

/** Those with seven or eight parameters. */
const DATAGRAM_CALLS: ReadonlySet<string> = new Set(["sock_recv_from", "sock_send_to"]);

/** Milliseconds. */
const TURN = 10;
/** The clock costs as much as a call: it is read at every so many of them. */
const CALLS_BETWEEN = 64;

type Call = (...args: unknown[]) => number | Promise<number>;

/** Not in TypeScript's own declarations yet. */
interface Integration {
  readonly Suspending?: new (call: Call) => Call;
  readonly promising?: (run: () => void) => () => Promise<void>;
}
const { Suspending: SuspendingImport, promising } = WebAssembly as Integration;

/** Does this runtime have JavaScript Promise Integration? */
export const canSuspend = SuspendingImport !== undefined && promising !== undefined;

interface Wait {
  readonly fds: Int32Array;
  readonly count: number;
  readonly timeout: number;
  readonly edges: EdgeQueue | undefined;
  readonly progress: number;
  readonly release: (() => void) | undefined;
}

export class Suspending implements Sleep {
  progress = 0;
  readonly suspends = true;
  readonly #driver: Driver;
  readonly #memory: GuestMemory;
  readonly #signal: AbortSignal;
  #wait: Wait | undefined;
  #calls = 0;
  #turnEnds = 0;

  /** When `signal` is aborted every sleep ends, with a rejection. */
  constructor(driver: Driver, memory: GuestMemory, signal: AbortSignal) {
    this.#driver = driver;
    this.#memory = memory;
    this.#signal = signal;
  }

  until(handle: number, events: number, progress: number): boolean {
    const fds = pollfds(2);
    setPollfd(fds, 0, handle, events);
    this.#wait = { fds, count: 1, timeout: Infinity, edges: undefined, progress, release: undefined };
    return false;
  }

  note(
    fds: Int32Array,
    count: number,
    timeout: number,
    edges: EdgeQueue | undefined,
    progress: number,
    release?: () => void,
  ): void {
    // The caller's array is the next call's too, and another call may come before this one has slept enough.
    const own = pollfds(count + 1);
    own.set(fds.subarray(0, count * 2));
    this.#wait = { fds: own, count, timeout, edges, progress, release };
  }

  /** The same calls; those that may sleep answer with a promise where they do. */
  resuming(imports: Imports): Imports {
    return Object.fromEntries(Object.entries(imports).map(([name, call]) => [name, this.#resumingOne(name, call)]));
  }

  #resumingOne(name: string, call: Imports[string]): Imports[string] {
    if (!SLEEPERS.has(sleeperNamed(name))) return call;
    const yields = name === "sched_yield";
    // Which of WasmEdge's parameters are there says the version. Most calls have up to six; a rest parameter costs them.
    const suspendable = (a: unknown, b: unknown, c: unknown, d: unknown, e: unknown, f: unknown) => {
      if (yields || this.#turnIsOver()) return this.#yield(call, [a, b, c, d, e, f]);
      const errno = call(a, b, c, d, e, f);
      return errno === SLEEPS ? this.#resume(call, [a, b, c, d, e, f]) : errno;
    };
    const datagrams = (...args: unknown[]) => {
      if (this.#turnIsOver()) return this.#yield(call, args);
      const errno = call(...args);
      return errno === SLEEPS ? this.#resume(call, args) : errno;
    };
    return (DATAGRAM_CALLS.has(sleeperNamed(name)) ? datagrams : suspendable) as Imports[string];
  }

  async #yield(call: Imports[string], args: readonly unknown[]): Promise<number> {
    await turn();
    this.#signal.throwIfAborted();
    this.#turnEnds = performance.now() + TURN;
    const errno = call(...args) as number;
    return errno === SLEEPS ? this.#resume(call, args) : errno;
  }

  /** Sleeps, and makes the call again, until it has an answer. */
  async #resume(call: Imports[string], args: readonly unknown[]): Promise<number> {
    for (;;) {
      const { fds, count, timeout, edges, progress, release } = this.#wait!;
      try {
        this.#signal.throwIfAborted();
        await this.#driver.pollAsync(fds, count, timeout, edges, this.#signal);
      } finally {
        release?.();
      }
      this.#signal.throwIfAborted();
      this.#turnEnds = performance.now() + TURN;
      this.#memory.refresh();
      this.progress = progress;
      try {
        const errno = call(...args) as number;
        if (errno !== SLEEPS) return errno;
      } finally {
        this.progress = 0;
      }
    }
  }

  #turnIsOver(): boolean {
    if (++this.#calls % CALLS_BETWEEN !== 0) return false;
    return performance.now() >= this.#turnEnds;
  }
}

/** What is to be imported: the calls that may sleep as imports that suspend. */
export function suspendingImports(imports: Imports): Imports {
  return Object.fromEntries(
    Object.entries(imports).map(([name, call]) => [
      name,
      SLEEPERS.has(sleeperNamed(name)) ? (new SuspendingImport!(call as Call) as Imports[string]) : call,
    ]),
  );
}

/** Calls an export whose imports may suspend. What it throws is what the promise rejects with. */
export function promise(run: () => void): Promise<void> {
  return promising!(run)();
}

function sleeperNamed(name: string): string {
  return name.replace(/_v2$/, "");
}
