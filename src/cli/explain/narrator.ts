/**
 * Tells a story in a terminal: a line for each event, and below a wait its ready list and the reasons.
 *
 *      0.0021  epoll_wait ep0, slept 1.2 s → 5:IN 7:IN|RDHUP, 998 others asleep
 *                ready list [] woken 5:IN 7:IN|RDHUP → [5 7]
 *                5:IN  level, woken by IN: stays on the list, the next wait looks again
 *
 * The beginning of a wait is written before the program falls asleep: the last line shows where it sleeps.
 */
import type {
  Asleep,
  EpollWait,
  Omission,
  Pollable,
  Readiness,
  Report,
  Sets,
  Subscribed,
  Teller,
  Timed,
} from "../../../wasi-host/internal-story.ts";
import { type Paint, painter, type Style } from "../colours.ts";
import { joined } from "../paragraph.ts";

/** One meaning each, as in the course. */
const DATA: Style = "cyan";
const INTEREST: Style = "blue";
const READY: Style = "yellow";
const DELIVERED: Style = "green";
const ASLEEP: Style = "gray";
const FAILED: Style = "red";

/** Entries of a list, and lines of reasons. */
const MAX_ENTRIES = 8;
const MAX_REASONS = 8;
const NARROWEST = 50;
/** The first descriptor of epoll instances. */
const INSTANCES = 0x4000_0000;

const TIME = 9;
const INDENT = " ".repeat(TIME + 2);
const DEEPER = `${INDENT}  `;

/** What is known of the program. */
const LEVELS = {
  engine: "told by the engine's calls and state",
  calls: "told by its calls of the host",
  component: "told by its calls of wasi:io and wasi:sockets",
} as const;

/** What becomes of a reported watch, and why: said once. */
const AFTER: Readonly<Record<Report["trigger"], readonly [what: string, why: string]>> = {
  level: ["stays on the list", "the next wait looks again"],
  edge: ["leaves the list", "only something new brings it back"],
  "one-shot": ["leaves the list", "silent until EPOLL_CTL_MOD"],
};

const OMITTED: Readonly<Record<Omission["why"], string>> = {
  "no-longer-ready": "not ready any more in its turn: leaves the list",
  "max-events": "the array of events is full: keeps its place",
  drained: "EAGAIN or a short count since: needs no look until something new happens",
  silenced: "one-shot, silent until EPOLL_CTL_MOD",
  "not-asked": "the watch does not ask for that",
  taken: "exclusive: another instance took the wakeup",
  "edge-unread": "edge: reported before, and not read until EAGAIN: only new data is reported",
};

export class Narrator implements Teller {
  readonly #columns: number;
  readonly #paint: Paint;
  readonly #write: (text: string) => void;
  readonly #explained = new Set<string>();
  /** What is written of the line of a call that may sleep. */
  #head = "";
  #asleepIn = "";

  constructor(columns: number, coloured: boolean, write: (text: string) => void) {
    this.#columns = Math.max(columns, NARROWEST);
    this.#paint = painter(coloured);
    this.#write = write;
  }

