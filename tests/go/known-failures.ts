/**
 * Tests of Go's own that fail here and under wazero too, with the reason: there is none now.
 *
 * One that is listed and passes is a failure, and so is one that fails and is not listed; of that the suite says whether it
 * fails under wazero. `POLLUX_UPDATE_GO=1 npm run test:go` writes this list: known-failures.json.
 */
import { readFileSync, writeFileSync } from "node:fs";

/** By package, then by test: why. */
export type KnownFailures = Record<string, Record<string, string>>;

const FILE = "tests/go/known-failures.json";

export function knownFailures(): KnownFailures {
  return JSON.parse(readFileSync(FILE, "utf8"));
}

export function writeKnownFailures(failures: KnownFailures): void {
  writeFileSync(FILE, `${JSON.stringify(failures, undefined, 2)}\n`);
}
