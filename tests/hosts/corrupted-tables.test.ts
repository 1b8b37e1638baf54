/** A guest that corrupts its own tables harms only itself: the host lives, and so does every other guest of the process. */
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { Core, EPOLL_CTL_ADD, EPOLLIN, Epoll, EpollEvents, Socket } from "../../src/index.ts";

const ROUNDS = 30;
const CALLS = 64;
/** Milliseconds without a message from the worker: its guest loops. Its embedder can end it. */
const TIMEOUT_MS = 1000;

interface Told {
  readonly round?: number;
  readonly done?: number;
  readonly errors?: number;
  readonly traps?: number;
}

/**
 * Runs rounds from `first` on. Returns the round in which it hung, or undefined at the end. Rejects with the worker's
 * error.
 */
async function run(driver: string, first: number, tell: (told: Told) => void): Promise<number | undefined> {
  const workerData = { first, rounds: ROUNDS, calls: CALLS, driver };
  const worker = new Worker(new URL("corrupted-guest.mjs", import.meta.url), { workerData });
  let round = first;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const patience = () => {
        clearTimeout(timer);
        timer = setTimeout(() => resolve(round), TIMEOUT_MS);
      };
      worker.on("message", (told: Told) => {
        round = told.round ?? round;
        tell(told);
        patience();
      });
      worker.on("error", (error) => reject(new Error(`in round ${round}`, { cause: error })));
      worker.on("exit", () => resolve(undefined));
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

it.each(["posix", "simulated"])(
  "corrupted tables cause at most traps, errors or a busy guest, on the %s driver",
  async (driver) => {
    using core = await Core.open({ driver });
    const [one, other] = Socket.pair(core);
    const epoll = new Epoll(core);
    epoll.ctl(EPOLL_CTL_ADD, one, EPOLLIN);
    const count = { done: 0, errors: 0, traps: 0, hangs: 0 };
    let first: number | undefined = 0;
    while (first !== undefined && first < ROUNDS) {
      const hung: number | undefined = await run(driver, first, ({ done, errors = 0, traps = 0 }) => {
        if (done === undefined) return;
        count.done++;
        count.errors += errors;
        count.traps += traps;
      });
      if (hung !== undefined) count.hangs++;
      first = hung === undefined ? undefined : hung + 1;
    }
    console.log(`corrupted tables, ${driver}:`, JSON.stringify(count));
    expect(count.done + count.hangs).toBe(ROUNDS);
    // The writes did damage.
    expect(count.errors).toBeGreaterThan(0);
    expect(count.traps).toBeGreaterThan(0);
    // This thread is not affected.
    const events = new EpollEvents(core, 4);
    expect(epoll.waitSync(events, 0)).toBe(0);
    other.send(new Uint8Array(1));
    expect(epoll.waitSync(events, 0)).toBe(1);
  },
  120_000,
);
