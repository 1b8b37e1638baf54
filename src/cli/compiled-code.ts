/**
 * Keeps the compiled code of the command's files between runs: reading the source of a run takes V8 as long as all else that the command
 * does. Node 22.8 and later do this themselves (`module.enableCompileCache`). Before, this does, with V8's code cache (`vm.Script`):
 *
 *     V8's data, the same again        NODE_COMPILE_CACHE or ~/.cache/pollux, FILE-VERSION-ARCHITECTURE
 *
 * - V8 refuses data of another version or other flags, and does not look for damage: hence the copy. To compare two copies takes 0.1 ms; a
 *   checksum in JavaScript takes 5 ms, because it runs only once. A file's name has the hash of its source.
 * - What is kept is code, so another user's file is not read, and the folder is for its owner alone.
 * - A file is written whole and then renamed. If anything fails, the command runs without.
 * - Code is kept at the exit, when the functions that a run needs have been compiled. Most servers never exit, because a signal
 *   ends them. So the code is also kept when the program first sleeps, or a second after the start if the event loop is free.
 *
 * NODE_DISABLE_COMPILE_CACHE=1 forbids both.
 */
import fs from "node:fs";
import module from "node:module";
import path from "node:path";
import vm from "node:vm";

/** Bytes. Smaller files are not worth a second one. */
const MIN_SOURCE = 20_000;
/** Milliseconds after the start. */
const SOON = 1_000;

/** Scripts without kept code, by the files for it. */
const unkept = new Map<string, vm.Script>();

/** Of Node 22.8 and 22.10. */
interface NodeCompileCache {
  enableCompileCache?(): void;
  flushCompileCache?(): void;
}

type Loader = (loaded: NodeJS.Module, file: string) => void;

export function keepCompiledCode(): void {
  const { enableCompileCache, flushCompileCache } = module as NodeCompileCache;
  if (enableCompileCache !== undefined) {
    enableCompileCache();
    if (flushCompileCache !== undefined) setTimeout(flushCompileCache, SOON).unref();
    return;
  }
  const folder = folderOf(process.env);
  if (folder === undefined || process.versions.deno !== undefined || process.versions.bun !== undefined) return;
  // The only way in without a flag of Node: deprecated, and here to stay.
  const { extensions } = require as unknown as NodeJS.Require;
  const usual = extensions[".js"] as Loader;
  extensions[".cjs"] = (loaded: NodeJS.Module, file: string) => {
    if (path.dirname(file) !== __dirname || fs.statSync(file).size < MIN_SOURCE) usual(loaded, file);
    else load(loaded, file, path.join(folder, `${path.basename(file)}-${process.version}-${process.arch}`));
  };
}

/** Keeps the code that is compiled so far, before the process ends without an exit. */
export function keepCodeSoFar(): void {
  (module as NodeCompileCache).flushCompileCache?.();
  for (const [kept, script] of unkept) write(kept, script.createCachedData());
}

/** Undefined if nothing may be kept. */
function folderOf(env: NodeJS.ProcessEnv): string | undefined {
  const { HOME, NODE_COMPILE_CACHE, NODE_DISABLE_COMPILE_CACHE, XDG_CACHE_HOME } = env;
  if (NODE_DISABLE_COMPILE_CACHE === "1") return undefined;
  if (NODE_COMPILE_CACHE) return NODE_COMPILE_CACHE;
  const caches = XDG_CACHE_HOME || (HOME && path.join(HOME, ".cache"));
  return caches ? path.join(caches, "pollux") : undefined;
}

function load(loaded: NodeJS.Module, file: string, kept: string): void {
  const cachedData = read(kept);
  const script = new vm.Script(wrapped(file), { filename: file, cachedData });
  if (cachedData === undefined || script.cachedDataRejected) {
    if (unkept.size === 0) {
      process.once("exit", keepCodeSoFar);
      setTimeout(keepCodeSoFar, SOON).unref();
    }
    unkept.set(kept, script);
  }
  const run = script.runInThisContext();
  run.call(loaded.exports, loaded.exports, (id: string) => loaded.require(id), loaded, file, __dirname);
}

/**
 * A file's source in the function wrapper of CommonJS, as one string. V8 would first copy the strings that `module.wrap` joins. The
 * build refuses files that are not ASCII.
 */
function wrapped(file: string): string {
  const [before, after] = module.wrap("\0").split("\0");
  const descriptor = fs.openSync(file, "r");
  try {
    const { size } = fs.fstatSync(descriptor);
    const text = Buffer.allocUnsafe(before.length + size + after.length);
    text.write(before, "latin1");
    let read = 0;
    while (read < size) {
      const count = fs.readSync(descriptor, text, before.length + read, size - read, read);
      if (count === 0) throw new Error(`${file} ends at byte ${read} of ${size}`);
      read += count;
    }
    text.write(after, before.length + size, "latin1");
    return text.toString("latin1");
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Undefined if there is none, or it is damaged or another user's. */
function read(file: string): Buffer | undefined {
  try {
    const descriptor = fs.openSync(file, "r");
    try {
      if (fs.fstatSync(descriptor).uid !== process.getuid?.()) return undefined;
      const bytes = fs.readFileSync(descriptor);
      const middle = bytes.length >>> 1;
      const data = bytes.subarray(0, middle);
      return bytes.compare(data, 0, middle, middle) === 0 ? data : undefined;
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

function write(file: string, data: Buffer): void {
  const written = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    fs.writeFileSync(written, Buffer.concat([data, data]), { mode: 0o600 });
    fs.renameSync(written, file);
  } catch {
    remove(written);
  }
}

function remove(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // Its folder is no folder.
  }
}
