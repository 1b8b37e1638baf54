/**
 * A guest that sleeps or looks for ever blocks the test's thread, so that no time-out could end it: here the driver
 * gives up.
 */
import type { Driver, EdgeQueue } from "../../wasi-host/drivers/contract/driver.ts";

/** Nanoseconds after which an awaited event will never come. */
const TIMEOUT_NS = 15e9;

export class BoundedSleeps {
  #due = 0;

  /** From now on, allows some seconds; after them, sleeps and looks throw. */
  begin(): void {
    this.#due = performance.now() * 1e6 + TIMEOUT_NS;
  }

  /** Bounds the sleeps of a driver, and of queues opened from now on. */
  bound(driver: Driver): void {
    const poll = driver.poll.bind(driver);
    driver.poll = (fds, count, timeout, edges) => this.#sleep(timeout, (most) => poll(fds, count, most, edges));
    const edges = driver.edges.bind(driver);
    driver.edges = () => this.#boundQueue(edges());
  }

  #boundQueue(queue: EdgeQueue): EdgeQueue {
    const park = queue.park.bind(queue);
    queue.park = (timeout) => this.#sleep(timeout, park);
    return queue;
  }

  /** Drivers may wake a sleeper early; it then sleeps on until its deadline. */
  #sleep(timeout: number, sleep: (most: number) => number): number {
    const left = this.#due - performance.now() * 1e6;
    if (left <= 0) throw new Error(`${TIMEOUT_NS / 1e9} s are over: nothing will come any more`);
    return sleep(Math.min(timeout, left));
  }
}
