/**
 * A thread that compiles AssemblyScript: a job in, a module out, with the hashes of all files that asc has asked for.
 *
 * A job with a `wasi` of "0.2" or "0.3" becomes a component for stock hosts such as wasmtime: a core module that imports the
 * functions of that version by the names and signatures of the canonical ABI, wrapped together with its world. A `standard` job is
 * compiled as a user's program is, with the standard library that `assembly/asconfig.json` makes of AssemblyScript's own. Any
 * job may have more options of asc's.
 */
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parentPort } from "node:worker_threads";
import asc from "assemblyscript/asc";
import Program, { EngineExports } from "../assembly/standard/transform.mjs";
import { hashOf } from "./stamps.mjs";

/** An example imports the package by its name, which here is this folder's. */
const OWN = /^.*node_modules\/pollux\//;

/** What the package's asconfig.json gives users' programs, in which it names the transform as the package does. */
const CONFIG = "assembly/asconfig.json";

/** The constant that chooses the system, and the world in its file. */
const TARGETS = {
  0.2: { use: "POLLUX_WASIP2=1", wit: "assembly/sys/component.wit", world: "command" },
  0.3: { use: "POLLUX_WASIP3=1", wit: "assembly/sys/component-0-3.wit", world: "program" },
};

/** @param {{ sources: string[], runtime: string, wasi?: "0.2" | "0.3", standard?: boolean, options?: string[] }} job */
async function compile({ sources, runtime, wasi, standard, options: more = [] }) {
  const inputs = new Map();
  const read = (file) => {
    const text = readOrNull(file);
    inputs.set(file, text === null ? null : hashOf(text));
    return text;
  };
  const target = TARGETS[wasi];
  const use = target === undefined ? [] : ["--use", target.use];
  const options = standard ? standardOptions(JSON.parse(read(resolve(CONFIG)))) : [];
  let binary;
  const { error, stderr } = await asc.main(
    [...sources, "--outFile", "out.wasm", "--runtime", runtime, ...use, ...options, ...more],
    {
      transforms: transformsOf(sources, standard),
      readFile: (name, base) => read(resolve(base, name.replace(OWN, ""))),
      writeFile: (_name, content) => {
        binary = content;
      },
    },
  );
  const complaint = stderr.toString().replace("Last converge was suboptimal.\n", "");
  if (error !== null) throw new Error(`asc could not compile ${sources[0]}:\n${complaint}`);
  if (complaint !== "") process.stderr.write(complaint);
  if (target !== undefined) binary = await componentOf(binary, read(resolve(target.wit)), target.world, wasi);
  return { binary, inputs };
}

/** core.wasm exports its calls itself. */
function transformsOf(sources, standard) {
  if (standard) return [Program];
  return sources.includes("assembly/core.ts") ? [] : [EngineExports];
}

/** The options of the package's configuration; this folder's own, for programs that have no standard library, are left out. */
function standardOptions({ options: { lib, use } }) {
  const folders = lib.map((folder) => join(dirname(CONFIG), folder));
  return [
    "--config",
    "none",
    "--optimizeLevel",
    "3",
    "--shrinkLevel",
    "0",
    "--lib",
    folders.join(),
    "--use",
    use.join(),
  ];
}

async function componentOf(core, witSource, world, wasi) {
  const { componentEmbed, componentNew } = await import("@bytecodealliance/jco");
  const binary = await withRun(core, wasi);
  const embedded = await componentEmbed({ binary, witSource, world, stringEncoding: "utf8" });
  return componentNew(embedded, []);
}

/**
 * `wasi:cli/run` in place of `_start`: a name that AssemblyScript cannot give an export, and a result, 0 for success.
 * The preview1 adapter also has a `run` that calls `_start`, but it is one more module to link at each start.
 */
async function withRun(binary, wasi) {
  const { parse, print } = await import("@bytecodealliance/jco");
  const text = await print(binary);
  const [entry, start] = /\(export "_start" \(func (\S+)\)\)/.exec(text) ?? [];
  if (entry === undefined) throw new Error("a program exports _start: this module has none");
  // The last function, so the numbers of the others do not change.
  const run = `(func (export "wasi:cli/run@${wasi}.0#run") (result i32) (call ${start}) (i32.const 0))`;
  return parse(text.replace(entry, "").replace(/\)\s*$/, `${run})`));
}

function readOrNull(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

parentPort.on("message", async (job) => {
  try {
    parentPort.postMessage(await compile(job));
  } catch (error) {
    parentPort.postMessage({ error: error.message });
  }
});
