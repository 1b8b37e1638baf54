/**
 * What happened to the watches of epoll instances, and why a wait reports a watch or does not.
 *
 * The reasons come from the engine's state before and after a wait, and from three things that happened between: the
 * wakeups that the program took, its calls of epoll_ctl, and whether its reads met EAGAIN.
 */
import { WATCH_IDLE, WATCH_QUEUED, WATCH_SILENT } from "../../assembly/abi/engine.ts";
import { ALWAYS, EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT, READABLE, READINESS } from "../../assembly/abi/events.ts";
import { type Instance, isInstance, type Watch } from "./engine-state.ts";
import type { Omission, Report } from "./events.ts";
import { bitsText, type Wakeup } from "./host-calls.ts";

/** An event that epoll_wait has written. */
export interface Delivered {
  readonly fd: number;
  readonly bits: number;
}

/** A wait's input, as it was given and found. */
export interface WaitSeen {
  readonly max: number;
  readonly before: Instance;
  readonly after: Instance;
  readonly wakeups: readonly Wakeup[];
  readonly delivered: readonly Delivered[];
  /** The ready list of an instance that is watched. */
  readonly inside: (fd: number) => readonly number[];
}

/** An instance's descriptors since their last reports. */
interface Since {
  /** The wakeups that came. */
  readonly news: Map<number, number>;
  /** EPOLL_CTL_ADD or EPOLL_CTL_MOD found them ready. */
  readonly added: Set<number>;
  /** They were reported, and are still on the ready list. */
  readonly kept: Set<number>;
  /** They were reported, edge-triggered. */
  readonly edges: Set<number>;
}

export class EpollHistory {
  readonly #instances = new Map<number, Since>();
  /** Descriptors reported as readable, on which no read has met EAGAIN or the end since. */
  readonly #unread = new Set<number>();

  /** The program took wakeups, in a wait or in epoll_ctl. */
  woken(wakeups: readonly Wakeup[]): void {
    for (const { fd, bits } of wakeups) {
      for (const { news } of this.#instances.values()) news.set(fd, (news.get(fd) ?? 0) | bits);
    }
  }

  /** A read or an accept: `drained` if it met EAGAIN, the end or fewer bytes than it asked for. */
  read(fd: number, drained: boolean): void {
    if (drained) this.#unread.delete(fd);
  }

  closed(fd: number): void {
    this.#unread.delete(fd);
    this.#instances.delete(fd);
    for (const since of this.#instances.values()) forget(since, fd);
  }

  /** A successful ADD, MOD or DEL, after which the watch is on the ready list or not. */
  controlled(epfd: number, fd: number, queued: boolean): void {
    const since = this.#since(epfd);
    forget(since, fd);
    if (queued) since.added.add(fd);
  }

  /** Edges of an instance that were reported, and not read until EAGAIN since: only new data wakes their program. */
  unread({ fd: epfd, watches }: Instance): number[] {
    const since = this.#since(epfd);
    return [...watches.values()].filter((watch) => this.#isUnread(watch, since)).map(({ fd }) => fd);
  }

  #isUnread({ fd, state, events }: Watch, { edges }: Since): boolean {
    return state === WATCH_IDLE && (events & EPOLLET) !== 0 && edges.has(fd) && this.#unread.has(fd);
  }

  /** The reasons of a wait's reports and omissions. */
  waited({ max, before, after, wakeups, delivered, inside }: WaitSeen): { reported: Report[]; omitted: Omission[] } {
    const since = this.#since(after.fd);
    const reported = delivered.map(({ fd, bits }) => {
      const { events } = after.watches.get(fd) ?? before.watches.get(fd) ?? { events: 0 };
      return {
        fd,
        events: bitsText(bits),
        trigger: triggerOf(events),
        ...reasonOf(since, fd, before.watches.get(fd), inside),
      };
    });
    const events = new Set(delivered.map(({ fd }) => fd));
    const omitted: Omission[] = [];
    for (const watch of after.watches.values()) {
      if (events.has(watch.fd)) continue;
      const wakeup = wakeups.filter(({ fd }) => fd === watch.fd).reduce((all, { bits }) => all | bits, 0);
      const was = before.watches.get(watch.fd);
      const why = this.#omission(watch, was, wakeup, delivered.length === max, since);
      if (why !== undefined) omitted.push({ fd: watch.fd, why, ...(wakeup === 0 ? {} : { news: bitsText(wakeup) }) });
    }
    for (const { fd, bits } of delivered) this.#reported(since, fd, bits, after.watches.get(fd));
    return { reported, omitted };
  }

  #omission(
    watch: Watch,
    was: Watch | undefined,
    wakeup: number,
    isFull: boolean,
    since: Since,
  ): Omission["why"] | undefined {
    if (watch.state === WATCH_SILENT) return wakeup === 0 ? undefined : "silenced";
    if (watch.state === WATCH_QUEUED) return isFull && !watch.isDrained ? "max-events" : "drained";
    if (was?.state === WATCH_QUEUED) return "no-longer-ready";
    if (wakeup !== 0) {
      if ((wakeup & (watch.events | ALWAYS) & READINESS) === 0) return "not-asked";
      return (watch.events & EPOLLEXCLUSIVE) === 0 ? "no-longer-ready" : "taken";
    }
    return this.#isUnread(watch, since) ? "edge-unread" : undefined;
  }

  #reported(since: Since, fd: number, bits: number, watch: Watch | undefined): void {
    forget(since, fd);
    if (watch?.state === WATCH_QUEUED) since.kept.add(fd);
    else if (((watch?.events ?? 0) & EPOLLET) !== 0) since.edges.add(fd);
    if ((bits & READABLE) !== 0 && !isInstance(fd)) this.#unread.add(fd);
  }

  #since(epfd: number): Since {
    let since = this.#instances.get(epfd);
    if (since === undefined) {
      since = { news: new Map(), added: new Set(), kept: new Set(), edges: new Set() };
      this.#instances.set(epfd, since);
    }
    return since;
  }
}

function forget({ news, added, kept, edges }: Since, fd: number): void {
  for (const set of [news, added, kept, edges]) set.delete(fd);
}

function triggerOf(events: number): Report["trigger"] {
  if ((events & EPOLLONESHOT) !== 0) return "one-shot";
  return (events & EPOLLET) === 0 ? "level" : "edge";
}

function reasonOf(
  { news, added, kept }: Since,
  fd: number,
  before: Watch | undefined,
  inside: WaitSeen["inside"],
): Pick<Report, "why" | "news" | "inside"> {
  if (isInstance(fd)) return { why: "nested", inside: inside(fd) };
  const bits = news.get(fd);
  const heard = bits === undefined ? {} : { news: bitsText(bits) };
  if (kept.has(fd) && before?.state === WATCH_QUEUED && !before.isDrained) return { why: "still-ready", ...heard };
  if (bits !== undefined) return { why: "woken", ...heard };
  return { why: added.has(fd) ? "ready-when-added" : "found-ready" };
}
