/** `pollux run`: runs a guest from its file to its exit status. */
import { openSync } from "node:fs";
import type { TraceOptions, WasiHost, WasiHostOptions } from "../../wasi-host/index.ts";
import {
  ArgumentError,
  describeMissingListener,
  describeRefusal,
  execute,
  type LinkingTimes,
  type Refusal,
  type Story,
} from "../../wasi-host/internal-node.ts";
import { needsPermission, STDERR, writeWhole } from "../../wasi-host/internal-start.ts";
import type { Begun } from "./begun.ts";
import { grantedSignals } from "./caught-signals.ts";
import type { ExplainPlan } from "./explain.ts";
import { describeTrap, TRAPPED } from "./failure.ts";
import { onSuspendedStack } from "./guest-stack.ts";
import { sayListening } from "./listening.ts";
import type { Plan } from "./plan.ts";
import { compileFile } from "./program-file.ts";
import { withSourceLines } from "./source-lines.ts";

/** Frames of a trap's stack trace. V8 keeps ten by default. */
const TRAP_FRAMES = 100;

/**
 * Runs the program and returns its exit status.
 *
 * @param begun - if it is a component whose start has begun
 * @throws Error if the module or the host refuses to start
 */
export async function run(plan: Plan, begun?: Begun): Promise<number> {
  const { path, announce, stack, statistics } = plan;
  const story = plan.explain && (await storyOf(plan.explain));
  // A story needs a module that reports to it.
  const compiled = story === undefined ? (plan.program ?? begun?.component) : undefined;
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
      network: begun?.network,
      name: `'${path}'`,
      onListening(addresses) {
        isOpen = true;
        if (announce && begun?.network === undefined) sayListening(addresses);
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
