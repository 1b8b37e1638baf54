/** How time passes for a driver over endpoints, and how it learns what has happened meanwhile. */
export interface Sleep {
  /** Somebody does something with the driver: what has happened is taken note of, and asynchronous sleepers look again. */
  stir(): void;
  /** What has happened is taken note of: endpoints are woken. */
  catchUp(): void;
  /** Somebody asked for what there was not. */
  vain(): void;
  /** When `timeout` nanoseconds will have passed, by the driver's clock. */
  deadline(timeout: number): number;
  /** Sleeps until something may have happened, or to the deadline. False: it is over. */
  step(deadline: number): boolean;
  /** Calls `ready` until it is true, the time is over, or `cancel` is given. The event loop is free meanwhile. */
  until(ready: () => boolean, timeout: number, cancel: AbortSignal): Promise<void>;
}
