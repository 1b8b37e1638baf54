/** Loops under test: over each driver, with each way to wait. */
import { Loop, type LoopOptions } from "../../../src/loop/index.ts";

/** For `describe.each`: drivers by name. */
export const DRIVERS = ["posix", "net", "simulated"] as const;

/** For `describe.each`: the calls that run a loop to its end. */
export const WAITS: readonly (readonly [string, (loop: Loop) => Promise<void>])[] = [
  ["suspending", (loop) => loop.run()],
  ["blocking", async (loop) => loop.runSync()],
];

/** Each driver with each way to wait: blocking and suspending. */
export const COMBINATIONS = DRIVERS.flatMap((driver) => WAITS.map(([wait, run]) => ({ driver, wait, run })));

/** A loop whose errors are collected. */
export async function openLoop(options: LoopOptions): Promise<Loop & { errors: unknown[] }> {
  const errors: unknown[] = [];
  return Object.assign(await Loop.open({ onError: (error) => errors.push(error), ...options }), { errors });
}
