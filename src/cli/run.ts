/** `pollux run`: runs a guest from its file to its exit status. */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import type { BaseName, TraceOptions, WasiHost, WasiHostOptions } from "../../wasi-host/index.ts";
import {
  ArgumentError,
  compile,
  DEFAULT_STACK,
  describeMissingListener,
  describeRefusal,
  execute,
  formatAddress,
  isComponent,
  type LinkingTimes,
  MIN_BUFFERED,
  type Refusal,
  type Story,
} from "../../wasi-host/internal-node.ts";
import { needsPermission, STDERR, writeWhole } from "../../wasi-host/internal-start.ts";
import { grantedSignals, type SignalOrder } from "./caught-signals.ts";
import { type ExplainPlan, explainPlan } from "./explain.ts";
import { describeTrap, TRAPPED } from "./failure.ts";
import { directories, environment } from "./grants.ts";
import { onSuspendedStack, parseStack } from "./guest-stack.ts";
import { inheritedListeners } from "./socket-activation.ts";
import { withSourceLines } from "./source-lines.ts";

/** Frames of a trap's stack trace. V8 keeps ten by default. */
const TRAP_FRAMES = 100;

export interface RunOptions {
  listen?: string[];
  listenFd?: string[];
  connect?: string[];
  bind?: string[];
  inheritNetwork?: boolean;
  dir?: string[];
  env?: string[];
  base?: BaseName;
  driver?: string;
  quiet?: boolean;
  verbose?: boolean;
  /** A filter; NUL for every call. */
  trace?: string;
  traceFile?: string;
  /** A format; NUL for text. */
  explain?: string;
  explainFile?: string;
  stats?: boolean;
  timeout?: string;
  sleep?: "blocking" | "suspending" | "stepping" | "worker";
  maxDescriptors?: string;
  maxHandles?: string;
  maxBuffered?: string;
  maxPages?: string;
  maxStack?: string;
}

/** A run as plain data, which can be passed to another thread. */
export interface Plan {
  readonly path: string;
  /** The module, if it is compiled already. */
  readonly program?: WebAssembly.Module;
  readonly host: WasiHostOptions;
  /** Print the listening addresses. */
  readonly announce: boolean;
  /** Print refused calls. */
  readonly verbose?: boolean;
  readonly trace?: { readonly filter?: readonly string[]; readonly file?: string };
  readonly explain?: ExplainPlan;
  /** Maximum memory in pages of 64 KiB. */
  readonly maxPages?: number;
  /** In bytes. */
  readonly stack: number;
  /** Memory of a `CallStatistics`. */
  readonly statistics?: SharedArrayBuffer;
  readonly signals?: SignalOrder;
}

/**
 * Turns the command line into a plan.
 *
 * @throws Error that names an invalid option
 */
export function plan(path: string, args: readonly string[], options: RunOptions): Plan {
  const { trace, traceFile: file, explain, explainFile } = options;
  if (file !== undefined && trace === undefined) throw new Error("--trace-file needs --trace");
  if (explainFile !== undefined && explain === undefined) throw new Error("--explain-file needs --explain");
  if (trace !== undefined && explain !== undefined) throw new Error("--trace and --explain cannot be combined");
  return {
    path,
    host: hostOptions(path, args, options),
    announce: !options.quiet,
    verbose: options.verbose,
    maxPages: whole(options.maxPages, "--max-pages", 0, 65_536),
    explain: explainPlan(explain, explainFile),
    stack: parseStack(options.maxStack) ?? DEFAULT_STACK,
    ...(trace === undefined ? {} : { trace: { filter: trace === "\0" ? undefined : trace.split(","), file } }),
  };
}

/**
 * Turns the command line into options of the host.
 *
 * @throws Error that names an invalid --dir or --env
 */
function hostOptions(path: string, args: readonly string[], options: RunOptions): WasiHostOptions {
  return {
    args: [path, ...args],
    listen: options.listen,
    listenFds: options.listenFd?.flatMap((text) => inheritedListeners(text, process.env, process.pid)),
    connect: options.connect,
    bind: options.bind,
    inheritNetwork: options.inheritNetwork,
    base: options.base,
    driver: options.driver,
    // In a worker, the worker's thread blocks.
    sleep: options.sleep === "worker" ? "blocking" : options.sleep,
    limits: {
      descriptors: whole(options.maxDescriptors, "--max-descriptors", 3, 1 << 20),
      handles: whole(options.maxHandles, "--max-handles", 1, 1 << 20),
      bufferedBytes: whole(options.maxBuffered, "--max-buffered", MIN_BUFFERED, Number.MAX_SAFE_INTEGER),
    },
    dirs: directories(options.dir),
    env: environment(options.env, process.env),
  };
}

