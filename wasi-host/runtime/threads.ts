/**
 * The host's own threads: the guest's (`worker/worker.ts`), and the one of the net driver's sockets
 * (`drivers/net/worker.ts`).
 *
 * Both run one file, dist/pollux-worker.mjs, which shares nothing with others. A bundled program ships it beside its
 * bundle; webpack does so itself, because it knows the form `new URL(..., import.meta.url)`. In an installed package the net
 * driver's thread has a file of its own, which is a twentieth as long: it starts earlier, and takes 3 MB less.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker, type WorkerOptions } from "node:worker_threads";
import { pathOf, thisFile } from "./installed.ts";

const FILE = "pollux-worker.mjs";
const NET_FILE = "pollux-net.mjs";

/** The role of the thread. The rest of its data depends on the role. */
export type Role = "guest" | "net";

let running: URL | undefined;

/** The file of a running thread, under any name from a bundler: it starts other threads from the same file. */
export function runsThreadFile(url: string): void {
  running = new URL(url);
}

/**
 * The file of a thread.
 *
 * @throws Error that says what to ship, in a bundle without it.
 */
export function threadFile(role: Role): URL {
  const file = commonFile();
  if (role !== "net") return file;
  const alone = new URL(NET_FILE, file);
  return existsSync(alone) ? alone : file;
}

function commonFile(): URL {
  if (running !== undefined) return running;
  const beside = besideThisFile();
  const candidates = [...beside, ...besideProgram()];
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found !== undefined) return found;
  try {
    return pathToFileURL(pathOf("pollux/host/worker"));
  } catch (error) {
    const folder = path.dirname(fileURLToPath(candidates[0] ?? pathToFileURL(path.resolve(FILE))));
    throw new Error(
      `no ${FILE} in ${folder}, which a thread of the host needs: copy node_modules/pollux/dist/${FILE} beside the bundle`,
      { cause: error },
    );
  }
}

/** A CommonJS bundle has no `import.meta`, but a `__filename`. */
function besideThisFile(): URL[] {
  try {
    return [new URL("./pollux-worker.mjs", import.meta.url)];
  } catch {
    const file = thisFile();
    return file === undefined ? [] : [pathToFileURL(path.join(path.dirname(file), FILE))];
  }
}

/** A bundle of several files may have its chunks in another folder. */
function besideProgram(): URL[] {
  const [, program] = process.argv;
  return program === undefined ? [] : [pathToFileURL(path.join(path.dirname(path.resolve(program)), FILE))];
}

/**
 * Starts a thread without the process's start options: with `node --input-type=module -e` a thread could not start, and an
 * `--import` would run in each. V8's options apply to the whole process.
 */
export function startThread(
  file: URL,
  workerData: unknown,
  options: Pick<WorkerOptions, "transferList" | "resourceLimits"> = {},
): Worker {
  return new Worker(file, { ...options, workerData, execArgv: [], ...environment() });
}

/**
 * NODE_OPTIONS counts for threads too. Deno and Bun do not pass it on, and Deno asks before it shows the environment.
 */
function environment(): Pick<WorkerOptions, "env"> {
  if (process.versions.bun !== undefined || process.versions.deno !== undefined) return {};
  if (process.env.NODE_OPTIONS === undefined) return {};
  const { NODE_OPTIONS, ...env } = process.env;
  return { env };
}
