/** How time passes for a driver over endpoints, and how it learns what has happened meanwhile. */
export interface Sleep {
  /** A call uses the driver: processes pending events, and makes asynchronous sleepers look again. */
  beforeCall(): void;
  /** What has happened is taken note of: endpoints are woken. */
  update(): void;
  /** A call found nothing ready. */
  onWouldBlock(): void;
  /** When `timeout` nanoseconds will have passed, by the driver's clock. */
  deadline(timeout: number): number;
  /** Sleeps until something may have happened, or until the deadline. Returns false at the deadline. */
  step(deadline: number): boolean;
  /** Calls `ready` until it is true, the time is over, or `cancel` is given. The event loop is free meanwhile. */
  until(ready: () => boolean, timeout: number, cancel: AbortSignal): Promise<void>;
}
