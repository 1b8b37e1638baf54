/** Way to sleep, driver, runtime: what was proved of each combination, and why the others cannot be. */
import type { TestModule } from "vitest/node";
import { type Count, count, testsOf } from "./tally.ts";

const HERE = `Node ${process.versions.node.split(".")[0]}`;
const NOT_APPLICABLE: readonly [string, string][] = [
  ["suspending, driver posix, Node 20", "Node 20 has no JSPI"],
  ["suspending, driver net, Node 20", "Node 20 has no JSPI"],
  [
    "blocking, any driver, any runtime",
    "takes its caller's thread: tests/hosts/sockets.test.ts and tests/programs have it",
  ],
  ["worker, driver simulated, any runtime", "a simulated network is in one thread's memory: nobody else is in it"],
];

/** Lines to print; none if no test ran. */
export function sleepMatrix(modules: readonly TestModule[]): string[] {
  const found = new Map<string, Count>();
  for (const test of testsOf(modules)) {
    const match = /(?<elsewhere>on Node 24 > )?(?<way>suspending|stepping|worker), driver (?<driver>\w+)/.exec(
      test.fullName,
    );
    if (match === null) continue;
    const { elsewhere, way, driver } = match.groups!;
    count(found, `${way}, driver ${driver}, ${elsewhere === undefined ? HERE : "Node 24"}`, test);
  }
  if (found.size === 0) return [];
  return [
    "Ways to sleep:",
    ...[...found].map(([name, { passed, all }]) => `  ${name}: ${passed} of ${all} passed`),
    ...NOT_APPLICABLE.filter(([name]) => !found.has(name)).map(([name, why]) => `  ${name}: not applicable, ${why}`),
  ];
}
