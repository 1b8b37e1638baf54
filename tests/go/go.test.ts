/**
 * Go's own tests of its standard library, as guests: `npm run test:go`. Each test of a binary is a test here, but for those
 * that Go itself skips on WASI; the binaries run two at a time before the tests are declared.
 */
import { describe, expect, it } from "vitest";
import { pinned } from "../../runtimes/pins.ts";
import { knownFailures, writeKnownFailures } from "./known-failures.ts";
import { goVersion, PACKAGES, testBinary } from "./test-binaries.ts";
import { pollux, type TestRun, testRun, wazero } from "./test-run.ts";

const version = goVersion();
const reference = pinned("wazero");
const known = knownFailures();
const runs = new Map<string, TestRun>();

/** What wazero makes of a test that fails here. */
async function underWazero(name: string, test: string): Promise<string> {
  if (reference.missing !== undefined) return `wazero ${reference.missing}`;
  const { tests } = await testRun(wazero(reference.program), testBinary(name, version!), test);
  const outcome = tests.get(test)?.outcome;
  return `under wazero ${reference.version}: ${outcome}`;
}

/** The first line that is about the failure. */
function reasonOf(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "" && !/^\s*(===|---) /.test(line));
  return lines[0]?.trim() ?? "no reason given";
}

async function runAll(): Promise<void> {
  const waiting = [...PACKAGES];
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      runs.set(name, await testRun(pollux("posix"), testBinary(name, version!)));
    }
  };
  await Promise.all([work(), work()]);
}

if (version === undefined) it.skip("there is no Go on this machine: see https://go.dev/doc/install");
else await runAll();

for (const [name, { tests, status, error }] of runs) {
  describe(name, () => {
    it("runs to its end", () => {
      const unended = [...tests].filter(([, { outcome }]) => outcome === "unended").map(([test]) => test);
      expect({ unended, error }).toEqual({ unended: [], error: "" });
      expect(status).toBe([...tests.values()].some(({ outcome }) => outcome === "fail") ? 1 : 0);
      expect(tests.size).toBeGreaterThan(5);
    });

    for (const [test, { outcome, output }] of tests) {
      if (outcome !== "pass" && outcome !== "fail") continue;
      const reason = known[name]?.[test];
      it(reason === undefined ? test : `${test} (known: ${reason})`, async () => {
        if (reason !== undefined) expect(outcome, "passes now: take it out of known-failures.json").toBe("fail");
        else if (outcome === "fail") throw new Error(`${await underWazero(name, test)}\n${output}`);
      }, 300_000);
    }
  });
}

it("each known failure names an existing test", () => {
  for (const [name, tests] of Object.entries(known))
    for (const test of Object.keys(tests)) expect([...(runs.get(name)?.tests.keys() ?? [])]).toContain(test);
});

if (process.env.POLLUX_UPDATE_GO === "1") {
  const found: typeof known = {};
  for (const [name, { tests }] of runs) {
    for (const [test, { outcome, output }] of tests) {
      if (outcome !== "fail" || !(await underWazero(name, test)).endsWith("fail")) continue;
      found[name] = { ...found[name], [test]: reasonOf(output) };
    }
  }
  writeKnownFailures(found);
}
