/**
 * The same suite on a Node that can suspend guests: that of `npm run runtimes`, or the one that `POLLUX_NODE_24` names.
 */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { NODE_24 } from "../../../runtimes/catalogue.ts";
import { pinned } from "../../../runtimes/pins.ts";
import { canSuspend } from "../../../wasi-host/waiting/suspending.ts";
import { COMBINATIONS } from "./combinations.ts";

interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const VITEST = ["node_modules/vitest/vitest.mjs", "run", "--project", "hosts", "--reporter=json"];
const SUITES = ["tests/hosts/sleep/ways.test.ts", "tests/hosts/sleep/refusals.test.ts"];

function report(node: string): Report {
  const { stdout, stderr, error } = spawnSync(node, [...VITEST, ...SUITES], {
    encoding: "utf8",
    timeout: 120_000,
    env: { ...process.env, VITEST: undefined, VITEST_POOL_ID: undefined, VITEST_WORKER_ID: undefined },
  });
  if (error !== undefined) throw new Error(`cannot run '${node}': ${error.message}`);
  const start = stdout.indexOf('{"num');
  if (start < 0) throw new Error(`no report: ${stdout}${stderr}`);
  return JSON.parse(stdout.slice(start, stdout.lastIndexOf("}") + 1));
}

describe(canSuspend ? "this runtime" : "on Node 24", () => {
  if (canSuspend) {
    // Its suites have run with the others.
    it("suspends guests over each driver itself", () => {
      const suspending = COMBINATIONS.filter(({ way }) => way === "suspending");
      expect(suspending.map(({ driver }) => driver)).toEqual(["posix", "net"]);
    });
    return;
  }
  // Without the binary, its test is skipped; if CI is set, this fails the run.
  if (NODE_24 === undefined) {
    it("every way to sleep", ({ skip }) => skip(pinned("node-24").missing));
    return;
  }
  const { testResults } = report(NODE_24);
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  it("all suites ran, those of suspended guests too", () => {
    expect(testResults.map(({ message }) => message).join("")).toBe("");
    expect(
      tests.filter(({ ancestorTitles }) => ancestorTitles.some((title) => title.startsWith("suspending,"))).length,
    ).toBeGreaterThan(10);
  });
  for (const { ancestorTitles, title, status, failureMessages } of tests) {
    it(`${ancestorTitles.filter((part) => part !== "").join(": ")}: ${title}`, () => {
      expect(failureMessages.join("\n")).toBe("");
      expect(status).toBe("passed");
    });
  }
});
