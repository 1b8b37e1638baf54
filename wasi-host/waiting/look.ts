/** One look at what a wait is for, without a sleep. */
import type { Driver } from "../drivers/contract/driver.ts";
import { monotonicNanoseconds } from "../drivers/contract/time.ts";
import type { Wait } from "./wait.ts";

/** What is ready now, as `Wait.resume` takes it; 0 where nothing is. */
export function look(driver: Driver, { fds, count, edges }: Wait<unknown>): number {
  const ready = count === 0 && edges !== undefined ? 0 : driver.poll(fds, count, 0, edges);
  return ready !== 0 || edges === undefined ? ready : edges.park(0);
}

/** Whether the deadline of a wait has passed. */
export function isOver(driver: Driver, { deadline }: Wait<unknown>): boolean {
  return deadline !== Infinity && monotonicNanoseconds(driver) >= deadline;
}
