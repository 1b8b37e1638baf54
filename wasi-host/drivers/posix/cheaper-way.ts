/**
 * Which of two ways to make a list of transfers is cheaper: together by io_submit(2), or a call for each. Where system calls are
 * dear, a list saves up to a seventh of a server's CPU time; where they are cheap, io_submit itself costs more than it saves.
 *
 * The first lists try both ways in turn. A pair is won by the way with less time for each transfer. Single times differ by more than
 * the ways do, because of the transfers themselves and of other processes, so only the number of won pairs counts.
 */

/** Shorter lists are not timed: they hardly differ. */
const MIN_TRANSFERS = 8;
export const PAIRS = 256;
/** More than half by two standard deviations of a coin's throws: without a difference, lists stay together. */
const MIN_WON = 144;

export class CheaperWay {
  readonly #now: () => number;
  /** Whether a list is made one by one; undefined while both ways are tried. */
  #oneByOne: boolean | undefined;
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
    if (++this.#pairs === PAIRS) this.#oneByOne = this.#won >= MIN_WON;
  }
}
