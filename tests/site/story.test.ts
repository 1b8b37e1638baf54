/** Stories of `pollux run --explain=json` as the page reads them: real ones, and hostile ones. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { INSTANCE_FD_BASE as EP } from "../../assembly/abi/epoll.ts";
import { instancesAfter, ofInterest } from "../../site/story/instances.ts";
import { MAX_CHARACTERS, MAX_EVENTS, readStory, StoryError } from "../../site/story/reader.ts";
import type { StoryEvent } from "../../wasi-host/internal-story.ts";
import { recordedRun } from "./recorded-run.ts";

const START: StoryEvent = { event: "start", version: 1, program: "server.wasm", level: "engine" };
const WAIT: StoryEvent = {
  ...{ event: "epoll_wait", epfd: EP, timeout: -1, max: 8, slept: 1, before: [3], wakeups: [], result: 1 },
  reported: [{ fd: 3, events: "IN", trigger: "level", why: "woken", news: "IN" }],
  ...{ omitted: [{ fd: 4, why: "drained" }], after: [3, 4], watches: 2, asleep: 0, silenced: 0 },
};

const textOf = (...events: object[]) => events.map((event, t) => `${JSON.stringify({ t, ...event })}\n`).join("");

function errorOf(source: string): string {
  try {
    readStory(source);
  } catch (error) {
    if (error instanceof StoryError) return error.message;
    throw error;
  }
  return "none";
}

describe("a story of the command", () => {
  let source: string;
  beforeAll(async () => {
    source = await recordedRun();
  });

  it("has every event, with its program and level", () => {
    const { program, level, steps, otherLines, isCut } = readStory(source);
    expect([program, level, otherLines, isCut]).toEqual(["dist/programs/echo-epoll.wasm", "engine", 0, false]);
    expect(steps.map((step) => JSON.stringify(step))).toEqual(
      source
        .trimEnd()
        .split("\n")
        .map((line) => JSON.stringify(JSON.parse(line))),
    );
  });

  it("gives the ready list and the watches after each step", () => {
    const { steps } = readStory(source);
    for (const [index, step] of steps.entries()) {
      if (step.event !== "epoll_wait") continue;
      const [{ epfd, ready, watches }] = instancesAfter(steps, index + 1);
      expect([epfd, ready, watches.length]).toEqual([step.epfd, step.after, step.watches]);
    }
    expect(instancesAfter(steps, steps.length)[0].watches.map(({ fd, events }) => `${fd}:${events}`)).toEqual(
      expect.arrayContaining(["3:IN"]),
    );
  });

  it("that is changed anywhere is a story or a StoryError", () => {
    const change = fc.record({
      at: fc.nat(source.length),
      length: fc.nat(40),
      text: fc.constantFrom("", "{", "}", '"', "null", "-1", "[[", "\n", "1e999", '"<b>"', "\u202e", "{}"),
    });
    fc.assert(
      fc.property(change, ({ at, length, text }) => {
        const changed = source.slice(0, at) + text + source.slice(at + length);
        expect(errorOf(changed)).toMatch(/^(none|line \d+|field \d+ [\w.]+|no-start \d+|other( \d+)?|version)$/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a text that is not a story", () => {
  it.each([
    ["empty", "", "empty"],
    ["blank", " \n\n", "empty"],
    ["too long", " ".repeat(MAX_CHARACTERS + 1), "too-long"],
    ["too many events", textOf(START, ...Array(MAX_EVENTS).fill({ event: "exit", status: 0 })), "too-many"],
    ["the text of --explain", "  0.0035  a.wasm, told by the engine's calls and state\n", "text"],
    ["another file", "GIF89a", "other"],
    ["other JSON", '{"name": "pollux"}', "other"],
    ["an array", JSON.stringify([START]), "other"],
    ["without its start", textOf(WAIT), "no-start 1"],
    ["of another version", textOf({ ...START, version: 2 }), "version"],
    ["with a damaged line", `${textOf(START)}{"t": 1, "event\n${textOf(WAIT)}`, "line 2"],
    ["cut in its first line", textOf(START).slice(0, 30), "line 1"],
    ["with a number for a name", textOf({ ...START, program: 5 }), "field 1 start.program"],
    ["without a time", textOf(START) + JSON.stringify(WAIT), "field 2 epoll_wait.t"],
    ["with a time before its start", textOf(START, { ...WAIT, t: -1 }), "field 2 epoll_wait.t"],
    ["with text for a list", textOf(START, { ...WAIT, before: "3" }), "field 2 epoll_wait.before"],
    ["with null in a list", textOf(START, { ...WAIT, reported: [null] }), "field 2 epoll_wait.reported"],
    [
      "with an unknown reason",
      textOf(START, { ...WAIT, omitted: [{ fd: 3, why: "toString" }] }),
      "field 2 epoll_wait.omitted",
    ],
    ["with a huge list", textOf(START, { ...WAIT, before: Array(30_000).fill(3) }), "field 2 epoll_wait.before"],
    ["with a fraction for a descriptor", textOf(START, { event: "accept", fd: 3.5, result: 4 }), "field 2 accept.fd"],
  ])("%s gives its code", (_, source, code) => {
    expect(errorOf(source)).toBe(code);
  });
});

describe("a story", () => {
  it("leaves out lines of the program's output", () => {
    const { steps, otherLines } = readStory(`${textOf(START)}listening on 127.0.0.1:8080\n\n${textOf(WAIT)}`);
    expect([steps.length, otherLines]).toEqual([2, 1]);
  });

  it("that is cut in its last line is shown without it", () => {
    const { steps, isCut } = readStory(textOf(START, WAIT, WAIT).slice(0, -20));
    expect([steps.length, isCut]).toEqual([2, true]);
  });

  it("keeps events of later versions by their names, and names like those of Object's own", () => {
    const { steps } = readStory(
      textOf(START, { event: "timer", ms: 5 }, { event: "constructor" }, { event: "__proto__" }),
    );
    expect(steps.slice(1)).toEqual([
      { event: "unknown", name: "timer", t: 1 },
      { event: "unknown", name: "constructor", t: 2 },
      { event: "unknown", name: "__proto__", t: 3 },
    ]);
  });

  it("shows unseen characters as dots, and ends long names", () => {
    const { program } = readStory(textOf({ ...START, program: `a\u202e\u0007\u200b${"b".repeat(1000)}` }));
    expect(program).toMatch(/^a···b{396}…$/);
  });

  it("forgets the watches of a closed descriptor, of a closed instance, and of EPOLL_CTL_DEL", () => {
    const add = (fd: number): StoryEvent => ({
      event: "epoll_ctl",
      epfd: EP,
      op: "ADD",
      fd,
      events: "IN",
      result: 0,
      queued: true,
    });
    const events: StoryEvent[] = [
      ...[START, { event: "epoll_create", result: EP } as const, add(3), add(4), add(5)],
      { event: "epoll_ctl", epfd: EP, op: "DEL", fd: 3, events: "0", result: 0, queued: false },
      { event: "epoll_ctl", epfd: EP, op: "ADD", fd: 9, events: "IN", result: "EBADF", queued: false },
      { event: "close", fd: 4, result: 0 },
      { event: "epoll_close", epfd: EP, result: 0 },
    ];
    const { steps } = readStory(textOf(...events));
    expect(instancesAfter(steps, 5)).toEqual([
      { epfd: EP, ready: [3, 4, 5], watches: [3, 4, 5].map((fd) => ({ fd, events: "IN" })) },
    ]);
    expect(instancesAfter(steps, 8)).toEqual([{ epfd: EP, ready: [5], watches: [{ fd: 5, events: "IN" }] }]);
    expect(instancesAfter(steps, 9)).toEqual([]);
  });

  it("shows the instance of a step first, then those with watches, and counts the others", () => {
    const created = Array.from(
      { length: 100 },
      (_, index): StoryEvent => ({ event: "epoll_create", result: EP + index }),
    );
    const add = (epfd: number): StoryEvent => ({
      ...{ event: "epoll_ctl", epfd, op: "ADD", fd: 3 },
      ...{ events: "IN", result: 0, queued: false },
    });
    const { steps } = readStory(textOf(START, ...created, add(EP + 70), add(EP + 90), { ...WAIT, epfd: EP + 80 }));
    const at = (count: number) => {
      const { shown, others } = ofInterest(instancesAfter(steps, count), steps[count - 1]);
      return [shown.map(({ epfd }) => epfd - EP), others];
    };
    expect(at(51)).toEqual([[49], 49]);
    expect(at(103)).toEqual([[90, 70], 98]);
    expect(at(104)).toEqual([[80, 70, 90], 97]);
  });
});
