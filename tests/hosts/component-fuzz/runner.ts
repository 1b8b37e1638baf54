/**
 * The process that links and runs damaged components; `fuzz.ts` observes it.
 *
 *     node fuzz-components-runner.js SEED COUNT FILE...
 *
 * Before each component, its seed is written to descriptor 3. Each is refused in one line, or runs to its first call of
 * the host. Exit status 1: a property did not hold, and stdout names it.
 */
import { readFileSync, writeSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import v8 from "node:v8";
import vm from "node:vm";
import { Command, commandOf } from "../../../wasi-host/components/command.ts";
import type { ComponentHost } from "../../../wasi-host/components/host.ts";
import { CompiledComponent } from "../../../wasi-host/components/linker.ts";
import { ComponentError } from "../../../wasi-host/errors/component-error.ts";
import { damaged } from "./mutations.ts";
import { parse } from "./sections.ts";

const REPORT = 3;
const FOUND = 1;
/** Milliseconds of this process's time for refusing a component. */
const LIMIT = 1000;
/** Milliseconds after which a computing guest is ended. */
const PATIENCE = 5000;
/** Instances reserve gigabytes of addresses, which the engine does not notice. */
const BETWEEN_COLLECTIONS = 20;

/** Thrown by every function of the host, when the guest has reached it. */
class Reached extends Error {}

const host: ComponentHost = {
  lower:
    (_interfaceName, _version, _name, { memory, realloc }) =>
    () => {
      if (memory !== undefined) realloc?.(0, 0, 8, 64);
      throw new Reached();
    },
  drop: () => () => undefined,
  waits: () => false,
};

const [seed, count, ...files] = process.argv.slice(2);
const trees = files.map((file) => parse(readFileSync(file)));

/** Compiled modules by their bytes: most of a damaged component is unchanged. */
const known: { readonly bytes: Uint8Array; readonly module: WebAssembly.Module }[] = [];

async function compile(bytes: Uint8Array): Promise<WebAssembly.Module> {
  const found = known.find((other) => other.bytes.length === bytes.length && Buffer.compare(other.bytes, bytes) === 0);
  return found?.module ?? WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>);
}

/** Whether guest code runs. A core module's start function may compute for ever, and so may `run`. */
let inGuest = false;
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
    inGuest = true;
    super(module, imports);
    inGuest = false;
  }
} as typeof WebAssembly.Instance;

/** Makes a call that may not return. */
function bounded(act: () => void): void {
  Object.assign(globalThis, { act });
  vm.runInThisContext("act()", { timeout: PATIENCE });
}

/** Its end in a word, or the fault in its end. */
async function outcome(bytes: Uint8Array): Promise<string> {
  const began = milliseconds();
  inGuest = false;
  try {
    const component = await CompiledComponent.compile(bytes, compile);
    const name = commandOf(component.exports);
    bounded(() => {
      const command = new Command(component.link({ host }), name);
      inGuest = true;
      command.run();
    });
    return "runs";
  } catch (error) {
    if (error instanceof Reached) return "runs";
    if (error instanceof WebAssembly.RuntimeError) return "traps";
    if (error instanceof RangeError && /stack|memory/i.test(error.message)) return "traps";
    const timedOut = (error as { code?: unknown }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
    if (timedOut && inGuest) return "runs on";
    // The clock counts while other processes run: the program may not have run yet.
    if (timedOut && milliseconds() - began < PATIENCE / 2) return outcome(bytes);
    if (error instanceof ComponentError && /^[^\p{Cc}]{1,1010}$/u.test(error.message)) return error.code;
    throw error;
  }
}

const milliseconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

v8.setFlagsFromString("--expose-gc");
if (process.versions.node.startsWith("20.")) v8.setFlagsFromString("--experimental-wasm-extended-const");
for (const file of files) {
  const originals = parse(readFileSync(file));
  const modules = (tree: typeof originals): Uint8Array[] =>
    tree.sections.flatMap(({ id, content }) => {
      if (!(content instanceof Uint8Array)) return modules(content);
      return id === 1 ? [content] : [];
    });
  for (const bytes of modules(originals))
    known.push({ bytes, module: new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>) });
}

const outcomes = new Map<string, number>();
let slowest = { took: 0, seed: 0, outcome: "" };
for (let index = 0; index < Number(count); index++) {
  const own = Number(seed) + index;
  writeSync(REPORT, `${own}\n`);
  const { bytes } = damaged(own, trees);
  const began = milliseconds();
  try {
    const found = await outcome(bytes);
    const took = milliseconds() - began;
    outcomes.set(found, (outcomes.get(found) ?? 0) + 1);
    if (found.startsWith("ERR") && took > slowest.took) slowest = { took, seed: own, outcome: found };
    if (found.startsWith("ERR") && took > LIMIT) throw new Error(`refused after ${Math.round(took)} ms: ${found}`);
  } catch (error) {
    console.log(`seed ${own}: ${(error as Error).stack}`);
    process.exit(FOUND);
  }
  if (index % BETWEEN_COLLECTIONS === 0) {
    await setImmediate();
    globalThis.gc?.();
  }
}
console.log(
  JSON.stringify({
    ...Object.fromEntries(outcomes),
    slowest: `${Math.round(slowest.took)} ms (seed ${slowest.seed}, ${slowest.outcome})`,
  }),
);
