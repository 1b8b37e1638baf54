/** The engine's calls as events. `engine-calls.ts` says how they are reported. */

import { WATCH_QUEUED, WATCH_SILENT } from "../../assembly/abi/engine.ts";
import { EPOLL_EVENT_EVENTS, EPOLL_EVENT_FD, EPOLL_EVENT_SIZE } from "../../assembly/abi/epoll.ts";
import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from "../../assembly/abi/events.ts";
import { CALLS, type EngineCall, RESULT } from "./engine-calls.ts";
import type { EngineState, Instance } from "./engine-state.ts";
import type { EpollHistory } from "./epoll-history.ts";
import type { Readiness, Sets, StoryEvent } from "./events.ts";
import { bitsText, type HostCalls, outcome, type Wakeup } from "./host-calls.ts";

const PARAMS: Readonly<Record<EngineCall, number>> = {
  pollux_epoll_create: 0,
  pollux_epoll_ctl: 5,
  pollux_epoll_wait: 4,
  pollux_epoll_close: 1,
  pollux_poll: 3,
  pollux_select: 5,
};

const OPERATIONS: Readonly<Record<number, string>> = {
  [EPOLL_CTL_ADD]: "ADD",
  [EPOLL_CTL_MOD]: "MOD",
  [EPOLL_CTL_DEL]: "DEL",
};

/** A call under way. */
interface Frame {
  readonly call: EngineCall;
  readonly args: number[];
  /** Milliseconds. */
  slept: number;
  readonly wakeups: Wakeup[];
  before?: Instance;
  entries?: readonly Readiness[];
  sets?: Sets;
}

export class EngineStory {
  readonly #state: EngineState;
  readonly #calls: HostCalls;
  readonly #history: EpollHistory;
  readonly #tell: (event: StoryEvent) => void;
  /** The innermost is the last. Only the outermost is told: select calls poll. */
  readonly #frames: Frame[] = [];

  constructor(state: EngineState, calls: HostCalls, history: EpollHistory, tell: (event: StoryEvent) => void) {
    this.#state = state;
    this.#calls = calls;
    this.#history = history;
    this.#tell = tell;
  }

  /** The outermost call; undefined outside of the engine. */
  get under(): Frame | undefined {
    return this.#frames[0];
  }

  /** An argument or a result of a call. */
  report(index: number, what: number, value: number): void {
    const call = CALLS[index];
    if (what === RESULT) {
      const frame = PARAMS[call] === 0 ? { call, args: [], slept: 0, wakeups: [] } : this.#frames.pop();
      if (frame !== undefined && this.#frames.length === 0) this.#end(frame, value);
      return;
    }
    if (what === 0) this.#frames.push({ call, args: [], slept: 0, wakeups: [] });
    const frame = this.#frames[this.#frames.length - 1];
    frame.args[what] = value;
    if (what === PARAMS[call] - 1 && this.#frames.length === 1) this.#begin(frame);
  }

  /** The edges that the wait under way does not wait for, although they have not been read until EAGAIN. */
  unread(): number[] {
    const { call, args } = this.#frames[0];
    const instance = call === "pollux_epoll_wait" ? this.#state.instance(args[0]) : undefined;
    return instance === undefined ? [] : this.#history.unread(instance);
  }

  #begin(frame: Frame): void {
    this.#calls.refresh();
    const [first, second, third, fourth] = frame.args;
    if (frame.call === "pollux_epoll_wait") frame.before = this.#state.instance(first);
    else if (frame.call === "pollux_poll") frame.entries = this.#calls.pollfds(first >>> 0, second, "events");
    else if (frame.call === "pollux_select") frame.sets = this.#calls.sets(first, [second, third, fourth]);
  }

  #end(frame: Frame, result: number): void {
    this.#calls.refresh();
    const { slept } = frame;
    const [first, second, third, fourth, timeout] = frame.args;
    if (frame.call === "pollux_epoll_ctl") this.#controlled(frame, result);
    else if (frame.call === "pollux_epoll_wait") this.#waited(frame, result);
    else if (frame.call === "pollux_epoll_create") this.#tell({ event: "epoll_create", result: outcome(result) });
    else if (frame.call === "pollux_epoll_close") {
      if (result === 0) this.#history.closed(first);
      this.#tell({ event: "epoll_close", epfd: first, result: outcome(result) });
    } else if (frame.call === "pollux_poll") {
      const ready = result > 0 ? this.#calls.pollfds(first >>> 0, second, "revents") : [];
      const { entries = [] } = frame;
      this.#tell({ event: "poll", timeout: third, slept, entries, result: outcome(result), ready });
    } else {
      const { sets = NO_SETS } = frame;
      const ready = result > 0 ? this.#calls.sets(first, [second, third, fourth]) : NO_SETS;
      this.#tell({ event: "select", limit: first, timeout, slept, sets, result: outcome(result), ready });
    }
  }

  #controlled({ args: [epfd, op, fd, events] }: Frame, result: number): void {
    const queued = this.#state.instance(epfd)?.watches.get(fd)?.state === WATCH_QUEUED;
    if (result === 0) this.#history.controlled(epfd, fd, queued);
    this.#tell({
      event: "epoll_ctl",
      epfd,
      op: OPERATIONS[op] ?? String(op),
      fd,
      events: bitsText(events),
      result: outcome(result),
      queued,
    });
  }

  #waited({ args: [epfd, pointer, max, timeout], slept, wakeups, before }: Frame, result: number): void {
    const after = this.#state.instance(epfd);
    const seen = wakeups.map(({ fd, bits }) => ({ fd, events: bitsText(bits) }));
    const head = { event: "epoll_wait", epfd, timeout, max, slept, wakeups: seen, result: outcome(result) } as const;
    if (before === undefined || after === undefined) {
      this.#tell({ ...head, before: [], reported: [], omitted: [], after: [], watches: 0, asleep: 0, silenced: 0 });
      return;
    }
    const delivered = Array.from({ length: Math.max(result, 0) }, (_, index) => {
      const at = (pointer >>> 0) + index * EPOLL_EVENT_SIZE;
      return { fd: this.#calls.u32(at + EPOLL_EVENT_FD), bits: this.#calls.u32(at + EPOLL_EVENT_EVENTS) };
    });
    const inside = (fd: number) => this.#state.ready(fd);
    const told = this.#history.waited({ max, before, after, wakeups, delivered, inside });
    const events = new Set(delivered.map(({ fd }) => fd));
    const others = [...after.watches.values()].filter(({ fd }) => !events.has(fd));
    const silenced = others.filter(({ state }) => state === WATCH_SILENT).length;
    const queued = others.filter(({ state }) => state === WATCH_QUEUED).length;
    this.#tell({
      ...head,
      before: before.ready,
      ...told,
      after: after.ready,
      watches: after.watches.size,
      asleep: others.length - silenced - queued,
      silenced,
    });
  }
}

const NO_SETS: Sets = { read: [], write: [], except: [] };
