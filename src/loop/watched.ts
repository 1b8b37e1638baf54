/** What a loop watches: an object with a descriptor. The loop tells it about events, and ends it. */
export abstract class Watched {
  /** The number of the last wait when the watch began: the events of that wait are another object's. @internal */
  since = 0;
  /** Whether the loop calls `proceed` in the next turn. @internal */
  proceeds = false;

  /** Takes events of the wait: EPOLL* bits. @internal */
  abstract ready(events: number): void;
  /** Goes on with what the bound of the last turn cut off. @internal */
  abstract proceed(): void;
  /** Ends, because the loop does. @internal */
  abstract fail(error: Error): void;
}
