/**
 * The long comparison with the kernel's epoll:  npm run fuzz:epoll -- [SEQUENCES] [SEED] [posix | net | simulated]
 *
 * Default: 200,000 sequences, a seed from the clock, and the kernel's own descriptors. Prints its progress every few
 * seconds. A difference ends it with the shrunk script of calls. A difference, or an excuse above its ceiling, is exit
 * status 1.
 */
import fc from "fast-check";
import type { Configuration } from "./configuration.ts";
import { Run } from "./runs.ts";
import { sequences } from "./sequences.ts";

const EVERY = 5000;
const [count = "200000", seed = String(Date.now() % 0x7fff_ffff), configuration = "posix"] = process.argv.slice(2);
const wanted = Number(count);
if (!(wanted >= 1) || !Number.isInteger(wanted) || !Number.isInteger(Number(seed)) || !isConfiguration(configuration)) {
  console.error(`fuzz:epoll [SEQUENCES] [SEED] [posix | net | simulated]: got '${process.argv.slice(2).join(" ")}'`);
  process.exit(2);
}

function isConfiguration(name: string): name is Configuration {
  return name === "posix" || name === "net" || name === "simulated";
}

const began = performance.now();
let told = began;
using run = new Run(configuration);

function progress(): string {
  return `${run.summary}, ${Math.round(run.figures.sequences / ((performance.now() - began) / 1000))} a second`;
}

const property = fc.asyncProperty(sequences, async (sequence) => {
  await run.sequence(sequence);
  if (performance.now() - told < EVERY) return;
  told = performance.now();
  console.log(progress());
});
console.log(`${configuration}, seed ${seed}`);
const result = await fc.check(property, { numRuns: wanted, seed: Number(seed) });
console.log(progress());
if (result.failed) {
  console.log((result.errorInstance as Error).message);
  console.log(`1 difference after ${result.numRuns} sequences, ${configuration}, seed ${seed}`);
  process.exitCode = 1;
} else console.log(`0 differences in ${wanted} sequences, ${configuration}, seed ${seed}`);
for (const sentence of run.excess) {
  console.log(sentence);
  process.exitCode = 1;
}
