/** What a lesson is: one screen of the page, over one session. */
import type { Action } from "../session/actions.ts";

/** The regions of the page. */
export type Pane = "sockets" | "instance" | "memory" | "code" | "log" | "models" | "costs" | "repair";

export type Language = "en" | "zh";

/** A lesson of the page. Its words are those of a chapter: `parseChapter` in chapter.ts. */
export interface Lesson {
  /** Names the lesson in an address: `#level-and-edge`. Never changes. */
  readonly id: string;
  /** Name of the chapter's file in docs/course/en and docs/course/zh, without ".md". */
  readonly chapter: string;
  /** The open panes; the first is the one to look at. */
  readonly panes: readonly Pane[];
  /** Options of `Session.open`. */
  readonly network: { readonly seed?: number; readonly bufferSize?: number; readonly latencyMs?: number };
  /** What the session plays. Empty for a lesson without a session of its own (the models, the repairs). */
  readonly actions: readonly Action[];
  /**
   * The step at which the page stops and asks the chapter's question: the number of actions done before. The steps after
   * it answer the question.
   */
  readonly ask: number;
  /** Places worth jumping to, after the answer: a step, and what it shows. */
  readonly moments: readonly Moment[];
  /** Exercises of the lesson, by their id in site/lab. */
  readonly exercises: readonly string[];
}

/** A step to look at. */
export interface Moment {
  /** The number of actions done. */
  readonly step: number;
  /** A sentence in both languages. */
  readonly text: Readonly<Record<Language, string>>;
}
