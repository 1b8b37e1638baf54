/**
 * Damaged components:  npm run fuzz:components -- [COUNT] [SEED] [FILE...]
 *
 * Default: 100,000 of the bundled programs and of those that npm run build:guests makes, and a seed from the clock.
 * Each is refused in one line within a second, or runs to its first call of the host. They run in their own processes,
 * so that a crash or a hang is a finding too. The seed of a finding repeats it: COUNT 1, its SEED and the same files.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { componentNew, preview1AdapterCommandPath } from "@bytecodealliance/jco";

const RUNNER = fileURLToPath(new URL("fuzz-components-runner.js", import.meta.url));
const BUNDLED = ["echo-epoll", "client"].map((name) => `dist/programs/${name}.component.wasm`);
const BUILT = ["python/app", "javascript/echo-clock"].map((name) => `tests/components/built/${name}.wasm`);
/** Modules that the preview1 adapter turns into components. */
const WRAPPED = ["c/upper"].map((name) => `tests/components/built/${name}.wasm`);
/** The number in one process: it keeps compiled and linked modules too long. */
const BATCH = 2000;
/** Looks, a second apart, without a new seed, after which it hangs. */
const PATIENCE = 30;
const REPORT = 3;
const FOUND = 1;
/**
 * A compiler's thread that needs a garbage collection waits for the main thread, and Node's main thread waits for compilers when it has
 * nothing else to do: both wait for ever (nodejs/node#54918). The runner collects garbage so often that this was every fourth batch.
 */
const NO_DEADLOCK = "--no-concurrent-recompilation";

const [count = "100000", seed = String(Date.now() % 0x3fff_ffff), ...given] = process.argv.slice(2);
if (![count, seed].every((number) => /^[1-9]\d*$/.test(number))) {
  console.error(`fuzz:components [COUNT] [SEED] [FILE...]: got '${process.argv.slice(2).join(" ")}'`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "pollux-fuzz-"));

async function components(): Promise<string[]> {
  if (given.length > 0) return given;
  const adapter = readFileSync(preview1AdapterCommandPath());
  const wrapped = WRAPPED.filter((file) => existsSync(file)).map(async (file, index) => {
    const component = join(folder, `${index}.wasm`);
    writeFileSync(component, await componentNew(readFileSync(file), [["wasi_snapshot_preview1", adapter]]));
    return component;
  });
  return [...BUNDLED, ...BUILT.filter((file) => existsSync(file)), ...(await Promise.all(wrapped))];
}

/**
 * @returns undefined; or the last seed, and the end of the process
 */
async function batch(
  first: number,
  size: number,
  files: readonly string[],
): Promise<{ readonly at: string; readonly how: string } | undefined> {
  const child = spawn(process.execPath, [NO_DEADLOCK, RUNNER, String(first), String(size), ...files], {
    stdio: ["ignore", "pipe", "inherit", "pipe"],
  });
  let at = "";
  let silent = 0;
  let hung = false;
  const watchdog = setInterval(() => {
    if (++silent <= PATIENCE) return;
    hung = true;
    child.kill("SIGKILL");
  }, 1000);
  const ended = new Promise<string | number>((resolve) =>
    child.once("exit", (status, signal) => resolve(signal ?? status!)),
  );
  const said = text(child.stdout!);
  for await (const line of createInterface({ input: child.stdio[REPORT] as Readable })) {
    silent = 0;
    at = line;
  }
  const how = await ended;
  clearInterval(watchdog);
  process.stdout.write(await said);
  return how === 0 ? undefined : { at, how: hung ? "it hangs" : `it ends with ${how}` };
}

const files = await components();
console.log(`seed ${seed}: ${files.join(" ")}`);
try {
  for (let done = 0; done < Number(count); done += BATCH) {
    const finding = await batch(Number(seed) + done, Math.min(BATCH, Number(count) - done), files);
    if (finding === undefined) continue;
    console.log(`1 finding, seed ${finding.at}: ${finding.how}`);
    process.exitCode = FOUND;
    break;
  }
  if (process.exitCode === undefined)
    console.log(`0 findings in ${count} damaged components of ${files.length}, seed ${seed}`);
} finally {
  rmSync(folder, { recursive: true });
}
