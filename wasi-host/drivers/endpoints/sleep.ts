/** How time passes for a driver over endpoints, and how it learns of events meanwhile. */
export interface Sleep {
  /** A call uses the driver: processes pending events, and makes asynchronous sleepers look again. */
  beforeCall(): void;
  /** Notes events: wakes endpoints. */
  update(): void;
  /** A call found nothing ready. */
  onWouldBlock(): void;
  /** The deadline of `timeout` nanoseconds, by the driver's clock. */
  deadline(timeout: number): number;
  /** Sleeps until something may have happened, or until the deadline. Returns false at the deadline. */
  step(deadline: number): boolean;
  /**
   * Calls `ready` until it is true, the deadline has passed, or `cancel` is aborted. The event loop is free meanwhile.
   */
  until(ready: () => boolean, timeout: number, cancel: AbortSignal): Promise<void>;
}
