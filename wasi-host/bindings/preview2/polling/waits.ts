/** How a call sleeps until pollables are ready. */
import { errnoName } from "../../../abi/errno.ts";
import { pollfds } from "../../../drivers/contract/pollfd.ts";
import { Wait } from "../../../waiting/wait.ts";
import { trap } from "../trap.ts";
import type { Poller } from "./poller.ts";
import { Pollable, type Readiness } from "./readiness.ts";

const NONE = pollfds(0);

/** A round of the poller without an answer. Another call may begin a round meanwhile: then this one begins again. */
export class RoundWait<Answer> extends Wait<Answer> {
  fds: Int32Array = NONE;
  count = 0;
  deadline = Infinity;
  override readonly edges;
  /** Queued wakeups are not yet noted. */
  override readonly looked = false;
  readonly #poller: Poller;
  readonly #list;
  readonly #answer: () => Answer | Wait<Answer>;
  #round = 0;

  /** `answer`: continues the call when a pollable is ready. */
  constructor(poller: Poller, answer: () => Answer | Wait<Answer>) {
    super();
    this.#poller = poller;
    this.#answer = answer;
    this.edges = poller.edges;
    this.#keep();
    this.#list = poller.takeList();
  }

  resume(ready: number): Answer | Wait<Answer> {
    const poller = this.#poller;
    if (ready < 0) trap(`the wait failed: ${errnoName(-ready)}`);
    if (poller.round === this.#round && poller.levels === 0) {
      poller.collect();
      poller.ring();
    } else {
      const { pollables, length } = this.#list;
      poller.begin();
      for (let index = 0; index < length; index++) poller.glance(pollables[index]);
      if (!poller.settle()) poller.collect();
      this.#keep();
    }
    return poller.answered > 0 ? this.#answer() : this;
  }

  #keep(): void {
    const poller = this.#poller;
    this.#round = poller.round;
    this.deadline = poller.earliest;
    this.count = poller.levels;
    this.fds = poller.levels === 0 ? NONE : poller.levelFds();
  }

  override release(): void {
    this.#poller.giveBack(this.#list);
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
  return poller.settle() ? ready() : new RoundWait(poller, ready);
}