/**
 * Parses a whole number; undefined if the option is not given.
 *
 * @throws Error that names the option
 */
function whole(text: string | undefined, option: string, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new Error(`bad ${option} '${text}': expected a whole number from ${least} to ${most}`);
}

/**
 * Runs the program and returns its exit status.
 *
 * @param component - if its compilation has begun
 * @throws Error if the module or the host refuses to start
 */
export async function run(plan: Plan, component?: ReturnType<typeof compileFile>): Promise<number> {
  const { path, announce, stack, statistics } = plan;
  const story = plan.explain && (await storyOf(plan.explain));
  // A story needs a module that reports to it.
  const compiled = story === undefined ? (plan.program ?? component) : undefined;
  const program = await (compiled ?? compileFile(path, plan.maxPages, story));
  const isModule = program instanceof WebAssembly.Module;
  if (announce && hasSockets(plan.host) && plan.host.driver === undefined && needsPermission()) say(NO_FFI);
  if (plan.verbose && !isModule) say(`'${path}' is a component of WASI 0.2`);
  if (
    isModule &&
    plan.host.sleep === "stepping" &&
    !WebAssembly.Module.exports(program).some(({ name }) => name === "pollux_step")
  ) {
    throw cannotStart(path, "--sleep stepping needs a module that exports pollux_step; use suspending or worker");
  }
  Error.stackTraceLimit = TRAP_FRAMES;
  let isOpen = false;
  /** The first two. */
  const refusals: Refusal[] = [];
  const onRefused = (refusal: Refusal) => {
    if (plan.verbose) say(describeRefusal(refusal));
    else if (refusals.length < 2) refusals.push(refusal);
  };
  try {
    const options: WasiHostOptions = {
      ...plan.host,
      onMissingListener: (fd) => say(describeMissingListener(fd)),
      onRefused,
      ...(plan.trace === undefined ? {} : { trace: traceTo(plan.trace) }),
      ...(story === undefined ? {} : { story }),
      ...(statistics === undefined ? {} : { statistics: await statisticsIn(statistics) }),
    };
    story?.begin(path, !isModule);
    const status = await execute(program, options, {
      name: `'${path}'`,
      onListening(addresses) {
        isOpen = true;
        if (announce) for (const address of addresses) writeWhole(STDERR, `listening on ${formatAddress(address)}\n`);
      },
      ...(plan.verbose ? { onLinked: (times) => say(describeLinking(times)), onTranspiled: sayTranspiled } : {}),
      ...(plan.signals === undefined ? {} : { signals: grantedSignals(plan.signals) }),
      imports: (imports) => withDirectoryHint(imports, plan),
      ...(plan.host.sleep === "suspending" ? { onStack: (start) => onSuspendedStack(stack, start) } : {}),
    });
    story?.end(status);
    if (status !== 0 && announce) sayRefused(refusals);
    return status;
  } catch (error) {
    if (!isOpen) throw error;
    const refused = error instanceof ArgumentError || (error as Error).name === "Error";
    if (error instanceof WebAssembly.LinkError || refused) throw cannotStart(path, (error as Error).message);
    if (announce) sayRefused(refusals);
    say(describeTrap(error, stack, (frames) => (isModule && !story ? withSourceLines(frames, program, path) : frames)));
    return TRAPPED;
  }
}

/** Says what is likely the reason why a program failed. */
function sayRefused([first, second]: readonly Refusal[]): void {
  if (first !== undefined)
    say(`${describeRefusal(first)}${second === undefined ? "" : "; --verbose prints the others"}`);
}

/** `linked in 9.1 ms: decode 1.4, compile 2.2, ...`: bench/start.ts reads it. */
function describeLinking(times: LinkingTimes): string {
  const parts = Object.entries(times);
  const all = parts.reduce((sum, [, time]) => sum + time, 0);
  return `linked in ${all.toFixed(1)} ms: ${parts.map(([part, time]) => `${part} ${time.toFixed(1)}`).join(", ")}`;
}

