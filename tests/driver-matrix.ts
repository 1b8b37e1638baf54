/** Results of the driver contract: the passed tests of each driver, and the omitted parts with reasons. */
import type { TestModule } from "vitest/node";
import { LEFT_OUT } from "./conformance/driver-features.ts";
import { type Count, count, testsOf } from "./tally.ts";

const SUITE =
  /conformance\/driver(-capabilities|-connections|-datagrams|-edges|-endings|-poll|-sleep|-wakeups)?\.test\.ts$/;

/** Lines to print; none if no test ran. */
export function driverMatrix(modules: readonly TestModule[]): string[] {
  const found = new Map<string, Count>();
  for (const test of testsOf(modules.filter(({ moduleId }) => SUITE.test(moduleId)))) {
    const driver = /(\w+) driver/.exec(test.fullName)?.[1];
    if (driver !== undefined && test.result().state !== "pending") count(found, driver, test);
  }
  if (found.size === 0) return [];
  const line = ([driver, { passed, all }]: [string, Count]) => {
    const out = Object.entries(LEFT_OUT[driver] ?? {}).map(([feature, why]) => `${feature} (${why})`);
    return `  ${driver}: ${passed} of ${all} passed${out.length === 0 ? "" : `; left out: ${out.join(", ")}`}`;
  };
  return ["The contract of drivers:", ...[...found].map(line)];
}
