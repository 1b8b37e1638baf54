/** One run of a Go test binary, as Go's own `go_wasip1_wasm_exec` starts it, and its results test by test. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { CLI } from "../hosts/command.ts";
import type { TestBinary } from "./test-binaries.ts";

export interface TestRun {
  /** By the names of the tests, subtests not among them: they are a part of their test. */
  readonly tests: ReadonlyMap<string, TestResult>;
  /** Of the binary: 0, or 1 where a test failed; -1 where it was ended by a signal. */
  readonly status: number;
  /** What was written to stderr. */
  readonly error: string;
}

export interface TestResult {
  readonly outcome: "pass" | "fail" | "skip" | "unended";
  readonly output: string;
}

/** Of a line of test2json (`go doc cmd/test2json`), what is used. */
interface TestEvent {
  readonly Action: string;
  readonly Test?: string;
  readonly Output?: string;
}

/** Go prints the goroutines of a test that takes longer. */
const TIMEOUT = "5m";

type Command = (binary: TestBinary, args: readonly string[]) => string[];

export const pollux =
  (driver: string): Command =>
  ({ module, directory }, args) => [
    ...[process.execPath, CLI, "run", "--driver", driver, "--dir", "/::/"],
    ...["--env", `PWD=${directory}`, "--env", `PATH=${process.env.PATH}`, module, ...args],
  ];

export const wazero =
  (program: string): Command =>
  ({ module }, args) => [program, "run", "-mount", "/:/", "-env-inherit", module, ...args];

/** `only`: the test to run; all by default. */
export async function testRun(command: Command, binary: TestBinary, only?: string): Promise<TestRun> {
  const chosen = only === undefined ? [] : [`-test.run=^${only}$`];
  const args = ["-test.v=test2json", "-test.short", `-test.timeout=${TIMEOUT}`, ...chosen];
  const child = spawn("go", ["tool", "test2json", ...command(binary, args)], {
    cwd: binary.directory,
    env: { ...process.env, PWD: binary.directory },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [events, error, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { tests: resultsOf(events), status: status ?? -1, error };
}

function resultsOf(events: string): Map<string, TestResult> {
  const tests = new Map<string, TestResult>();
  for (const line of events.split("\n")) {
    const event = line.startsWith("{") ? (JSON.parse(line) as TestEvent) : undefined;
    if (event?.Test === undefined) continue;
    const [name] = event.Test.split("/");
    const { outcome, output } = tests.get(name) ?? { outcome: "unended", output: "" };
    const ended = event.Test === name && ["pass", "fail", "skip"].includes(event.Action);
    tests.set(name, {
      outcome: ended ? (event.Action as TestResult["outcome"]) : outcome,
      output: output + (event.Output ?? ""),
    });
  }
  return tests;
}
