/**
 * Every host call with hostile arguments:  npm run fuzz:host -- [CALLS] [SEED] [posix | net] [PATH]
 *
 * Default: 1,000,000 calls, a seed of the clock's, and the posix driver, with which the simulated one takes turns. The calls
 * are made in a process of their own, so that a crash or a hang is a finding like any other. Prints the shrunk script of a
 * finding, and what repeats it; exit status 1. The seed of a batch and a PATH, both of which a finding names, repeat it alone
 * (over the net driver not always: when something arrives there is up to a thread).
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
 * Looks, a second apart, of which none finds a word: then it hangs. A sequence takes a hundredth of this. Looks and not time:
 * where a machine has nothing left for the runner, it has nothing for who looks either.
 */
const PATIENCE = 30;
const RUNNER = fileURLToPath(new URL("fuzz-host-runner.js", import.meta.url));
const REPORT = 3;
const FOUND = 1;

const [calls = "1000000", seed = String(Date.now() % 0x7fff_ffff), ...rest] = process.argv.slice(2);
const over = Object.hasOwn(RUNS, rest[0] ?? "") ? rest.shift()! : "posix";
const [path] = rest;
if (![calls, seed].every((text) => /^[1-9]\d*$/.test(text)) || !/^[\d:]*$/.test(path ?? "")) {
  console.error(`fuzz:host [CALLS] [SEED] [posix | net] [PATH]: got '${process.argv.slice(2).join(" ")}'`);
  process.exit(2);
}

interface Ending {
  readonly status: number | null;
  /** "status 3", "SIGSEGV", "it hangs". */
  readonly how: string;
  /** What it said on its descriptor 3. */
  readonly lines: readonly string[];
}

/** Runs the runner. `keep`: which lines are of use when another one comes. */
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
    if (++silent < PATIENCE) return;
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

/** What crashes or hangs cannot be shrunk where it does so: here each attempt has a process to itself. */
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
  path === undefined ? [calls, seed, over] : ["1", seed, over, path],
  "",
  (kept, line) => (line.startsWith("seed ") ? [line.slice("seed ".length)] : [...kept, line]),
);
if (status === 0) console.log(`0 findings in ${calls} calls, ${over}, seed ${seed}`);
else {
  process.exitCode = FOUND;
  const [batch = seed, ...begun] = lines;
  if (status !== FOUND) {
    console.log(`// ${how}; shrinking`);
    await shrink(batch, path ?? String(begun.length - 1));
  }
  console.log(`1 finding, ${over}, seed ${seed}`);
}
