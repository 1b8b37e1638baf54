/**
 * The operations of both sides of a comparison: they have epoll instances and streams by name, and watch streams with
 * instances.
 */
import type { Delivered, Outcome } from "../linux/epoll.ts";

/** Names that stand for no descriptor, each in its own way. They may be given wherever a name is asked for. */
export const NOT_OPEN = ["never-opened", "negative", "no-such-epoll", "closed"] as const;

/** A regular file: open, and nothing that epoll takes. */
export const FILE = "file";

export interface Observer {
  create(epoll: string): void;
  ctl(epoll: string, op: number, target: string, events: number, data: bigint): Outcome;
  wait(epoll: string, most: number): readonly Delivered[] | string;
  closeEpoll(epoll: string): void;
  /** poll(2) that does not sleep: the revents of each entry. */
  poll(entries: readonly Entry[]): readonly number[] | string;
  /** select(2) that does not sleep, of what is to be read: is each left in its set? */
  select(names: readonly string[]): readonly boolean[] | string;
}

/** A name, and what it is polled for. */
export type Entry = readonly [name: string, events: number];

/** Streams and listeners. Data operations give a count, or the name of the error. */
export interface Streams {
  /** Whether one call wakes the ends of connections in an order of its own (`two-networks.ts`). */
  readonly disorderly?: boolean;
  pair(first: string, second: string): void;
  pipe(reader: string, writer: string): void;
  listen(name: string): void;
  connect(name: string, listener: string): Outcome;
  accept(name: string, listener: string): Outcome;
  /** `past`: past the engine, by calls that it does not learn of. */
  send(name: string, length: number, past: boolean): Outcome;
  recv(name: string, length: number, past: boolean): Outcome;
  urgent(name: string): Outcome;
  shutdown(name: string, side: Side, past: boolean): Outcome;
  takeError(name: string): Outcome;
  close(name: string, reset: boolean): void;
  /** Returns when nothing is on its way any more. */
  settle(): void;
}

export type Side = "read" | "write" | "both";
