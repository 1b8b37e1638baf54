/** The events of a run as a program's calls, as `pollux run --explain` writes them: an instance is `ep0`, `ep1`, ... */
import { INSTANCE_FD_BASE } from "../../assembly/abi/epoll.ts";
import type { Pollable, Readiness, Sets, Subscribed } from "../../wasi-host/internal-story.ts";
import type { StoryStep } from "../story/reader.ts";
import type { Meaning } from "./names.ts";

/** Members of a list in a sentence. */
const FEW = 8;

export const fdText = (fd: number): string => (fd >= INSTANCE_FD_BASE ? `ep${fd - INSTANCE_FD_BASE}` : String(fd));
export const readinessText = ({ fd, events }: Readiness): string => `${fdText(fd)}:${events}`;
const subscribedText = (one: Subscribed): string =>
  "clock" in one
    ? `clock ${one.clock}`
    : `${one.fd}:${one.for}${one.hangup === undefined ? "" : "|hangup"}${one.error === undefined ? "" : `|${one.error}`}`;
const pollableText = ({ pollable, of }: Pollable): string => `${pollable} (${of})`;
const setsText = (sets: Sets): string[] =>
  (["read", "write", "except"] as const).flatMap((name) => sets[name].map((fd) => `${fdText(fd)}:${name}`));

function few(list: readonly string[]): string {
  const rest = list.length - FEW;
  return list.slice(0, FEW).join(" ") + (rest > 0 ? ` +${rest}` : "");
}

const returned = (result: number | string, list: readonly string[]): string =>
  list.length === 0 ? `= ${result}` : `= ${result} → ${few(list)}`;

/** What a wait asks for, and what was ready; undefined for other events. */
export function askedAndFound(one: StoryStep): { asked: string[]; found: string[] } | undefined {
  switch (one.event) {
    case "poll":
      return { asked: one.entries.map(readinessText), found: one.ready.map(readinessText) };
    case "select":
      return { asked: setsText(one.sets), found: setsText(one.ready) };
    case "poll_oneoff":
      return { asked: one.waits.map(subscribedText), found: one.ready.map(subscribedText) };
    case "pollables":
      return { asked: one.waits.map(pollableText), found: one.ready.map(pollableText) };
    default:
      return undefined;
  }
}

/** An event in one line, in no language. */
export function sentenceOf(one: StoryStep): string {
  switch (one.event) {
    case "start":
      return one.program;
    case "asleep":
      return `${one.call}(${one.epfd === undefined ? "" : fdText(one.epfd)}) …`;
    case "epoll_create":
      return `epoll_create() = ${typeof one.result === "number" ? fdText(one.result) : one.result}`;
    case "epoll_ctl": {
      const events = one.op === "DEL" ? "" : `, ${one.events}`;
      return `epoll_ctl(${fdText(one.epfd)}, ${one.op}, ${fdText(one.fd)}${events}) = ${one.result}`;
    }
    case "epoll_close":
      return `close(${fdText(one.epfd)}) = ${one.result}`;
    case "epoll_wait":
      return `epoll_wait(${fdText(one.epfd)}, ${one.max}, ${one.timeout}) ${returned(one.result, one.reported.map(readinessText))}`;
    case "poll":
    case "select":
    case "poll_oneoff":
    case "pollables": {
      const { asked, found } = askedAndFound(one)!;
      const name = one.event === "pollables" ? "poll" : one.event;
      return `${name}(${few(asked)}) ${returned(one.event === "pollables" ? found.length : one.result, found)}`;
    }
    case "accept":
      return `accept(${one.fd}) = ${one.result}`;
    case "receive":
    case "send": {
      const data = typeof one.result === "number" && one.result > 0 ? ` ${one.data}` : "";
      return `${one.event}(${one.fd}, ${one.asked}) = ${one.result}${data}`;
    }
    case "close":
      return `close(${fdText(one.fd)}) = ${one.result}`;
    case "call":
      return `${one.call} = ${one.result}`;
    case "exit":
      return `exit(${one.status})`;
    case "unknown":
      return one.name;
  }
}

/** The colour of an event. */
export function meaningOf(one: StoryStep): Meaning {
  switch (one.event) {
    case "epoll_wait":
      return one.reported.length > 0 ? "delivered" : "asleep";
    case "poll":
    case "select":
    case "poll_oneoff":
    case "pollables":
      return askedAndFound(one)!.found.length > 0 ? "delivered" : "asleep";
    case "asleep":
      return "asleep";
    case "epoll_create":
    case "epoll_ctl":
    case "epoll_close":
      return "interest";
    default:
      return "data";
  }
}
