/** How many tests of a kind there were, and how many of them passed. */
import type { TestCase, TestModule } from "vitest/node";

export interface Count {
  passed: number;
  all: number;
}

export const testsOf = (modules: readonly TestModule[]): TestCase[] =>
  modules.flatMap(({ children }) => [...children.allTests()]);

/** Counts the test among those of that name. */
export function count(counts: Map<string, Count>, name: string, test: TestCase): void {
  const { passed, all } = counts.get(name) ?? { passed: 0, all: 0 };
  counts.set(name, { passed: passed + (test.result().state === "passed" ? 1 : 0), all: all + 1 });
}
