/** An object with a descriptor that a loop watches. The loop passes events to it, and ends it. */
export abstract class Watched {
  /** The number of the last wait when the watch began: that wait's events belong to another object. @internal */
  since = 0;
  /** Whether the loop calls `proceed` in the next turn. @internal */
  proceeds = false;

  /** Takes events of the wait: EPOLL* bits. @internal */
  abstract ready(events: number): void;
  /** Continues what the limit of the last turn cut off. @internal */
  abstract proceed(): void;
  /** Ends because the loop ends. @internal */
  abstract fail(error: Error): void;
}
