/** What `pollux run` was asked for, checked, as plain data. */
import type { BaseName, WasiHostOptions } from "../../wasi-host/index.ts";
import { DEFAULT_STACK, MIN_BUFFERED } from "../../wasi-host/internal-node.ts";
import type { SignalOrder } from "./caught-signals.ts";
import { type ExplainPlan, explainPlan } from "./explain.ts";
import { directories, environment } from "./grants.ts";
import { parseStack } from "./guest-stack.ts";
import { inheritedListeners } from "./socket-activation.ts";

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
