/**
 * Every host call with hostile arguments:  npm run fuzz:host -- [CALLS] [SEED] [posix | net | component] [PATH]
 *
 * Default: 1,000,000 calls, a seed from the clock, and the posix driver in turns with the simulated one. The calls run
 * in their own process, so that a crash or a hang is a finding too. Prints the shrunk script of a finding, and the
 * command that repeats it; exit status 1. The seed of a batch and a PATH, both from a finding, repeat it alone (not
 * always over the net driver, where a thread decides when data arrives). `component`: the calls of WASI 0.2, whose
 * findings have only a seed.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { sequencesOf } from "./calls.ts";
import { repeats, serialized } from "./script.ts";
import { RUNS } from "./steps.ts";

/**
 * Number of checks, a second apart, without a word from the runner after which it hangs. A sequence takes a hundredth of
 * this. A number of checks, not a time: a busy machine delays the runner and the checks alike.
 */
const TIMEOUT_SECONDS = 30;
const RUNNER = fileURLToPath(new URL("fuzz-host-runner.js", import.meta.url));
const REPORT = 3;
const FOUND = 1;

const [calls = "1000000", seed = String(Date.now() % 0x7fff_ffff), ...rest] = process.argv.slice(2);
const over = Object.hasOwn(RUNS, rest[0] ?? "") || rest[0] === "component" ? rest.shift()! : "posix";
const flat = over === "component";
const [path] = rest;
if (![calls, seed].every((text) => /^[1-9]\d*$/.test(text)) || !/^[\d:]*$/.test(path ?? "")) {
  console.error(`fuzz:host [CALLS] [SEED] [posix | net | component] [PATH]: got '${process.argv.slice(2).join(" ")}'`);
  process.exit(2);
}

interface Ending {
  readonly status: number | null;
  /** "status 3", "SIGSEGV", "it hangs". */
  readonly how: string;
  /** The output on its descriptor 3. */
  readonly lines: readonly string[];
}

/** Runs the runner. `keep`: the lines that stay useful after a new one. */
async function run(
  args: readonly string[],
  input: string,
  keep: (lines: string[], line: string) => string[],
): Promise<Ending> {
  const child = spawn(process.execPath, ["--expose-gc", RUNNER, ...args], {
    stdio: ["pipe", "inherit", "inherit", "pipe"],
  });
  let lines: string[] = [];
  let hung = false;
  let silent = 0;
  const watchdog = setInterval(() => {
    if (++silent < TIMEOUT_SECONDS) return;
    hung = true;
    child.kill("SIGKILL");
  }, 1000);
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (status, signal) => resolve(signal ?? `status ${status}`));
  });
  child.stdin!.end(input);
  for await (const line of createInterface({ input: child.stdio[REPORT] as Readable })) {
    silent = 0;
    lines = keep(lines, line);
  }
  const how = await ended;
  clearInterval(watchdog);
  return { status: child.exitCode, how: hung ? "it hangs" : how, lines };
}

/** A crash or a hang cannot be shrunk in the process where it happens, so each attempt has its own. */
async function shrink(batch: string, from: string): Promise<void> {
  const property = fc.asyncProperty(sequencesOf(RUNS[over]), async (sequence) => {
    const { status, how, lines } = await run(["play"], serialized(sequence), (all, line) => [...all, line]);
    if (status !== 0) throw new Error([...lines, `// ${how}`].join("\n"));
  });
  const result = await fc.check(property, { numRuns: 1, seed: Number(batch), path: from });
  console.log(result.failed ? (result.errorInstance as Error).message : "// it does not happen again by itself");
  console.log(repeats(batch, over, result.counterexamplePath ?? from));
}

console.log(`${over}, seed ${seed}`);
const { status, how, lines } = await run(
  flat ? ["flat", calls, seed] : path === undefined ? [calls, seed, over] : ["1", seed, over, path],
  "",
  (kept, line) => (line.startsWith("seed ") ? [line.slice("seed ".length)] : [...kept, line]),
);
if (status === 0) console.log(`0 findings in ${calls} calls, ${over}, seed ${seed}`);
else {
  process.exitCode = FOUND;
  const [batch = seed, ...begun] = lines;
  if (status !== FOUND && flat) console.log(`// ${how}, with the seed ${batch}`);
  else if (status !== FOUND) {
    console.log(`// ${how}; shrinking`);
    await shrink(batch, path ?? String(begun.length - 1));
  }
  console.log(`1 finding, ${over}, seed ${seed}`);
}
