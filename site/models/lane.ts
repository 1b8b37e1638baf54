/** What a program does, and when: its row in the picture. */

/**
 * - "asleep": a call sleeps
 * - "computes": the program does its own work
 * - "asks": it does, and calls recv in between, which fails with EAGAIN
 * - "copies": recv copies
 * - "host-copies": the host copies, while the program computes
 */
export type Doing = "asleep" | "computes" | "asks" | "copies" | "host-copies";

/** Doing the same from one moment to another, in milliseconds. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly doing: Doing;
}

/** A call of the program, or a piece of work, at a moment. */
export interface Count {
  readonly at: number;
  readonly what: "recv" | "EAGAIN" | "computed";
}

export class Lane {
  readonly stretches: Stretch[] = [];
  readonly counts: Count[] = [];

  /** Adds a stretch, which continues the last one if it is of the same kind. */
  add(doing: Doing, from: number, to: number): void {
    const last = this.stretches.at(-1);
    if (last?.doing === doing && last.to === from) this.stretches[this.stretches.length - 1] = { ...last, to };
    else this.stretches.push({ from, to, doing });
  }

  count(what: Count["what"], at: number): void {
    this.counts.push({ what, at });
  }
}
