/** Sleep until the back has news: the thread itself, or a promise. Time is the system's. */
import type { Sleep } from "../endpoints/sleep.ts";
import type { Front } from "./front.ts";
import type { Link } from "./link.ts";

const MILLISECOND = 1e6;
/** What a timer of JavaScript's can wait. */
const LONGEST = 0x7fff_ffff;

export class BufferedSleep implements Sleep {
  readonly #front: Front;
  readonly #link: Link;
  readonly #sleepers = new Set<() => void>();

  constructor(front: Front, link: Link) {
    this.#front = front;
    this.#link = link;
    link.onNotices = () => this.#wake();
  }

  stir(): void {
    this.#front.listen();
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#sleepers) wake();
  }

  catchUp(): void {
    if (this.#front.pending) this.stir();
  }

  /** Nothing else passes the time for who asks in vain. */
  vain(): void {}

  deadline(timeout: number): number {
    return timeout === Infinity ? Infinity : performance.now() * MILLISECOND + timeout;
  }

  /** Throws where the thread must not sleep. */
  step(deadline: number): boolean {
    const left = deadline === Infinity ? Infinity : deadline / MILLISECOND - performance.now();
    if (left <= 0) return false;
    if (this.#link.wait === undefined) throw new Error(FREE_LOOP);
    this.#link.wait(this.#front.taken, left);
    this.catchUp();
    return true;
  }

  async until(ready: () => boolean, timeout: number, cancel: AbortSignal): Promise<void> {
    const deadline = this.deadline(timeout);
    for (this.catchUp(); !cancel.aborted && !ready(); this.catchUp()) {
      const left = deadline === Infinity ? Infinity : deadline / MILLISECOND - performance.now();
      if (left <= 0) return;
      await this.#next(left, cancel);
    }
  }

  /** Resolves when anything has happened, or after so many milliseconds. */
  async #next(left: number, cancel: AbortSignal): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wake = () => {};
    try {
      await new Promise<void>((resolve) => {
        wake = resolve;
        this.#sleepers.add(wake);
        cancel.addEventListener("abort", wake);
        if (left !== Infinity) timer = setTimeout(wake, Math.min(Math.ceil(left), LONGEST));
        this.#link.expect(true);
        if (this.#front.pending) wake();
      });
    } finally {
      clearTimeout(timer);
      cancel.removeEventListener("abort", wake);
      this.#sleepers.delete(wake);
      if (this.#sleepers.size === 0) this.#link.expect(false);
    }
  }
}

const FREE_LOOP =
  "the driver's sockets are this thread's own, which must not sleep: use sleep: 'suspending' or 'stepping', or open the driver for a thread that blocks";
