/**
 * Watches an epoll instance from the event loop. The callback must collect the events: it is called as long as the instance is
 * readable.
 */
export interface LoopWatch {
  /** The epoll instance. Its registrations must be one-shot. */
  readonly epoll: number;
  /**
   * To be called before `ref`: loads what a thread that only blocks never needs. Takes no descriptor: the opening has taken
   * them all. undefined where that is done.
   */
  start(): Promise<void> | undefined;
  /** From here on the watch keeps the process running, and calls back. */
  ref(): void;
  unref(): void;
  close(): void;
}
