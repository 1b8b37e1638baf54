/** The client end's connection to the other half of a buffered driver: across threads, or within one. */
export interface Link {
  /** There are requests: wakes the I/O end if necessary. */
  wakeIoEnd(): void;
  /**
   * Puts the thread to sleep until the queue of notices is longer than `taken`, for at most this many milliseconds. May
   * return early. Undefined if the thread must not sleep.
   */
  wait?(taken: number, milliseconds: number): void;
  /** Whether asynchronous waits are pending: if so, `onNotices` is called when there are notices. */
  setAsleep(sleepers: boolean): void;
  onNotices: () => void;
  /** Closes the link. Closed sockets still send their remaining bytes if they can. */
  close(): void;
}
