/**
 * What a story consists of: one object for each event, in the order in which they happened. docs/explain.md describes
 * them for other programs.
 *
 * Bits of readiness are text: `IN|RDHUP`. A result below 0 is the name of its errno. Times are milliseconds.
 */

/** A wakeup, or what an entry of poll waits for. */
export interface Readiness {
  readonly fd: number;
  /** `IN|OUT`. */
  readonly events: string;
}

/** A watch that a wait has reported. */
export interface Report extends Readiness {
  readonly trigger: "level" | "edge" | "one-shot";
  /**
   * - woken: something happened on it since its last report, and `news` says what
   * - still-ready: a level that was reported before and is ready still
   * - ready-when-added: EPOLL_CTL_ADD or EPOLL_CTL_MOD found it ready
   * - nested: it is an epoll instance, and `inside` are the watches on its ready list
   * - found-ready: the host found it ready
   */
  readonly why: "woken" | "still-ready" | "ready-when-added" | "nested" | "found-ready";
  readonly news?: string;
  readonly inside?: readonly number[];
}

/** A watch that one could expect in the events of a wait. */
export interface Omission {
  readonly fd: number;
  /**
   * - no-longer-ready: it was queued, and was not ready in its turn: it left the ready list
   * - max-events: the array was full, and it keeps its place
   * - drained: it is queued, and the program has met EAGAIN since: it needs no look
   * - silenced: a one-shot after its report; EPOLL_CTL_MOD arms it again
   * - not-asked: it was woken for something that it does not ask for
   * - taken: another instance took the wakeup (EPOLLEXCLUSIVE)
   * - edge-unread: an edge, reported before, and the program has not read until EAGAIN since
   */
  readonly why: "no-longer-ready" | "max-events" | "drained" | "silenced" | "not-asked" | "taken" | "edge-unread";
  /** What has woken it, if something has. */
  readonly news?: string;
}

export interface EpollWait {
  readonly event: "epoll_wait";
  readonly epfd: number;
  /** As given; -1 is no limit. */
  readonly timeout: number;
  readonly max: number;
  /** How long it slept; 0 if it did not. */
  readonly slept: number;
  /** The ready list when the wait began, oldest first. */
  readonly before: readonly number[];
  /** The wakeups that it took, of all descriptors. */
  readonly wakeups: readonly Readiness[];
  readonly result: number | string;
  readonly reported: readonly Report[];
  readonly omitted: readonly Omission[];
  /** The ready list when it returned. */
  readonly after: readonly number[];
  /** All watches of the instance. Those that are neither reported, queued nor silenced are asleep. */
  readonly watches: number;
  readonly asleep: number;
  readonly silenced: number;
}

export interface EpollCtl {
  readonly event: "epoll_ctl";
  readonly epfd: number;
  readonly op: string;
  readonly fd: number;
  /** With the flags: `IN|ET`. */
  readonly events: string;
  readonly result: number | string;
  /** Whether the watch is on the ready list now. */
  readonly queued: boolean;
}

export interface Poll {
  readonly event: "poll";
  readonly timeout: number;
  readonly slept: number;
  readonly entries: readonly Readiness[];
  readonly result: number | string;
  readonly ready: readonly Readiness[];
}

/** The members of the three sets. */
export interface Sets {
  readonly read: readonly number[];
  readonly write: readonly number[];
  readonly except: readonly number[];
}

export interface Select {
  readonly event: "select";
  readonly limit: number;
  readonly timeout: number;
  readonly slept: number;
  readonly sets: Sets;
  readonly result: number | string;
  readonly ready: Sets;
}

/** A subscription of poll_oneoff, and of its events those that have happened. */
export type Subscribed =
  | { readonly fd: number; readonly for: "read" | "write"; readonly hangup?: true; readonly error?: string }
  | { readonly clock: string };

export interface PollOneoff {
  readonly event: "poll_oneoff";
  readonly slept: number;
  readonly waits: readonly Subscribed[];
  readonly result: number | string;
  readonly ready: readonly Subscribed[];
}

/** wasi:io/poll of a component. `of` is what the pollable was made of: `input-stream 5`. */
export interface Pollable {
  readonly pollable: number;
  readonly of: string;
}

export interface ComponentPoll {
  readonly event: "pollables";
  readonly slept: number;
  readonly waits: readonly Pollable[];
  readonly ready: readonly Pollable[];
}

/** The program falls asleep in a wait. The event of the wait follows when it has returned. */
export interface Asleep {
  readonly event: "asleep";
  readonly call: string;
  readonly epfd?: number;
  /** Of epoll_wait: edges that were reported, and that the program has not read until EAGAIN. Only new data wakes it. */
  readonly unread: readonly number[];
}

export type StoryEvent =
  | {
      readonly event: "start";
      readonly version: 1;
      readonly program: string;
      /** How much of the program is known: the engine's calls and its state, the calls of the host, or those of a component. */
      readonly level: "engine" | "calls" | "component";
    }
  | Asleep
  | { readonly event: "epoll_create"; readonly result: number | string }
  | EpollCtl
  | { readonly event: "epoll_close"; readonly epfd: number; readonly result: number | string }
  | EpollWait
  | Poll
  | Select
  | PollOneoff
  | ComponentPoll
  | { readonly event: "accept"; readonly fd: number; readonly result: number | string }
  | {
      readonly event: "receive" | "send";
      readonly fd: number;
      readonly asked: number;
      readonly result: number | string;
      /** The first bytes, in C's notation. */
      readonly data: string;
    }
  | { readonly event: "close"; readonly fd: number; readonly result: number | string }
  /** Any other call about sockets, or of a component, as in a trace. */
  | { readonly event: "call"; readonly call: string; readonly result: string }
  | { readonly event: "exit"; readonly status: number };

/** An event with its time since the start. */
export type Timed = StoryEvent & { readonly t: number };
