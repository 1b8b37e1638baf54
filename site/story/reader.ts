/**
 * Reads what `pollux run --explain=json` has written: one JSON object for each event (docs/explain.md). The text comes from a file of the
 * reader's, so that nothing in it is trusted: it can be cut, of another kind, or made to mislead.
 */
import type { Timed } from "../../wasi-host/internal-story.ts";

/** Characters of a file, events of a story, and members of one list. */
export const MAX_CHARACTERS = 16_000_000;
export const MAX_EVENTS = 20_000;
const MAX_MEMBERS = 20_000;
/** Characters of a name or of data. */
const MAX_NAME = 400;
const VERSION = 1;

/** An event of a later version: only its name is known. */
export interface UnknownEvent {
  readonly event: "unknown";
  readonly name: string;
  readonly t: number;
}

export type StoryStep = Timed | UnknownEvent;

export interface Story {
  readonly program: string;
  /** How much of the program is known. */
  readonly level: "engine" | "calls" | "component";
  readonly steps: readonly StoryStep[];
  /** Lines that are no events: output of the program that stands between them. */
  readonly otherLines: number;
  /** The last line ends in the middle: it is left out. */
  readonly isCut: boolean;
}

/**
 * - empty: nothing is in it
 * - too-long, too-many: more characters or events than a page can show
 * - text: the story as text, of `--explain` without `=json`
 * - other: no story
 * - no-start: a story without its beginning
 * - version: of another version
 * - line: a line cannot be read
 * - field: an event lacks a field, or has another type of value in it
 */
export type StoryErrorCode =
  | "empty"
  | "too-long"
  | "too-many"
  | "text"
  | "other"
  | "no-start"
  | "version"
  | "line"
  | "field";

/** The text is not a story. */
export class StoryError extends Error {
  override readonly name = "StoryError";
  readonly code: StoryErrorCode;
  /** From 1; undefined for what is wrong with the whole. */
  readonly line: number | undefined;
  /** `epoll_wait.reported`. */
  readonly field: string | undefined;

  constructor(code: StoryErrorCode, line?: number, field?: string) {
    super([code, line, field].filter((part) => part !== undefined).join(" "));
    this.code = code;
    this.line = line;
    this.field = field;
  }
}

type Check = (value: unknown) => boolean;

const number: Check = (value) => typeof value === "number" && Number.isFinite(value);
const text: Check = (value) => typeof value === "string";
const flag: Check = (value) => typeof value === "boolean";
const descriptor: Check = (value) => Number.isInteger(value) && (value as number) >= -1;
const result: Check = (value) => number(value) || text(value);
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length <= MAX_MEMBERS && value.every(check);
const one =
  (...words: string[]): Check =>
  (value) =>
    words.includes(value as string);
const record =
  (fields: Fields): Check =>
  (value) =>
    typeof value === "object" && value !== null && wrongField(fields, value as Record<string, unknown>) === undefined;

type Fields = Readonly<Record<string, Check>>;

function wrongField(fields: Fields, value: Readonly<Record<string, unknown>>): string | undefined {
  return Object.keys(fields).find((name) => !fields[name](Object.hasOwn(value, name) ? value[name] : undefined));
}

const fds = list(descriptor);
const readiness: Fields = { fd: descriptor, events: text };
const sets = record({ read: fds, write: fds, except: fds });
const subscribed: Check = (value) => record({ fd: descriptor, for: text })(value) || record({ clock: text })(value);
const pollable = record({ pollable: number, of: text });
const report = record({
  ...readiness,
  trigger: one("level", "edge", "one-shot"),
  why: one("woken", "still-ready", "ready-when-added", "nested", "found-ready"),
  news: maybe(text),
  inside: maybe(fds),
});
const omission = record({
  fd: descriptor,
  why: one(...["no-longer-ready", "max-events", "drained", "silenced", "not-asked", "taken", "edge-unread"]),
  news: maybe(text),
});
const transfer: Fields = { fd: descriptor, asked: number, result, data: text };

