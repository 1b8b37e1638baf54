/** The lessons of the page: what their sessions give is what their chapters say. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EXERCISES } from "../../site/lab/exercises.ts";
import { LESSONS } from "../../site/lessons/index.ts";
import { Session } from "../../site/session/session.ts";
import type { LogEntry } from "../../site/session/snapshot.ts";
import { core } from "./core-module.ts";

/** Plays a lesson to its end. */
async function play(id: string): Promise<readonly LogEntry[]> {
  const lesson = LESSONS.find((candidate) => candidate.id === id)!;
  const session = await Session.open(core, lesson.network);
  for (const action of lesson.actions) session.act(action);
  return session.log;
}

/** What the steps from `from` on gave: a value, an errno, or the descriptors that a wait reported. */
const gave = (log: readonly LogEntry[], from: number) =>
  log.slice(from).map(({ action, outcome }) => {
    const { value, errno, events, asleep } = outcome;
    return `${action.call}: ${errno ?? (events?.map(({ fd }) => fd).join(" ") || (asleep ? "asleep" : value))}`;
  });

describe.each(LESSONS)("lesson $id", (lesson) => {
  it("has a chapter in both languages, in the course's order", () => {
    expect(lesson.chapter).toBe(`${LESSONS.indexOf(lesson) + 1}-${lesson.id}`);
    for (const language of ["en", "zh"]) expect(existsSync(`docs/course/${language}/${lesson.chapter}.md`)).toBe(true);
  });

  it("asks before its last step, and its moments are steps in order", async () => {
    const { length } = await play(lesson.id);
    expect(lesson.ask).toBeLessThan(length);
    const steps = lesson.moments.map(({ step }) => step);
    expect(steps).toEqual([...new Set(steps)].sort((first, second) => first - second));
    expect(steps[0]).toBeGreaterThan(0);
    expect(steps.at(-1)).toBeLessThanOrEqual(length);
    for (const { text } of lesson.moments) expect(text.zh).toMatch(/\p{Script=Han}/u);
  });
});

it("the exercises of the lessons are those of the lab, in their order", () => {
  expect(LESSONS.flatMap(({ exercises }) => exercises)).toEqual(EXERCISES.map(({ id }) => id));
});

it("two-phases: EAGAIN before the data, all of it after the sender has left, then the end", async () => {
  const log = await play("two-phases");
  expect(gave(log, 3)).toEqual([
    "recv: EAGAIN",
    ...["client_send: 5", "client_close: 0"],
    ...["recv: 3", "recv: 2", "recv: 0"],
  ]);
});

it("five-models: the second client's bytes do not end the wait for the first", async () => {
  const log = await play("five-models");
  expect(gave(log, 4)).toEqual([
    ...["poll: asleep", "client_send: 5", "advance: 0", "client_close: 0", "wake: 4"],
    ...["recv: 0", "close: 0", "accept: 4", "recv: 5"],
  ]);
});

it("select: finds two with data and one that has left, and again what was not read", async () => {
  const log = await play("select");
  expect(gave(log, 17)).toEqual([
    ...["recv: EAGAIN", "client_send: 5", "client_send: 5", "client_close: 0"],
    ...["select: 5 8 10", "recv: 0", "recv: 5", "select: 8 10"],
  ]);
});

it("poll: answers the same twice, and NVAL for a closed descriptor", async () => {
  const log = await play("poll");
  expect(gave(log, 9)).toEqual(["poll: 4 5", "poll: 4 5", "recv: 5", "close: 0", "poll: 5"]);
});

it("epoll: reports the two of 1,000 in the order of their arrival", async () => {
  const log = await play("epoll");
  expect(gave(log, 8)).toEqual([
    ...["crowd: 998", "epoll_wait: 0", "client_send: 5", "client_send: 5"],
    ...["epoll_wait: 5 4", "recv: 5", "recv: 5", "epoll_wait: 0"],
  ]);
});

it("level-and-edge: the waits return what the chapter's program prints", async () => {
  const chapter = readFileSync("docs/course/en/6-level-and-edge.md", "utf8");
  const printed = [...chapter.matchAll(/ level: (\d) {2}edge: (\d)$/gm)].flatMap(([, level, edge]) => [level, edge]);
  const waits = (await play("level-and-edge")).filter(({ action }) => action.call === "epoll_wait");
  expect(waits.map(({ outcome }) => String(outcome.value))).toEqual(printed);
  expect(printed).toHaveLength(10);
});

it("repair: the server sleeps on unread bytes until EPOLL_CTL_MOD", async () => {
  const log = await play("repair");
  expect(gave(log, 6)).toEqual([
    ...["epoll_wait: 4", "recv: 4", "send: 4"],
    ...["epoll_wait: asleep", "epoll_ctl: 0", "wake: 4"],
  ]);
});

it("sandbox: a one-shot watch is silent until EPOLL_CTL_MOD", async () => {
  const log = await play("sandbox");
  expect(gave(log, 6)).toEqual([
    ...["epoll_wait: 4", "recv: 10", "client_send: 5"],
    ...["epoll_wait: asleep", "epoll_ctl: 0", "wake: 4"],
  ]);
});
