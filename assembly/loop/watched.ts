/** What a loop watches: a listener or a stream. */
export abstract class Watched {
  fd: i32 = -1;

  /** `events` are EPOLL* bits: an edge, reported once. */
  abstract onEvents(events: u32): void;

  /** Continues the work that the limit cut off. */
  abstract proceed(): void;
}
