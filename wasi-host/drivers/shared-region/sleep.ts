/** Sleeps until there are notices: blocks the thread, or returns a promise. The clock is the system's. */
import type { Sleep } from "../endpoints/sleep.ts";
import type { ClientEnd } from "./client-end.ts";
import type { Link } from "./link.ts";

const MILLISECOND = 1e6;
/** The longest timer of JavaScript. */
const MAX_TIMER_MS = 0x7fff_ffff;

export class BufferedSleep implements Sleep {
  readonly #client: ClientEnd;
  readonly #link: Link;
  readonly #sleepers = new Set<() => void>();

  constructor(client: ClientEnd, link: Link) {
    this.#client = client;
    this.#link = link;
    link.onNotices = () => this.#wake();
  }

  beforeCall(): void {
    if (this.#client.pending) this.#client.takeNotices();
    if (this.#sleepers.size > 0) this.#wake();
  }

  #wake(): void {
    for (const wake of this.#sleepers) wake();
  }

  update(): void {
    if (this.#client.pending) this.beforeCall();
  }

  /** Otherwise time would not pass for a caller that polls. */
  onWouldBlock(): void {}

  deadline(timeout: number): number {
    return timeout === Infinity ? Infinity : performance.now() * MILLISECOND + timeout;
  }

  /** Throws if the thread must not sleep. */
  step(deadline: number): boolean {
    const left = deadline === Infinity ? Infinity : deadline / MILLISECOND - performance.now();
    if (left <= 0) return false;
    if (this.#link.wait === undefined) throw new Error(FREE_LOOP);
    this.#link.wait(this.#client.taken, left);
    this.update();
    return true;
  }

  async until(ready: () => boolean, timeout: number, cancel: AbortSignal): Promise<void> {
    const deadline = this.deadline(timeout);
    for (this.update(); !cancel.aborted && !ready(); this.update()) {
      const left = deadline === Infinity ? Infinity : deadline / MILLISECOND - performance.now();
      if (left <= 0) return;
      await this.#next(left, cancel);
    }
  }

  /** Resolves at the next notice, or after `left` milliseconds. */
  async #next(left: number, cancel: AbortSignal): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wake = () => {};
    try {
      await new Promise<void>((resolve) => {
        wake = resolve;
        this.#sleepers.add(wake);
        cancel.addEventListener("abort", wake);
        if (left !== Infinity) timer = setTimeout(wake, Math.min(Math.ceil(left), MAX_TIMER_MS));
        this.#link.setAsleep(true);
        if (this.#client.pending) wake();
      });
    } finally {
      clearTimeout(timer);
      cancel.removeEventListener("abort", wake);
      this.#sleepers.delete(wake);
      if (this.#sleepers.size === 0) this.#link.setAsleep(false);
    }
  }
}

const FREE_LOOP =
  "the driver's sockets are this thread's own, which must not sleep: use sleep: 'suspending' or 'stepping', or open the driver for a thread that blocks";
