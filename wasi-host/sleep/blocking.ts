/** Blocking: the thread itself sleeps in the driver. For platforms where a driver can do that, and nothing else runs. */
import type { Driver } from "../drivers/driver.ts";
import { pollfds, setPollfd } from "../drivers/pollfd.ts";

const one = pollfds(1);

/** Returns when `handle` may be ready for `events`: what a descriptor that was not set NONBLOCK waits for. */
export function sleepUntil(driver: Driver, handle: number, events: number): void {
  setPollfd(one, 0, handle, events);
  driver.poll(one, 1, Infinity);
}
