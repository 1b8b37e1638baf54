/**
 * `--explain=json` beside a program's own record of the same waits: the program makes random calls of epoll, and prints the
 * engine's state before and after each, which it reads through the engine's own classes (tests/runtimes/guests/recorded-waits.ts).
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { READINESS } from "../../assembly/abi/events.ts";
import type { Asleep, EpollCtl, EpollWait, Readiness, StoryEvent } from "../../wasi-host/internal-story.ts";
import { Run } from "../hosts/command.ts";

const GUEST = "dist/tests/recorded-waits.wasm";
const CONNECTIONS = 6;
const [ET, ONESHOT, EXCLUSIVE] = [0x8000_0000, 0x4000_0000, 0x1000_0000];
const [IDLE, QUEUED, SILENT] = [0, 1, 2];
const ALWAYS = 0x18;
const INSTANCES = 0x4000_0000;
const EAGAIN = -6;

const folder = mkdtempSync(path.join(tmpdir(), "pollux-explain-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface State {
  events: number;
  state: number;
  drained: boolean;
}
interface WaitRecord {
  kind: "wait";
  epfd: number;
  timeout: number;
  max: number;
  result: number;
  before: number[];
  events: { fd: number; bits: number }[];
  after: number[];
  statesBefore: Map<number, State>;
  statesAfter: Map<number, State>;
}
interface CtlRecord {
  kind: "ctl";
  epfd: number;
  op: string;
  fd: number;
  result: number;
  queued: boolean;
}
interface RecvRecord {
  kind: "recv";
  fd: number;
  asked: number;
  result: number;
}
type Line = WaitRecord | CtlRecord | RecvRecord;

/** The program's lines, and its story. What it sends on one connection comes back on its neighbour. */
async function recorded(seed: number, driver: string): Promise<{ lines: Line[]; story: StoryEvent[] }> {
  const file = path.join(folder, `${seed}-${driver}.jsonl`);
  const run = new Run(
    ...["run", "--explain=json", "--explain-file", file, "--driver", driver, "--listen", "127.0.0.1:0"],
    ...[GUEST, String(seed), "400"],
  );
  const [, port] = await run.printed(/listening on 127\.0\.0\.1:(\d+)\n/);
  const peers: net.Socket[] = [];
  for (let index = 0; index < CONNECTIONS; index++) {
    const peer = net.connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true }).on("error", () => {});
    await new Promise((resolve) => peer.once("connect", resolve));
    peers.push(peer);
  }
  for (const [index, peer] of peers.entries()) peer.pipe(peers[index ^ 1]);
  const { out, error, status } = await run.ended;
  for (const peer of peers) peer.destroy();
  expect([status, error.replace(/^listening on .*\n/, "")]).toEqual([0, ""]);
  const story = readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as StoryEvent);
  return { lines: out.trimEnd().split("\n").map(parsed), story };
}

function parsed(line: string): Line {
  const [kind, ...numbers] = line.split("|")[0].split(" ");
  const [first, second, third, fourth, fifth, sixth] = numbers.map(Number);
  if (kind === "recv") return { kind, fd: first, asked: second, result: third };
  if (kind === "ctl") {
    const op = ["", "ADD", "DEL", "MOD"][second];
    return { kind, epfd: first, op, fd: third, result: fifth, queued: sixth === 1 };
  }
  const [, before, events, after, statesBefore, statesAfter] = line.split("|").map((part) =>
    part
      .trim()
      .split(" ")
      .filter((text) => text !== ""),
  );
  return {
    kind: "wait",
    ...{ epfd: first, timeout: second, max: third, result: fourth },
    before: before.map(Number),
    events: events.map((text) => {
      const [fd, bits] = text.split(":").map(Number);
      return { fd, bits };
    }),
    after: after.map(Number),
    ...{ statesBefore: statesOf(statesBefore), statesAfter: statesOf(statesAfter) },
  };
}

function statesOf(texts: readonly string[]): Map<number, State> {
  return new Map(
    texts.map((text) => {
      const [fd, events, state, drained] = text.split(":").map(Number);
      return [fd, { events, state, drained: drained === 1 }];
    }),
  );
}

const BITS: Readonly<Record<string, number>> = { IN: 1, PRI: 2, OUT: 4, ERR: 8, HUP: 16, RDHUP: 0x2000 };
const bitsOf = (text: string) => text.split("|").reduce((all, name) => all | BITS[name], 0);

/** What the record alone says about the descriptors of an instance since their last reports. */
class Since {
  readonly added = new Set<number>();
  readonly kept = new Set<number>();
  readonly edges = new Set<number>();

  forget(fd: number): void {
    for (const set of [this.added, this.kept, this.edges]) set.delete(fd);
  }
}

