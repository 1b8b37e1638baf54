/** `pollux run`: one guest, from its file to its exit status. */
import { openSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import {
  type BaseName,
  CallStatistics,
  describeRefusal,
  formatAddress,
  limitMemory,
  type TraceOptions,
  WasiHost,
  type WasiHostOptions,
} from "../../wasi-host/index.ts";
import { LEAST_BUFFERED } from "../../wasi-host/limits.ts";
import { ProcessExit } from "../../wasi-host/preview1/process.ts";
import { isGo } from "../../wasi-host/running/go.ts";
import { describeTrap, TRAPPED } from "./failure.ts";
import { inheritedListeners } from "./socket-activation.ts";

const STDERR = 2;
const MODULE_NAME = "wasi_snapshot_preview1";
/** A guest's stack is what a trap is about; V8 keeps ten frames unless told. */
const TRAP_FRAMES = 100;

export interface RunOptions {
  listen: string[];
  listenFd: string[];
  connect: string[];
  bind: string[];
  dir: string[];
  env: string[];
  base?: BaseName;
  driver?: string;
  quiet?: boolean;
  verbose?: boolean;
  /** A NUL: every call. */
  trace?: string;
  traceFile?: string;
  stats?: boolean;
  timeout?: string;
  sleep?: "blocking" | "suspending" | "stepping" | "worker";
  maxDescriptors?: string;
  maxBuffered?: string;
  maxPages?: string;
}

/** What is to be run, and how: plain data, which another thread can be given. */
export interface Plan {
  readonly path: string;
  readonly host: WasiHostOptions;
  /** Say where the listeners are. */
  readonly announce: boolean;
  /** Say what the guest was refused. */
  readonly verbose?: boolean;
  readonly trace?: { readonly filter?: readonly string[]; readonly file?: string };
  /** Of 64 KiB: more is no memory that the guest can have. */
  readonly maxPages?: number;
  /** Memory of a `CallStatistics`. */
  readonly statistics?: SharedArrayBuffer;
}

/** Throws an Error that names the option which is bad. */
export function plan(path: string, args: readonly string[], options: RunOptions): Plan {
  const { trace, traceFile: file } = options;
  if (file !== undefined && trace === undefined) throw new Error("--trace-file without --trace: give both");
  return {
    path,
    host: hostOptions(path, args, options),
    announce: !options.quiet,
    verbose: options.verbose,
    maxPages: whole(options.maxPages, "--max-pages", 0, 65_536),
    ...(trace === undefined ? {} : { trace: { filter: trace === "\0" ? undefined : trace.split(","), file } }),
  };
}

/** The options of the command line as the host's. Throws an Error that names a bad --dir or --env. */
function hostOptions(path: string, args: readonly string[], options: RunOptions): WasiHostOptions {
  return {
    args: [path, ...args],
    listen: options.listen,
    listenFds: options.listenFd.flatMap((text) => inheritedListeners(text, process.env, process.pid)),
    connect: options.connect,
    bind: options.bind,
    base: options.base,
    driver: options.driver,
    // In a worker it is the worker's thread that blocks.
    sleep: options.sleep === "worker" ? "blocking" : options.sleep,
    limits: {
      descriptors: whole(options.maxDescriptors, "--max-descriptors", 3, 1 << 20),
      bufferedBytes: whole(options.maxBuffered, "--max-buffered", LEAST_BUFFERED, Number.MAX_SAFE_INTEGER),
    },
    dirs: pairs(options.dir, /^(?<value>.+?)::(?<key>.+)$/s, "--dir", "HOST::GUEST, for example ./data::/data"),
    env: pairs(options.env, /^(?<key>[^=]+)=(?<value>.*)$/s, "--env", "KEY=VALUE, for example LANG=C"),
  };
}

/** A number of the command line; undefined where none is given. Throws an Error that names the option. */
function whole(text: string | undefined, option: string, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new Error(`bad ${option} '${text}': expected a whole number from ${least} to ${most}`);
}

function pairs(texts: readonly string[], pattern: RegExp, option: string, expected: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const text of texts) {
    const { key, value } = pattern.exec(text)?.groups ?? {};
    if (key === undefined) throw new Error(`bad ${option} '${text}': expected ${expected}`);
    if (Object.hasOwn(found, key)) throw new Error(`bad ${option} '${text}': '${key}' is given twice, once is enough`);
    found[key] = value;
  }
  return found;
}

