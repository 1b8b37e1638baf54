/** Long work in slices: between two of them the browser draws, and hears the reader. */

/** Milliseconds of a slice: a phone that is four times slower than this machine still draws 30 times in a second. */
const SLICE_MS = 8;

interface Scheduler {
  yield?(): Promise<void>;
}

/** Lets others run once. A browser's own way comes first, because timers are late in a page that is not in sight. */
export function letOthersRun(): Promise<void> {
  const { scheduler } = globalThis as { scheduler?: Scheduler };
  return scheduler?.yield?.() ?? new Promise((resume) => setTimeout(resume));
}

export class Slices {
  #began = performance.now();

  /** Whether the slice is over: `next` begins another one. */
  get over(): boolean {
    return performance.now() - this.#began >= SLICE_MS;
  }

  async next(): Promise<void> {
    await letOthersRun();
    this.#began = performance.now();
  }
}
