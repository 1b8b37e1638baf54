/** The contract of drivers: how much of its suite each has passed, and what of it is left out where, and why. */
import type { TestModule } from "vitest/node";
import { LEFT_OUT } from "./conformance/driver-features.ts";

const SUITE = /conformance\/driver(-connections|-datagrams|-edges|-poll|-sleep|-wakeups)?\.test\.ts$/;

/** Lines to print; none where nothing of it was run. */
export function driverMatrix(modules: readonly TestModule[]): string[] {
  const found = new Map<string, { passed: number; all: number }>();
  for (const module of modules.filter(({ moduleId }) => SUITE.test(moduleId))) {
    for (const test of module.children.allTests()) {
      const driver = /(\w+) driver/.exec(test.fullName)?.[1];
      const { state } = test.result();
      if (driver === undefined || state === "pending") continue;
      const count = found.get(driver) ?? { passed: 0, all: 0 };
      count.all++;
      if (state === "passed") count.passed++;
      found.set(driver, count);
    }
  }
  if (found.size === 0) return [];
  const line = ([driver, { passed, all }]: [string, { passed: number; all: number }]) => {
    const out = Object.entries(LEFT_OUT[driver] ?? {}).map(([feature, why]) => `${feature} (${why})`);
    return `  ${driver}: ${passed} of ${all} passed${out.length === 0 ? "" : `; left out: ${out.join(", ")}`}`;
  };
  return ["The contract of drivers:", ...[...found].map(line)];
}
