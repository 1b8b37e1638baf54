/**
 * The operations of both sides of a comparison: epoll instances and streams by name, and instances that watch streams.
 */
import type { Delivered, Outcome } from "../linux/epoll.ts";

/** Names without a descriptor, each of another kind. They can replace any name. */
export const NOT_OPEN = ["never-opened", "negative", "no-such-epoll", "closed"] as const;

/** A regular file: open, but refused by epoll. */
export const FILE = "file";

export interface Observer {
  create(epoll: string): void;
  ctl(epoll: string, op: number, target: string, events: number, data: bigint): Outcome;
  wait(epoll: string, most: number): readonly Delivered[] | string;
  closeEpoll(epoll: string): void;
  /** poll(2) without a sleep: the revents of each entry. */
  poll(entries: readonly Entry[]): readonly number[] | string;
  /** select(2) for reading without a sleep: whether each stays in its set. */
  select(names: readonly string[]): readonly boolean[] | string;
}

/** A name, and its requested events. */
export type Entry = readonly [name: string, events: number];

/** Streams and listeners. Data operations return a count, or the name of the error. */
export interface Streams {
  /** Whether one call wakes the ends of connections in its own order (`two-networks.ts`). */
  readonly disorderly?: boolean;
  pair(first: string, second: string): void;
  pipe(reader: string, writer: string): void;
  listen(name: string): void;
  connect(name: string, listener: string): Outcome;
  accept(name: string, listener: string): Outcome;
  /** `past`: by calls that the engine does not see. */
  send(name: string, length: number, past: boolean): Outcome;
  recv(name: string, length: number, past: boolean): Outcome;
  urgent(name: string): Outcome;
  shutdown(name: string, side: Side, past: boolean): Outcome;
  takeError(name: string): Outcome;
  close(name: string, reset: boolean): void;
  /** Returns when nothing is on its way. */
  settle(): void;
}

export type Side = "read" | "write" | "both";
