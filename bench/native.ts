/** The C programs of the benchmark: built with gcc -O2 into a folder of dist, again only when a source is newer. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { BenchmarkError } from "./benchmark.ts";

/** Of all programs that are built for the benchmark. */
export const OUTPUT = join("dist", "bench");
/** What sources include: the load generators do. */
const HEADER = join("bench", "load.h");

/** A library that a source needs, which not every machine has. */
interface Library {
  name: string;
  /** Default: the name with `.h`. */
  header?: string;
  /** The command that installs it. */
  install: string;
}

/** Builds one C source and returns the program's path. */
export function built(source: string, library?: Library): string {
  const program = join(OUTPUT, basename(source, ".c"));
  if (modified(program) < Math.max(modified(source), modified(HEADER))) {
    requireGcc();
    mkdirSync(OUTPUT, { recursive: true });
    const libraries = library === undefined ? [] : [`-l${library.name}`];
    const options = ["-O2", "-Wall", "-Wextra", "-o", program, source, ...libraries];
    const { status, stderr } = spawnSync("gcc", options, { encoding: "utf8" });
    if (
      status !== 0 &&
      library !== undefined &&
      stderr.includes(`${library.header ?? `${library.name}.h`}: No such file`)
    )
      throw new BenchmarkError(`lib${library.name} is missing (${library.install})`);
    if (status !== 0) throw new BenchmarkError(`gcc cannot build ${source}:\n${stderr}`);
  }
  return program;
}

/** `question`: what it answers at once. */
export function onPath(program: string, question = "--version"): boolean {
  return spawnSync(program, [question], { stdio: "ignore" }).error === undefined;
}

export function gccVersion(): string {
  requireGcc();
  return execFileSync("gcc", ["-dumpfullversion"], { encoding: "utf8" }).trim();
}

function requireGcc(): void {
  if (!onPath("gcc"))
    throw new BenchmarkError("gcc is missing: it builds the C reference server and the load (apt-get install gcc)");
}

/** Milliseconds since the epoch; 0 for a file that does not exist, older than any source. */
export function modified(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
