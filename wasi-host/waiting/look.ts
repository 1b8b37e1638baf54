/** One look for a wait, without a sleep. */
import type { Driver } from "../drivers/contract/driver.ts";
import { monotonicNanoseconds } from "../drivers/contract/time.ts";
import type { Wait } from "./wait.ts";

/** The present readiness, as for `Wait.resume`; 0 for none. */
export function look(driver: Driver, { fds, count, edges }: Wait<unknown>): number {
  const ready = count === 0 && edges !== undefined ? 0 : driver.poll(fds, count, 0, edges);
  return ready !== 0 || edges === undefined ? ready : edges.park(0);
}

/** Whether the deadline of a wait has passed. */
export function isOver(driver: Driver, { deadline }: Wait<unknown>): boolean {
  return deadline !== Infinity && monotonicNanoseconds(driver) >= deadline;
}
