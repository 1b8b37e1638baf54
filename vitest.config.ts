import { defineConfig } from "vitest/config";
import { TESTS_ON_NODE } from "./tests/script-runtime.ts";
import SlowestFirst from "./tests/slowest-first.ts";

/**
 * Files that need a process of their own: they compute for long, which is several times as slow behind the code of other files,
 * they measure memory, or they load a module with another working folder.
 */
const ALONE = [
  "tests/conformance/driver-scale.test.ts",
  "tests/differential/differential.test.ts",
  "tests/hosts/fuzz.test.ts",
  "tests/hosts/fuzz-flat-calls.test.ts",
  "tests/hosts/component-fuzz.test.ts",
  "tests/runtimes/installing.test.ts",
];

/** One project for each kind of proof: see CONTRIBUTING. `npm test` has built dist/ before. */
const project = (name: string, testTimeout = 20_000, more: { globalSetup?: string[] } = {}) => ({
  test: {
    name,
    include: [`tests/${name}/**/*.test.ts`],
    exclude: ALONE,
    testTimeout,
    hookTimeout: testTimeout,
    setupFiles: ["tests/setup.ts"],
    // Files share loaded modules: a process for each takes 0.4 s.
    isolate: false,
    // Random sequences make much short-lived garbage: a larger young generation saves a tenth of the CPU time.
    execArgv: TESTS_ON_NODE ? ["--max-semi-space-size=32"] : [],
    ...more,
  },
});

export default defineConfig({
  test: {
    reporters: ["default", "./tests/closing-line.ts"],
    // One more than two cores, because many tests wait: for a time-out, a compiler, or a program that starts.
    maxWorkers: 3,
    sequence: { sequencer: SlowestFirst },
    projects: [
      project("unit"),
      project("hosts"),
      project("site", 60_000),
      project("conformance"),
      project("differential", 240_000),
      project("programs", 120_000),
      project("guests", 60_000),
      project("real", 60_000),
      project("components", 120_000),
      project("runtimes", 60_000),
      project("packages", 120_000, { globalSetup: ["tests/packages/consumer.ts"] }),
      { test: { name: "alone", include: ALONE, testTimeout: 240_000, setupFiles: ["tests/setup.ts"] } },
      // Only by `npm run test:go`.
      project("go", 300_000),
    ],
  },
});
