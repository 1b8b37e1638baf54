/**
 * Sleep in virtual time: the clock jumps to what happens next. Whoever sleeps asynchronously lets everybody else run
 * first, and time passes only when nobody did anything.
 */
import { turn } from "../../event-loop.ts";
import type { Sleep } from "../endpoints/sleep.ts";
import { Scheduled, type VirtualClock } from "./clock.ts";

/** What a look in vain takes, in nanoseconds: a program that never sleeps, and asks again and again, gets on as well. */
const VAIN = 1_000;

/** The end of somebody's asynchronous sleep. */
class Alarm extends Scheduled {
  happen(): void {}
}

export class VirtualSleep implements Sleep {
  readonly clock: VirtualClock;
  readonly #sleepers = new Set<() => void>();
  #stirs = 0;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  stir(): void {
    this.#stirs++;
    for (const wake of this.#sleepers) wake();
  }

  /** Everything happens within the clock's steps. */
  catchUp(): void {}

  vain(): void {
    this.clock.advance(this.clock.now + VAIN);
  }

  deadline(timeout: number): number {
    return this.clock.now + Math.ceil(timeout);
  }

  /**
   * Moves on to the next thing that happens, or to the deadline. False: it is over. Throws where nothing will ever happen,
   * which for a real program would be a sleep without end.
   */
  step(deadline: number): boolean {
    const { clock } = this;
    if (clock.now >= deadline) return false;
    const time = Math.min(clock.next, deadline);
    if (time === Infinity) throw new Error("deadlock: asleep without a timeout, and nothing is under way");
    clock.advance(time);
    this.stir();
    return true;
  }

  async until(ready: () => boolean, timeout: number, cancel: AbortSignal): Promise<void> {
    const deadline = this.deadline(timeout);
    const alarm = new Alarm();
    if (deadline !== Infinity) this.clock.schedule(alarm, deadline);
    try {
      while (!cancel.aborted && !ready() && this.clock.now < deadline) await this.#turn(cancel);
    } finally {
      this.clock.cancel(alarm);
    }
  }

  async #turn(cancel: AbortSignal): Promise<void> {
    const stirs = this.#stirs;
    await turn();
    if (cancel.aborted || stirs !== this.#stirs) return;
    if (this.clock.next === Infinity) return this.#stirred(cancel);
    this.clock.advance(this.clock.next);
    this.stir();
  }

  /** Nothing is under way: what happens next is somebody's doing. */
  async #stirred(cancel: AbortSignal): Promise<void> {
    await new Promise<void>((resume) => {
      const wake = () => {
        this.#sleepers.delete(wake);
        cancel.removeEventListener("abort", wake);
        resume();
      };
      this.#sleepers.add(wake);
      cancel.addEventListener("abort", wake);
    });
  }
}