/** The fields of each event, as wasi-host/story/events.ts has them. */
const EVENTS: Readonly<Record<Timed["event"], Fields>> = {
  start: { version: number, program: text, level: one("engine", "calls", "component") },
  asleep: { call: text, epfd: maybe(descriptor), unread: fds },
  epoll_create: { result },
  epoll_ctl: { epfd: descriptor, op: text, fd: descriptor, events: text, result, queued: flag },
  epoll_close: { epfd: descriptor, result },
  epoll_wait: {
    ...{ epfd: descriptor, timeout: number, max: number, slept: number, result },
    ...{ before: fds, after: fds, wakeups: list(record(readiness)), reported: list(report), omitted: list(omission) },
    ...{ watches: number, asleep: number, silenced: number },
  },
  poll: { timeout: number, slept: number, entries: list(record(readiness)), result, ready: list(record(readiness)) },
  select: { limit: number, timeout: number, slept: number, sets, result, ready: sets },
  poll_oneoff: { slept: number, waits: list(subscribed), result, ready: list(subscribed) },
  pollables: { slept: number, waits: list(pollable), ready: list(pollable) },
  accept: { fd: descriptor, result },
  receive: transfer,
  send: transfer,
  close: { fd: descriptor, result },
  call: { call: text, result: text },
  exit: { status: number },
};

/** Characters that are not seen, or that change the order of those around them. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const plain = (value: string): string => {
  const seen = value.replace(UNSEEN, "·");
  return seen.length <= MAX_NAME ? seen : `${seen.slice(0, MAX_NAME)}…`;
};

/**
 * Reads a story.
 *
 * @param source - the file's text
 * @throws StoryError if it is none
 */
export function readStory(source: string): Story {
  if (source.length > MAX_CHARACTERS) throw new StoryError("too-long");
  if (source.trim() === "") throw new StoryError("empty");
  const lines = source.replace(/^\ufeff/, "").split(/\r?\n/);
  const steps: StoryStep[] = [];
  let otherLines = 0;
  let isCut = false;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    if (!line.trimStart().startsWith("{")) {
      otherLines++;
      continue;
    }
    const value = parsed(line);
    if (value === undefined) {
      // A program that was stopped may leave its last line unfinished.
      if (index !== lines.length - 1 || steps.length === 0) throw new StoryError("line", index + 1);
      isCut = true;
      continue;
    }
    if (steps.length === 0) checkStart(value, index + 1);
    if (steps.length === MAX_EVENTS) throw new StoryError("too-many");
    steps.push(stepOf(value, index + 1));
  }
  const [start] = steps;
  if (start?.event !== "start")
    throw new StoryError(/, told by (the engine's calls|its calls) /.test(source) ? "text" : "other");
  return { program: start.program, level: start.level, steps, otherLines, isCut };
}

/** Undefined for what is no JSON. */
function parsed(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line, (_, value) => (typeof value === "string" ? plain(value) : value));
  } catch {
    return undefined;
  }
}

function checkStart(value: Readonly<Record<string, unknown>>, line: number): void {
  if (typeof value.event !== "string" || !number(value.t)) throw new StoryError("other");
  if (value.event !== "start") throw new StoryError(Object.hasOwn(EVENTS, value.event) ? "no-start" : "other", line);
  if (value.version !== VERSION) throw new StoryError("version");
}

function stepOf(value: Readonly<Record<string, unknown>>, line: number): StoryStep {
  const { event, t } = value;
  if (typeof event !== "string") throw new StoryError("field", line, "event");
  if (!number(t) || (t as number) < 0) throw new StoryError("field", line, `${event}.t`);
  if (!Object.hasOwn(EVENTS, event)) return { event: "unknown", name: event, t: t as number };
  const wrong = wrongField(EVENTS[event as Timed["event"]], value);
  if (wrong !== undefined) throw new StoryError("field", line, `${event}.${wrong}`);
  return value as unknown as Timed;
}
