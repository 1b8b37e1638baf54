/** A story in a terminal. */
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { hasColours } from "../../../../src/cli/colours.ts";
import { Narrator } from "../../../../src/cli/explain/narrator.ts";
import type { EpollWait, StoryEvent } from "../../../../wasi-host/internal-story.ts";

const EP = 0x4000_0000;
const WAIT: EpollWait = {
  ...{ event: "epoll_wait", epfd: EP, timeout: -1, max: 8, slept: 12.5 },
  ...{ before: [9], wakeups: [{ fd: 5, events: "IN|RDHUP" }], result: 2 },
  reported: [
    { fd: 5, events: "IN|RDHUP", trigger: "edge", why: "woken", news: "IN|RDHUP" },
    { fd: EP + 1, events: "IN", trigger: "level", why: "nested", inside: [7, 8] },
  ],
  omitted: [{ fd: 9, why: "no-longer-ready" }],
  ...{ after: [EP + 1], watches: 1001, asleep: 999, silenced: 0 },
};

function told(events: readonly StoryEvent[], columns = 80, coloured = false): string {
  let text = "";
  const narrator = new Narrator(columns, coloured, (part) => (text += part));
  for (const event of events) narrator.tell({ t: 1234.5, ...event } as StoryEvent & { t: number });
  return text;
}

describe("a wait", () => {
  it("is its events, the ready list before and after, and a reason for each watch", () => {
    expect(told([WAIT])).toBe(
      [
        "   1.2345  epoll_wait ep0, slept 12.5 ms → 5:IN|RDHUP ep1:IN, 999 others asleep",
        "           ready list [9] woken 5:IN|RDHUP → [ep1]",
        "           5:IN|RDHUP  edge: woken by IN|RDHUP, leaves the list (only something",
        "             new brings it back)",
        "           ep1:IN  level: an instance with [7 8] on its ready list, stays on the",
        "             list (the next wait looks again)",
        "           9  not reported: not ready any more in its turn: leaves the list",
        "",
      ].join("\n"),
    );
  });

  it("explains a trigger only once", () => {
    expect(told([WAIT, WAIT]).match(/only something/g)).toHaveLength(1);
  });

  it("is shown before its event when the program falls asleep in it", () => {
    let text = "";
    const narrator = new Narrator(80, false, (part) => (text += part));
    narrator.asleep("epoll_wait", EP, 1000);
    expect(text).toBe("   1.0000  epoll_wait ep0,");
    narrator.asleep("epoll_wait", EP, 1001); // woken for another instance
    narrator.tell({ t: 2000, ...WAIT, reported: [], omitted: [], wakeups: [], result: 0, asleep: 1001 });
    expect(text).toBe(
      "   1.0000  epoll_wait ep0, slept 12.5 ms → nothing, 1001 asleep\n           ready list [9] → [ep1]\n",
    );
    narrator.tell({ t: 2500, event: "asleep", call: "epoll_wait", epfd: EP, unread: [5, 9] });
    expect(text).toMatch(
      /\n {11}edges \[5 9\] were reported before, and not read until EAGAIN since:\n {13}only new data wakes them\n$/,
    );
    narrator.asleep("accept", 3, 3000);
    narrator.tell({ t: 4000, event: "exit", status: 1 });
    expect(text).toMatch(/\n {3}3\.0000 {2}accept 3\n {3}4\.0000 {2}exit 1\n$/);
  });

  it.each([50, 60, 80, 120])("fits a terminal of %d columns, however many watches there are", (columns) => {
    const many = Array.from({ length: 60 }, (_, index) => index + 3);
    const reported = many.map(
      (fd) => ({ fd, events: "IN|OUT|ERR|HUP|RDHUP", trigger: "one-shot", why: "woken", news: "IN" }) as const,
    );
    const wait: EpollWait = { ...WAIT, before: many, after: many, wakeups: reported, reported, result: 60 };
    const call = `sock_connect(fd=5, address=${"x".repeat(300)}, port=80)`;
    const text = told([wait, { event: "call", call, result: "0" }], columns);
    for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(columns);
    expect(text).toContain("… 52 more");
  });
});

describe("colours", () => {
  it("take no columns, and nothing is said by colour alone", () => {
    const coloured = told([WAIT], 80, true);
    expect(coloured).toContain("\x1b[");
    expect(stripVTControlCharacters(coloured)).toBe(told([WAIT]));
  });

  it("are for terminals that have some: NO_COLOR and pipes have none", () => {
    expect(hasColours({ isTTY: true, hasColors: () => true } as never)).toBe(true);
    expect(hasColours({ isTTY: true, hasColors: () => false } as never)).toBe(false);
    expect(hasColours({})).toBe(false);
  });
});

it("tells each kind of event in a line", () => {
  const events: StoryEvent[] = [
    { event: "start", version: 1, program: "a.wasm", level: "engine" },
    { event: "epoll_create", result: EP },
    { event: "epoll_ctl", epfd: EP, op: "ADD", fd: 5, events: "IN|ET", result: 0, queued: true },
    { event: "epoll_ctl", epfd: EP, op: "MOD", fd: 5, events: "IN", result: "ENOENT", queued: false },
    { event: "epoll_ctl", epfd: EP, op: "DEL", fd: 5, events: "0", result: 0, queued: false },
    { event: "epoll_close", epfd: EP, result: 0 },
    {
      event: "poll",
      timeout: -1,
      slept: 0,
      entries: [
        { fd: 3, events: "IN" },
        { fd: 4, events: "OUT" },
      ],
      result: 1,
      ready: [{ fd: 4, events: "OUT" }],
    },
    {
      event: "select",
      limit: 8,
      timeout: 0,
      slept: 0,
      sets: { read: [3], write: [4], except: [] },
      result: 0,
      ready: { read: [], write: [], except: [] },
    },
    {
      event: "poll_oneoff",
      slept: 2000,
      waits: [{ fd: 3, for: "read" }, { clock: "after 1s" }],
      result: 1,
      ready: [{ fd: 3, for: "read", hangup: true }],
    },
    { event: "pollables", slept: 1, waits: [{ pollable: 4, of: "tcp-socket 2" }], ready: [] },
    { event: "accept", fd: 3, result: "EAGAIN" },
    { event: "receive", fd: 5, asked: 10, result: 0, data: '""' },
    { event: "send", fd: 5, asked: 2, result: 2, data: '"hi"' },
    { event: "close", fd: 5, result: 0 },
  ];
  const lines = told(events, 120)
    .split("\n")
    .map((line) => line.replace("   1.2345  ", ""));
  expect(lines).toEqual([
    "a.wasm, told by the engine's calls and state",
    "epoll_create → ep0",
    "epoll_ctl ep0 ADD 5 IN|ET → ready now, queued",
    "epoll_ctl ep0 MOD 5 IN → ENOENT",
    "epoll_ctl ep0 DEL 5 → 0",
    "epoll_close ep0 → 0",
    "poll, no sleep on 3:IN 4:OUT → 4:OUT, 1 not ready",
    "select, no sleep on read [3] write [4] → nothing",
    "poll_oneoff, slept 2.00 s on 3:read clock after 1s → 3:read|hangup, 1 not ready",
    "poll, slept 1.0 ms on 4:tcp-socket 2 → nothing, 1 not ready",
    "accept 3 → EAGAIN",
    "receive 5 up to 10 bytes → 0 end of stream",
    'send 5 2 bytes → 2 "hi"',
    "close 5",
    "",
  ]);
});
