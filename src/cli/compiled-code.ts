/**
 * Keeps the compiled code of the command's files between runs: reading the source of a run takes V8 as long as all else that the command
 * does. Node 22.8 and later do this themselves (`module.enableCompileCache`). Before, this does, with V8's code cache (`vm.Script`):
 *
 *     { checksum: u32, length: u32 }, V8's data        NODE_COMPILE_CACHE or ~/.cache/pollux, FILE-VERSION-ARCHITECTURE
 *
 * - V8 refuses data of another version or other flags, and does not look for damage: hence the checksum. A file's name has the hash of
 *   its source.
 * - What is kept is code, so another user's file is not read, and the folder is for its owner alone.
 * - A file is written whole and then renamed. If anything fails, the command runs without.
 *
 * NODE_DISABLE_COMPILE_CACHE=1 forbids both.
 */
import fs from "node:fs";
import module from "node:module";
import path from "node:path";
import vm from "node:vm";

/** Bytes. Smaller files are not worth a second one. */
const MIN_SOURCE = 20_000;
const HEADER_SIZE = 8;

type Loader = (loaded: NodeJS.Module, file: string) => void;

export function keepCompiledCode(): void {
  const { enableCompileCache } = module as { enableCompileCache?(): void };
  if (enableCompileCache !== undefined) {
    enableCompileCache();
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
  const script = new vm.Script(module.wrap(fs.readFileSync(file, "utf8")), { filename: file, cachedData });
  if (cachedData === undefined || script.cachedDataRejected) {
    // At the end, when the functions that a run needs have been compiled.
    process.once("exit", () => write(kept, script.createCachedData()));
  }
  const run = script.runInThisContext();
  run.call(loaded.exports, loaded.exports, (id: string) => loaded.require(id), loaded, file, __dirname);
}

/** Undefined if there is none, or it is damaged or another user's. */
function read(file: string): Buffer | undefined {
  try {
    const descriptor = fs.openSync(file, "r");
    try {
      if (fs.fstatSync(descriptor).uid !== process.getuid?.()) return undefined;
      const bytes = fs.readFileSync(descriptor);
      const data = bytes.subarray(HEADER_SIZE);
      const whole = bytes.readUInt32LE(4) === data.length && bytes.readUInt32LE(0) === checksumOf(data);
      return whole ? data : undefined;
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

function write(file: string, data: Buffer): void {
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeUInt32LE(checksumOf(data), 0);
  header.writeUInt32LE(data.length, 4);
  const written = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    fs.writeFileSync(written, Buffer.concat([header, data]), { mode: 0o600 });
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

/** Unsigned. Of whole words: V8's data has no others. */
function checksumOf(data: Buffer): number {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length >>> 2);
  let sum = 0;
  for (let at = 0; at < words.length; at++) sum = (Math.imul(sum, 31) + words[at]) | 0;
  return sum >>> 0;
}
