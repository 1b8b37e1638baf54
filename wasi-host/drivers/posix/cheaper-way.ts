/**
 * Chooses how lists of transfers are made: together by io_submit(2), or with a call for each. If system calls are expensive, io_submit
 * saves up to a seventh of a server's CPU time. If they are cheap, it costs more than it saves.
 *
 * The first lists try both ways in turn. A pair is won by the way with less time for each transfer. Single times differ by more than
 * the ways do, because of the transfers themselves and of other processes, so only the number of won pairs counts. Single calls
 * must win two trials, because the engine is still compiling during the first one.
 */

/** Shorter lists are made together and not timed: the ways hardly differ. */
const MIN_TRANSFERS = 8;
export const PAIRS = 256;
/** Two standard deviations more than half of the pairs, so that chance alone rarely chooses a call for each. */
const MIN_WON = 144;
const TRIALS = 2;

export class CheaperWay {
  readonly #now: () => number;
  /** Whether a list is made one by one; undefined while both ways are tried. */
  #oneByOne: boolean | undefined;
  /** The won trials. */
  #trials = 0;
  /** The pairs of this trial. */
  #pairs = 0;
  /** By one by one. */
  #won = 0;
  /** The time for each transfer of the pair's first list, which was made together; -1 before it. */
  #together = -1;
  #began = 0;

  /** `now`: a clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether to make the next list, of `count` transfers, one by one. Call `made` after it. */
  choose(count: number): boolean {
    if (this.#oneByOne !== undefined) return this.#oneByOne;
    if (count < MIN_TRANSFERS) return false;
    this.#began = this.#now();
    return this.#together >= 0;
  }

  /** The list for which `choose` was called is made. */
  made(count: number): void {
    if (this.#oneByOne !== undefined || count < MIN_TRANSFERS) return;
    const each = (this.#now() - this.#began) / count;
    if (this.#together < 0) {
      this.#together = each;
      return;
    }
    if (each < this.#together) this.#won++;
    this.#together = -1;
    if (++this.#pairs < PAIRS) return;
    if (this.#won < MIN_WON) this.#oneByOne = false;
    else if (++this.#trials === TRIALS) this.#oneByOne = true;
    this.#pairs = this.#won = 0;
  }
}