  asleep(call: string, fd: number | undefined, t: number): void {
    if (this.#head !== "") return; // it woke up and found nothing to report
    this.#asleepIn = fd === undefined ? call : `${call} ${fdText(fd)}`;
    this.#head = headOf(t, this.#asleepIn);
    this.#write(this.#head);
  }

  tell(event: Timed): void {
    if (event.event === "asleep") {
      this.#unread(event);
      return;
    }
    const [name, parts] = this.#sentence(event);
    this.#line(event, name, parts);
    if (event.event === "epoll_wait") this.#reasons(event);
  }

  /** The call, and what it was about and brought. */
  #sentence(event: Exclude<Timed, Asleep>): readonly [name: string, parts: readonly string[]] {
    switch (event.event) {
      case "start":
        return [`${event.program},`, [LEVELS[event.level]]];
      case "epoll_create":
        return ["epoll_create", [this.#arrow(event.result)]];
      case "epoll_close":
        return [`epoll_close ${fdText(event.epfd)}`, [this.#arrow(event.result)]];
      case "epoll_ctl": {
        const { epfd, op, fd, events, result, queued } = event;
        const done = queued ? this.#paint(READY, "ready now, queued") : this.#paint(ASLEEP, "asleep");
        const interest = op === "DEL" ? [] : [this.#paint(INTEREST, events)];
        const outcome = typeof result === "string" || op === "DEL" ? this.#arrow(result) : `→ ${done}`;
        return [`epoll_ctl ${fdText(epfd)} ${op} ${fdText(fd)}`, [...interest, outcome]];
      }
      case "epoll_wait": {
        const { epfd, slept, result, reported, asleep, silenced } = event;
        const outcome =
          typeof result === "string"
            ? [this.#arrow(result)]
            : [
                ...led(this.#list(reported.map(readinessText), DELIVERED, ",")),
                this.#counts(reported.length, asleep, silenced),
              ];
        return [`epoll_wait ${fdText(epfd)}`, [this.#slept(slept), ...outcome]];
      }
      case "poll": {
        const { slept, entries, ready, result } = event;
        const outcome = this.#outcome(ready, result, entries.length, "not ready");
        const waits = this.#list(
          entries.map((entry) => readinessText(entry)),
          INTEREST,
        );
        return ["poll", [this.#slept(slept), "on", ...waits, ...outcome]];
      }
      case "select": {
        const { slept, sets, ready, result } = event;
        return [
          "select",
          [
            ...[this.#slept(slept), "on", ...this.#sets(sets, INTEREST)],
            ...(typeof result === "string" ? [this.#arrow(result)] : led(this.#sets(ready, DELIVERED))),
          ],
        ];
      }
      case "poll_oneoff": {
        const { slept, waits, ready, result } = event;
        const names = this.#list(waits.map(subscribedText), INTEREST);
        const found = this.#list(ready.map(subscribedText), DELIVERED, ",");
        const outcome = typeof result === "string" ? [this.#arrow(result)] : led(found);
        const others = waits.length - ready.length;
        return [
          "poll_oneoff",
          [
            ...[this.#slept(slept), "on", ...names, ...outcome],
            ...(typeof result === "string" ? [] : [this.#others(others, "not ready")]),
          ],
        ];
      }
      case "pollables": {
        const { slept, waits, ready } = event;
        const [names, found] = [waits.map(pollableText), ready.map(pollableText)];
        return [
          "poll",
          [
            ...[this.#slept(slept), "on", ...this.#list(names, INTEREST), ...led(this.#list(found, DELIVERED, ","))],
            this.#others(waits.length - ready.length, "not ready"),
          ],
        ];
      }
      case "accept":
        return [`accept ${event.fd}`, [this.#arrow(event.result)]];
      case "receive":
      case "send": {
        const { fd, asked, result, data } = event;
        const moved = typeof result === "number" && result > 0 ? [this.#paint(DATA, data)] : [];
        const amount = event.event === "receive" ? `up to ${asked}` : `${asked}`;
        const end = event.event === "receive" && result === 0 ? ["end of stream"] : [];
        return [`${event.event} ${fd}`, [`${amount} bytes`, this.#arrow(result), ...moved, ...end]];
      }
      case "close":
        return [`close ${event.fd}`, event.result === 0 ? [] : [this.#arrow(event.result)]];
      case "call": {
        const [call, ...rest] = this.#fitted(event.call);
        return [call, [...rest, ...this.#fitted(`→ ${event.result}`)]];
      }
      case "exit":
        return ["exit", [String(event.status)]];
    }
  }

  /** What a program that hangs has overlooked. */
  #unread({ unread }: Asleep): void {
    if (unread.length === 0 || this.#head !== "") return;
    const why = "were reported before, and not read until EAGAIN since: only new data wakes them";
    this.#below(["edges", this.#paint(FAILED, listText(unread)), ...why.split(" ")]);
  }

  /** The ready list before and after a wait, and why it reported a watch or did not. */
  #reasons({ before, wakeups, result, reported, omitted, after, watches }: EpollWait): void {
    if (typeof result === "string" && watches === 0) return;
    const woken = wakeups.length === 0 ? [] : ["woken", ...this.#list(wakeups.map(readinessText), READY)];
    this.#below(["ready list", this.#readyList(before), ...woken, `→ ${this.#readyList(after)}`]);
    for (const report of reported.slice(0, MAX_REASONS)) {
      const { trigger } = report;
      const [what, why] = AFTER[trigger];
      const because = this.#explained.has(trigger) ? "" : ` (${why})`;
      this.#explained.add(trigger);
      this.#below([
        `${this.#paint(DELIVERED, readinessText(report))}  ${trigger}:`,
        ...`${reasonText(report)}, ${what}${because}`.split(" "),
      ]);
    }
    for (const { fd, why, news } of omitted.slice(0, MAX_REASONS)) {
      const heard = news === undefined ? [] : [`woken by ${this.#paint(READY, news)}:`];
      this.#below([`${this.#paint(ASLEEP, fdText(fd))}  not reported:`, ...heard, ...OMITTED[why].split(" ")]);
    }
    const rest = Math.max(reported.length - MAX_REASONS, 0) + Math.max(omitted.length - MAX_REASONS, 0);
    if (rest > 0) this.#below([`… ${rest} more`]);
  }

  #counts(reported: number, asleep: number, silenced: number): string {
    const others = reported === 0 ? "" : asleep === 1 ? "other " : "others ";
    const silent = silenced === 0 ? "" : `, ${silenced} silent`;
    return this.#paint(ASLEEP, `${asleep} ${others}asleep${silent}`);
  }

  /** The ready entries of a poll, and the number of the others. */
  #outcome(ready: readonly Readiness[], result: number | string, all: number, others: string): string[] {
    if (typeof result === "string") return [this.#arrow(result)];
    return [...led(this.#list(ready.map(readinessText), DELIVERED, ",")), this.#others(all - ready.length, others)];
  }

  #others(count: number, what: string): string {
    return this.#paint(ASLEEP, `${count} ${what}`);
  }

  /** The first entries, with `end` behind the last. */
  #list(entries: readonly string[], style: Style, end = ""): string[] {
    if (entries.length === 0) return [`nothing${end}`];
    const shown = entries.slice(0, MAX_ENTRIES).map((entry) => this.#paint(style, entry));
    if (entries.length > MAX_ENTRIES) shown.push(`… ${entries.length - MAX_ENTRIES} more`);
    return [...shown.slice(0, -1), `${shown[shown.length - 1]}${end}`];
  }

  #sets(sets: Sets, style: Style): string[] {
    const named = Object.entries(sets).filter(([, members]) => members.length > 0);
    if (named.length === 0) return ["nothing"];
    return named.flatMap(([name, members]) => [name, this.#paint(style, listText(members))]);
  }

  #readyList(fds: readonly number[]): string {
    return this.#paint(fds.length === 0 ? ASLEEP : READY, listText(fds));
  }

  #slept(milliseconds: number): string {
    if (milliseconds === 0) return this.#paint(ASLEEP, "no sleep");
    const text = milliseconds < 1000 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
    return this.#paint(ASLEEP, `slept ${text}`);
  }

  #arrow(result: number | string): string {
    if (typeof result !== "string") return `→ ${fdText(result)}`;
    return `→ ${this.#paint(result === "EAGAIN" ? ASLEEP : FAILED, result)}`;
  }

  /** A call's text in parts, each cut if it does not fit a line. */
  #fitted(call: string): string[] {
    const room = this.#columns - DEEPER.length;
    return call.split(/(?<=,) /).map((part) => (part.length > room ? `${part.slice(0, room - 1)}…` : part));
  }

  #line({ t }: Timed, name: string, parts: readonly string[]): void {
    const isUnderWay = this.#head !== "" && this.#asleepIn === name;
    if (this.#head !== "" && !isUnderWay) this.#write("\n"); // a call that did not return
    const head = isUnderWay ? this.#head : headOf(t, name);
    const text = joined([head, ...parts], this.#columns, " ", DEEPER);
    // The head is written already, and no line is broken in it.
    this.#write(`${isUnderWay ? text.slice(head.length) : text}\n`);
    this.#head = "";
  }

  #below(parts: readonly string[]): void {
    this.#write(`${joined([`${INDENT}${parts[0]}`, ...parts.slice(1)], this.#columns, " ", DEEPER)}\n`);
  }
}

/** The parts of a result. */
function led([first, ...rest]: readonly string[]): string[] {
  return [`→ ${first}`, ...rest];
}

/** The calls that have parts before their result. */
const WAITS = /^(epoll_wait|poll|select|poll_oneoff)( |$)/;

function headOf(t: number, name: string): string {
  return `${timeText(t)}  ${name}${WAITS.test(name) ? "," : ""}`;
}

/** Seconds since the start. */
function timeText(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(4).padStart(TIME);
}

function fdText(fd: number): string {
  return fd >= INSTANCES ? `ep${fd - INSTANCES}` : String(fd);
}

function listText(fds: readonly number[]): string {
  const shown = fds.slice(0, MAX_ENTRIES).map(fdText);
  if (fds.length > MAX_ENTRIES) shown.push(`… ${fds.length - MAX_ENTRIES} more`);
  return `[${shown.join(" ")}]`;
}

function readinessText({ fd, events }: Readiness): string {
  return `${fdText(fd)}:${events}`;
}

function subscribedText(subscribed: Subscribed): string {
  if ("clock" in subscribed) return `clock ${subscribed.clock}`;
  const { fd, for: direction, hangup, error } = subscribed;
  return `${fd}:${direction}${hangup ? "|hangup" : ""}${error === undefined ? "" : `|${error}`}`;
}

function pollableText({ pollable, of }: Pollable): string {
  return `${pollable}:${of}`;
}

function reasonText({ why, news, inside }: Report): string {
  switch (why) {
    case "woken":
      return `woken by ${news}`;
    case "still-ready":
      return news === undefined ? "still ready" : `still ready, and woken by ${news}`;
    case "ready-when-added":
      return "ready when it was added";
    case "nested":
      return `an instance with ${listText(inside ?? [])} on its ready list`;
    case "found-ready":
      return "found ready";
  }
}
