/** How one half of a buffered driver reaches the other, from the front's side: across threads, or within one. */
export interface Link {
  /** There are requests: the back looks, if it does not anyway. */
  rouse(): void;
  /**
   * Puts the thread to sleep until the back has put more lines into the queue of notices than were `taken`, for at most so
   * many milliseconds; may return early. Where the thread must not sleep there is no such thing.
   */
  wait?(taken: number, milliseconds: number): void;
  /** Somebody sleeps without the thread, or nobody does any more: `onNotices` is called when there are notices. */
  expect(sleepers: boolean): void;
  onNotices: () => void;
  /** The back is not needed any more: of its sockets those that are closed still send what they have to, if they can. */
  close(): void;
}