/** Runs the module and returns the exit status for the process. Throws where the module or the host refuses to start. */
export async function run(plan: Plan): Promise<number> {
  const { path, announce, statistics } = plan;
  const module = await compile(path, plan.maxPages);
  const host = await WasiHost.open({
    ...plan.host,
    nonblockingListeners: isGo(module),
    ...(plan.verbose ? { onRefused: (refusal) => say(describeRefusal(refusal)) } : {}),
    ...(plan.trace === undefined ? {} : { trace: traceTo(plan.trace) }),
    ...(statistics === undefined ? {} : { statistics: new CallStatistics(statistics) }),
  });
  try {
    checkImports(module, path, host);
    if (announce) for (const address of host.listening) writeSync(STDERR, `listening on ${formatAddress(address)}\n`);
    return await start(module, plan, host);
  } finally {
    host.dispose();
  }
}

/** To a file that is there at once and whole, whatever ends the program: nothing is kept back. */
function traceTo({ filter, file }: NonNullable<Plan["trace"]>): TraceOptions {
  const descriptor = file === undefined ? STDERR : openTrace(file);
  return { filter, write: (text) => void writeSync(descriptor, text) };
}

function openTrace(file: string): number {
  try {
    return openSync(file, "w");
  } catch (error) {
    throw new Error(`cannot write --trace-file '${file}': ${(error as NodeJS.ErrnoException).code}; give another path`);
  }
}

function say(line: string): void {
  writeSync(STDERR, `pollux: ${line}\n`);
}

async function compile(path: string, maxPages?: number): Promise<WebAssembly.Module> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new Error(`no such file: '${path}'; give the path of a .wasm file`);
    throw new Error(`cannot read '${path}': ${error.code}; give the path of a .wasm file`);
  });
  // A component (layer 1) has the same magic number, and an error of V8's that nobody would understand.
  if (bytes.subarray(0, 8).equals(Buffer.from("\0asm\x0d\0\x01\0", "latin1"))) {
    throw new Error(`'${path}' is a WebAssembly component; pollux runs core modules built for ${MODULE_NAME}`);
  }
  const limited = maxPages === undefined ? bytes : limitMemory(bytes, maxPages);
  return WebAssembly.compile(limited).catch((error: Error) => {
    throw new Error(`'${path}' is no WebAssembly module (${error.message}); give a .wasm file built for WASI preview1`);
  });
}

function checkImports(module: WebAssembly.Module, path: string, host: WasiHost): void {
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (from === MODULE_NAME && Object.hasOwn(host.imports.wasi_snapshot_preview1, name)) continue;
    throw new Error(`'${path}' imports ${from}.${name}, which is not in ${MODULE_NAME}; build it for WASI preview1`);
  }
}

async function start(
  module: WebAssembly.Module,
  { path, host: { sleep = "blocking" } }: Plan,
  host: WasiHost,
): Promise<number> {
  Error.stackTraceLimit = TRAP_FRAMES;
  try {
    const instance = new WebAssembly.Instance(module, { ...host.imports });
    if (sleep === "stepping" && !("pollux_step" in instance.exports)) {
      throw new Error("--sleep stepping needs a module that exports pollux_step; use suspending or worker");
    }
    return sleep === "blocking" ? host.start(instance) : await host.startAsync(instance);
  } catch (error) {
    if (error instanceof WebAssembly.LinkError || (error as Error).name === "Error") {
      throw new Error(`'${path}' cannot be started: ${(error as Error).message}`);
    }
    // A start function can leave before there is an instance to give to the host.
    if (error instanceof ProcessExit) return error.code;
    say(describeTrap(error));
    return TRAPPED;
  }
}
