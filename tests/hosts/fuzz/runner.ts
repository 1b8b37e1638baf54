/**
 * The process that makes the calls; `fuzz.ts` observes it.
 *
 *     node fuzz-host-runner.js CALLS SEED RUN [PATH]   batch after batch; "seed N" and "." for each sequence to descriptor 3
 *     node fuzz-host-runner.js flat CALLS SEED         calls of WASI 0.2, guest after guest; "seed N" for each to descriptor 3
 *     node fuzz-host-runner.js play                    the one sequence on stdin; each line of its script, before it is played
 *
 * The seed of a batch is enough to repeat it. Exit status 1: a property did not hold, and stdout names it.
 */
import { readFileSync, writeSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { Errno, errnoName } from "../../../wasi-host/abi/errno.ts";
import { EVERY_SIGNATURE, sequencesOf } from "./calls.ts";
import { FlatFinding, fuzzFlatCalls } from "./flat-calls.ts";
import { OPERATIONS } from "./judging.ts";
import { type Figures, play } from "./player.ts";
import { parse, repeats } from "./script.ts";
import { RUNS, type Sequence } from "./steps.ts";

const REPORT = 3;
const FOUND = 1;
const BATCH = 50;
/** Calls of WASI 0.2 on one guest. */
const FLAT_CALLS = 2000;
/** The result of an operation that reached the socket: a connection hardly ever waits. */
const DONE = [0, Errno.AGAIN];
/** Milliseconds between two lines of progress. */
const EVERY = 5000;

const figures: Figures = { calls: 0, signatures: new Set(), outcomes: new Map(), asked: new Map() };
const say = (text: string) => void writeSync(REPORT, `${text}\n`);
const began = performance.now();
let told = began;

function progress(): string {
  const rate = Math.round(figures.calls / ((performance.now() - began) / 1000));
  return `${figures.calls} calls, ${rate} a second, ${figures.outcomes.size} outcomes`;
}

async function one(sequence: Sequence): Promise<void> {
  say(".");
  await play(sequence, figures);
  if (performance.now() - told < EVERY) return;
  told = performance.now();
  console.log(progress());
}

/** Each guest has the next seed, and the drivers take turns. */
async function flatCalls(wanted: number, first: number): Promise<void> {
  for (let seed = first; figures.calls < wanted; seed++) {
    say(`seed ${seed}`);
    try {
      await fuzzFlatCalls(seed % 2 === 0 ? "posix" : "simulated", seed, Math.min(FLAT_CALLS, wanted));
    } catch (error) {
      if (!(error instanceof FlatFinding)) throw error;
      console.log(error.message);
      console.log(`npm run fuzz:host -- ${FLAT_CALLS} ${seed} component`);
      process.exit(FOUND);
    }
    figures.calls += FLAT_CALLS;
    if (performance.now() - told > EVERY) {
      told = performance.now();
      console.log(`${figures.calls} calls`);
    }
    await setImmediate();
    globalThis.gc!();
  }
}

async function batches(wanted: number, first: number, over: string, path: string | undefined): Promise<void> {
  const property = fc.asyncProperty(sequencesOf(RUNS[over]), one);
  for (let seed = first; figures.calls < wanted; seed++) {
    say(`seed ${seed}`);
    const result = await fc.check(property, { numRuns: BATCH, seed, ...(path === undefined ? {} : { path }) });
    if (result.failed) {
      console.log((result.errorInstance as Error).message);
      console.log(repeats(seed, over, result.counterexamplePath!));
      process.exit(FOUND);
    }
    if (path !== undefined) break;
    // Each guest's memory reserves gigabytes of addresses, but uses little of them, so the engine does not collect it.
    // An AbortSignal keeps its weak references until the next turn of the event loop.
    await setImmediate();
    globalThis.gc!();
  }
  console.log(progress());
  const never = [
    ...EVERY_SIGNATURE.filter((signature) => !figures.signatures.has(signature)),
    ...OPERATIONS.filter((operation) => !DONE.some((errno) => figures.asked.has(`${operation} ${errnoName(errno)}`))),
  ];
  if (never.length > 0) console.log(`never called: ${never.join(", ")}`);
  console.log(counts(figures.outcomes));
  console.log(`the ready file: ${counts(figures.asked)}`);
}

/** The most frequent first. */
function counts(outcomes: ReadonlyMap<string, number>): string {
  const common = [...outcomes].sort(([, one], [, other]) => other - one);
  return common.map(([outcome, count]) => `${outcome} ${count}`).join(", ");
}

const [mode, seed, over, path] = process.argv.slice(2);
if (mode === "play") await play(parse(readFileSync(0, "utf8")), figures, say);
else if (mode === "flat") await flatCalls(Number(seed), Number(over));
else await batches(Number(mode), Number(seed), over, path);
