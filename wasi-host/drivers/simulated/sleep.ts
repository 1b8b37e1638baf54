/**
 * Sleep in virtual time: the clock jumps to the next event. An asynchronous sleep lets other callers run first. Time passes
 * only if none of them did anything.
 */
import { turn } from "../../runtime/event-loop.ts";
import type { Sleep } from "../endpoints/sleep.ts";
import { Scheduled, type VirtualClock } from "./clock.ts";

/** Nanoseconds that pass when a call finds nothing ready, so that a polling loop makes progress. */
const VAIN = 1_000;

/** Ends an asynchronous sleep. */
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

  beforeCall(): void {
    this.#stirs++;
    for (const wake of this.#sleepers) wake();
  }

  /** Everything happens in the clock's steps. */
  update(): void {}

  onWouldBlock(): void {
    this.clock.advance(this.clock.now + VAIN);
  }

  deadline(timeout: number): number {
    return this.clock.now + Math.ceil(timeout);
  }

  /**
   * Advances to the next event, or to the deadline. Returns false at the deadline. Throws if no event will ever happen: a real
   * program would sleep for ever.
   */
  step(deadline: number): boolean {
    const { clock } = this;
    if (clock.now >= deadline) return false;
    const time = Math.min(clock.next, deadline);
    if (time === Infinity) throw new Error("deadlock: a wait without a timeout, and nothing is in transit");
    clock.advance(time);
    this.beforeCall();
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
    this.beforeCall();
  }

  /** Nothing is scheduled: the next event comes from a caller. */
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
