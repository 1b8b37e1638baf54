/** What a Linux kernel gave for each step of the lessons' sessions. tests/site/kernel-answers.test.ts records and compares it. */
import type { Outcome } from "../session/actions.ts";
import recorded from "./linux.json" with { type: "json" };

interface Recorded {
  /** `uname -r`. */
  readonly kernel: string;
  /** The day of the record: 2026-01-31. */
  readonly date: string;
  /** By the lesson's id: one answer for each step of its session; null for a step that is not a call of the server's program. */
  readonly answers: Readonly<Record<string, readonly (Outcome | null)[]>>;
}

export const LINUX: Recorded = recorded;
