/** How a call sleeps until pollables are ready. */
import { errnoName } from "../../../abi/errno.ts";
import { pollfds } from "../../../drivers/contract/pollfd.ts";
import { Wait } from "../../../waiting/wait.ts";
import { trap } from "../trap.ts";
import type { Poller } from "./poller.ts";
import { Pollable, type Readiness } from "./readiness.ts";

const NONE = pollfds(0);

/**
 * A round of the poller without an answer. Another call may begin a round meanwhile: then this one begins again. A finished
 * wait can be used again.
 */
export class RoundWait<Answer> extends Wait<Answer> {
  fds: Int32Array = NONE;
  count = 0;
  deadline = Infinity;
  override wakeupsAlone = false;
  override readonly edges;
  /** Queued wakeups are not yet noted. */
  override readonly looked = false;
  readonly #poller: Poller;
  readonly #answer: (result: number) => Answer | Wait<Answer>;
  readonly #spare: RoundWait<Answer>[];
  #result = 0;
  /** The first `#length` elements. */
  #list: Pollable[] = [];
  #length = 0;
  #round = 0;

  /** `answer`: continues the call when a pollable is ready. `spare`: takes the wait when it is over. */
  constructor(poller: Poller, answer: (result: number) => Answer | Wait<Answer>, spare: RoundWait<Answer>[] = []) {
    super();
    this.#poller = poller;
    this.#answer = answer;
    this.#spare = spare;
    this.edges = poller.edges;
  }

  /** Takes over the present round. `result`: the argument of `answer`. */
  begin(result = 0): this {
    const poller = this.#poller;
    this.#result = result;
    this.#keep();
    this.#list = poller.exchangeList(this.#list);
    this.#length = poller.length;
    return this;
  }

  resume(ready: number): Answer | Wait<Answer> {
    const poller = this.#poller;
    if (ready < 0) trap(`the wait failed: ${errnoName(-ready)}`);
    if (poller.round === this.#round && poller.levels === 0) {
      poller.collect();
      poller.ring();
    } else {
      poller.begin();
      for (let index = 0; index < this.#length; index++) poller.glance(this.#list[index]);
      if (!poller.settle()) poller.collect();
      this.#keep();
    }
    return poller.answered > 0 ? this.#answer(this.#result) : this;
  }

  #keep(): void {
    const poller = this.#poller;
    this.#round = poller.round;
    this.deadline = poller.earliest;
    this.count = poller.levels;
    this.fds = poller.levels === 0 ? NONE : poller.levelFds();
    this.wakeupsAlone = this.count === 0 && this.deadline === Infinity;
  }

  override release(): void {
    this.#spare.push(this);
  }
}

/** Waits until one of `wanted` is ready, and makes the call again with `retry`; at once if one is ready now. */
export function untilReady<Answer>(
  poller: Poller,
  readiness: Readiness,
  wanted: number,
  retry: () => Answer | Wait<Answer>,
): Answer | Wait<Answer> {
  const pollable = new Pollable(readiness, wanted);
  const ready = () => {
    pollable.drop();
    return retry();
  };
  poller.begin();
  poller.glance(pollable);
  return poller.settle() ? ready() : new RoundWait(poller, ready).begin();
}