describe.each(["posix", "net"])("driver %s", (driver) => {
  it.each([7, 11, 2026])("tells every wait as the engine's state has it, seed %d", async (seed) => {
    const { lines, story } = await recorded(seed, driver);
    const waits = story.filter((event): event is EpollWait & { t: number } => event.event === "epoll_wait");
    const controls = story.filter((event): event is EpollCtl & { t: number } => event.event === "epoll_ctl");
    const records = lines.filter((line) => line.kind === "wait");
    expect(waits.length).toBe(records.length);
    expect(records.length).toBeGreaterThan(50);
    expect(controls.map(({ epfd, op, fd, queued }) => ({ epfd, op, fd, queued }))).toEqual(
      lines.filter((line) => line.kind === "ctl").map(({ epfd, op, fd, queued }) => ({ epfd, op, fd, queued })),
    );

    const instances = new Map<number, Since>();
    const sinceOf = (epfd: number) => {
      if (!instances.has(epfd)) instances.set(epfd, new Since());
      return instances.get(epfd)!;
    };
    const unread = new Set<number>();
    const reasons = new Set<string>();
    const sleeps = new Set<boolean>();
    let next = 0;
    for (const line of lines) {
      if (line.kind === "recv") {
        if (line.result < line.asked || line.result === EAGAIN) unread.delete(line.fd);
      } else if (line.kind === "ctl") {
        if (line.result !== 0) continue;
        sinceOf(line.epfd).forget(line.fd);
        if (line.queued) sinceOf(line.epfd).added.add(line.fd);
      } else {
        const wait = waits[next++];
        const asleep = sleepOf(story, wait);
        if (asleep !== undefined) {
          expect(asleep).toMatchObject({
            epfd: line.epfd,
            unread: unreadOf(line.statesBefore, sinceOf(line.epfd), unread),
          });
          sleeps.add(asleep.unread.length > 0);
        }
        compare(wait, line, sinceOf(line.epfd), unread);
        for (const { why, trigger } of wait.reported) reasons.add(`${trigger} ${why}`);
        for (const { why } of wait.omitted) reasons.add(why);
      }
    }
    // It begins with an edge that it reads in part, and with a level that it reads late.
    expect([...reasons]).toEqual(expect.arrayContaining(["level still-ready", "level woken", "edge woken"]));
    expect(sleeps).toEqual(new Set([false, true]));
  });
});

/** The first sleep of a wait. */
function sleepOf(story: readonly StoryEvent[], wait: StoryEvent): Asleep | undefined {
  const end = story.indexOf(wait);
  const start = story.findLastIndex((event, index) => index < end && event.event !== "asleep");
  const [first] = story.slice(start + 1, end);
  return first?.event === "asleep" ? first : undefined;
}

function unreadOf(states: ReadonlyMap<number, State>, since: Since, unread: ReadonlySet<number>): number[] {
  return [...states]
    .filter(([fd, { events, state }]) => (events & ET) !== 0 && state === IDLE && since.edges.has(fd) && unread.has(fd))
    .map(([fd]) => fd);
}

function compare(wait: EpollWait, line: WaitRecord, since: Since, unread: Set<number>): void {
  const { statesBefore, statesAfter, events } = line;
  const others = [...statesAfter].filter(([fd]) => !events.some((event) => event.fd === fd));
  const counted = (state: number) => others.filter(([, watch]) => watch.state === state).length;
  expect({ ...wait, reported: wait.reported.map(({ fd, events }) => ({ fd, bits: bitsOf(events) })) }).toMatchObject({
    ...{ epfd: line.epfd, timeout: line.timeout, max: line.max, result: line.result },
    ...{ before: line.before, reported: events, after: line.after },
    ...{ watches: statesAfter.size, asleep: counted(IDLE), silenced: counted(SILENT) },
  });
  const woken = (fd: number) => wait.wakeups.some((wakeup: Readiness) => wakeup.fd === fd);
  for (const { fd, trigger, why } of wait.reported) {
    const before = statesBefore.get(fd)!;
    const flags = before.events;
    expect(trigger).toBe((flags & ONESHOT) !== 0 ? "one-shot" : (flags & ET) !== 0 ? "edge" : "level");
    const isStillReady = since.kept.has(fd) && before.state === QUEUED && !before.drained;
    if (fd >= INSTANCES) expect(why).toBe("nested");
    else if (isStillReady) expect(why).toBe("still-ready");
    // Nothing else can have queued it: wakeups are the only other cause over a ready file.
    else if (!since.added.has(fd) || before.state === IDLE) expect(why, JSON.stringify(wait)).toBe("woken");
    else expect(["woken", "ready-when-added"]).toContain(why);
    if (before.state === IDLE && fd < INSTANCES) expect(woken(fd)).toBe(true);
  }
  for (const [fd, after] of others) {
    const why = wait.omitted.find((omission) => omission.fd === fd)?.why;
    const wasQueued = statesBefore.get(fd)!.state === QUEUED;
    const isUnread = (after.events & ET) !== 0 && since.edges.has(fd) && unread.has(fd);
    if (after.state === SILENT) expect(why).toBe(woken(fd) ? "silenced" : undefined);
    else if (after.state === QUEUED)
      expect(why).toBe(line.result === line.max && !after.drained ? "max-events" : "drained");
    else if (wasQueued) expect(why).toBe("no-longer-ready");
    else if (!woken(fd)) expect(why).toBe(isUnread ? "edge-unread" : undefined);
    else {
      const bits = wait.wakeups
        .filter((wakeup) => wakeup.fd === fd)
        .reduce((all, { events }) => all | bitsOf(events), 0);
      const isAsked = (bits & (after.events | ALWAYS) & READINESS) !== 0;
      const isExclusive = (after.events & EXCLUSIVE) !== 0;
      expect(why).toBe(isAsked ? (isExclusive ? "taken" : "no-longer-ready") : "not-asked");
    }
  }
  for (const { fd, bits } of events) {
    const after = statesAfter.get(fd)!;
    since.forget(fd);
    if (after.state === QUEUED) since.kept.add(fd);
    else if ((after.events & ET) !== 0) since.edges.add(fd);
    if ((bits & 1) !== 0 && fd < INSTANCES) unread.add(fd);
  }
}
