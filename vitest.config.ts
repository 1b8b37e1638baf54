import { defineConfig } from "vitest/config";
import SlowestFirst from "./tests/slowest-first.ts";

/** One project for each kind of proof: see CONTRIBUTING. `npm test` has built dist/ before. */
const project = (name: string, testTimeout = 20_000, more: { globalSetup?: string[] } = {}) => ({
  test: {
    name,
    include: [`tests/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: testTimeout,
    setupFiles: ["tests/setup.ts"],
    // Files share loaded modules: a process for each takes 0.4 s.
    isolate: false,
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
      // Only by `npm run test:go`.
      project("go", 300_000),
    ],
  },
});
