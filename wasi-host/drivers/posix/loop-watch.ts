/**
 * Watches an epoll instance from the event loop. The callback must collect the events: it is called again while the
 * instance is readable.
 */
export interface LoopWatch {
  /** The epoll instance. Its registrations must be one-shot. */
  readonly epoll: number;
  /**
   * Call it before `ref`: loads modules that a blocking thread never needs. Takes no descriptor: the opening has taken
   * all. Undefined if that is done.
   */
  start(): Promise<void> | undefined;
  /** From now on the watch keeps the process running, and calls back. */
  ref(): void;
  unref(): void;
  close(): void;
}