function sayTranspiled(reason: string, time: number): void {
  say(`${reason}; jco transpiled it in ${time.toFixed(1)} ms`);
}

async function storyOf(plan: ExplainPlan): Promise<Story> {
  const { openStory } = await import("./explain/open-story.ts");
  return openStory(plan, writerTo("--explain-file", plan.file));
}

async function statisticsIn(shared: SharedArrayBuffer): Promise<WasiHostOptions["statistics"]> {
  const { CallStatistics } = await import("../../wasi-host/internal-trace.ts");
  return new CallStatistics(shared);
}

const NO_FFI = "without deno run --allow-ffi, sockets are node:net's (the net driver); --driver net hides this line";

function hasSockets({ listen, listenFds, connect, bind, inheritNetwork }: WasiHostOptions): boolean {
  return inheritNetwork === true || [listen, listenFds, connect, bind].some((given) => given !== undefined);
}

function cannotStart(path: string, reason: string): Error {
  return new Error(`'${path}' cannot start: ${reason}`);
}

function traceTo({ filter, file }: NonNullable<Plan["trace"]>): TraceOptions {
  return { filter, write: writerTo("--trace-file", file) };
}

/**
 * Writes a trace or a story without buffering, so that it is complete after any end of the program.
 *
 * @param file - default: stderr
 * @throws Error that names the option, if the file cannot be opened
 */
function writerTo(option: string, file: string | undefined): (text: string) => void {
  if (file === undefined) return (text) => void writeWhole(STDERR, text);
  const descriptor = openOutput(option, file);
  let ended = false;
  return (text: string) => {
    // Lines after a truncated one would be unreadable.
    if (ended) return;
    const failure = writeWhole(descriptor, text);
    ended = failure !== undefined;
    if (ended) say(`cannot write ${option} '${file}': ${failure}; the ${WRITTEN[option]} stops here`);
  };
}

const WRITTEN: Readonly<Record<string, string>> = { "--trace-file": "trace", "--explain-file": "story" };

function openOutput(option: string, file: string): number {
  try {
    return openSync(file, "w");
  } catch (error) {
    throw new Error(`cannot write ${option} '${file}': ${(error as NodeJS.ErrnoException).code}; give another path`);
  }
}

export function say(line: string): void {
  writeWhole(STDERR, `pollux: ${line}\n`);
}

/** Whether the file is a component, by its first bytes. */
export function isComponentFile(path: string): boolean {
  const start = new Uint8Array(8);
  try {
    const file = openSync(path, "r");
    readSync(file, start);
    closeSync(file);
  } catch {
    // Whatever reads the whole file reports the error.
    return false;
  }
  return isComponent(start);
}

/** Synchronous, because the command has nothing else to do, and node:fs/promises takes a millisecond to load. */
function readProgram(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new Error(`no such file: '${path}'; give the path of a .wasm file`);
    throw new Error(`cannot read '${path}': ${code}; give the path of a .wasm file`);
  }
}

export async function compileFile(path: string, maxPages?: number, story?: Story): ReturnType<typeof compile> {
  const bytes = readProgram(path);
  return compile(story?.prepare(bytes) ?? bytes, maxPages).catch((error: Error) => {
    if (isComponent(bytes)) throw new Error(`'${path}': ${error.message}`);
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    throw new Error(
      `'${path}' is not a WebAssembly module (${error.message}); give a .wasm file built for WASI preview1`,
    );
  });
}

/**
 * Adds a hint to the imports: with --verbose, the first search for a directory is reported if none is granted.
 * Libraries report only ENOENT.
 */
function withDirectoryHint(imports: WasiHost["imports"], { verbose, host: { dirs = {} } }: Plan): WasiHost["imports"] {
  if (!verbose || Object.keys(dirs).length > 0) return imports;
  const calls = imports.wasi_snapshot_preview1;
  let told = false;
  return {
    wasi_snapshot_preview1: {
      ...calls,
      fd_prestat_get(fd: number, result: number) {
        if (!told) say("the program looks for directories, but none is granted; --dir HOST::GUEST grants one");
        told = true;
        return calls.fd_prestat_get(fd, result);
      },
    },
  };
}
