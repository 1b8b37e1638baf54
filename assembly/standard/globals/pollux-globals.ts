// @ts-nocheck
/**
 * The meaning of AssemblyScript's own names in a WASI program: `asconfig.json` replaces the global NAME, whose
 * implementation imports a browser's or Node's, by `pollux_NAME`. A name costs only programs that use it.
 *
 * asc makes this folder a part of its standard library, where all exports are global. So it imports the package by its
 * name, and asc's own `date` too; TypeScript knows neither this nor decorators of variables.
 */
import { abortWith } from "pollux/assembly/standard/abort";
import { monotonicTime, wallTime } from "pollux/assembly/standard/clock";
import { writeBytes, writeText } from "pollux/assembly/standard/output";
import { args, env, exit as exitProgram } from "pollux/assembly/standard/process";
import { randomBits, randomBytes } from "pollux/assembly/standard/random";
import { now as monotonicClock } from "pollux/assembly/sys/system";
import { Date } from "date";

const STDOUT: i32 = 1;
const STDERR: i32 = 2;

export function pollux_abort(
  message: string | null = null,
  fileName: string | null = null,
  lineNumber: u32 = 0,
  columnNumber: u32 = 0,
): void {
  abortWith(message, fileName, lineNumber, columnNumber);
}

export function pollux_trace(
  message: string,
  count: i32 = 0,
  a0: f64 = 0,
  a1: f64 = 0,
  a2: f64 = 0,
  a3: f64 = 0,
  a4: f64 = 0,
): void {
  let text = "trace: " + message;
  if (count > 0) text += " " + a0.toString();
  if (count > 1) text += ", " + a1.toString();
  if (count > 2) text += ", " + a2.toString();
  if (count > 3) text += ", " + a3.toString();
  if (count > 4) text += ", " + a4.toString();
  writeText(STDERR, text, true);
}

/** The seed of Math.random. */
export function pollux_seed(): f64 {
  return reinterpret<f64>(randomBits());
}

@lazy const timers = new Map<string, f64>();

/** log, info and debug write to standard output, the others to standard error, as in Node. */
export namespace pollux_console {
  export function assert<T>(condition: T, message: string = ""): void {
    if (condition) return;
    writeText(STDERR, message.length > 0 ? "Assertion failed: " + message : "Assertion failed", true);
  }

  export function log(message: string = ""): void {
    writeText(STDOUT, message, true);
  }

  export function debug(message: string = ""): void {
    writeText(STDOUT, message, true);
  }

  export function info(message: string = ""): void {
    writeText(STDOUT, message, true);
  }

  export function warn(message: string = ""): void {
    writeText(STDERR, message, true);
  }

  export function error(message: string = ""): void {
    writeText(STDERR, message, true);
  }

  export function time(label: string = "default"): void {
    if (timers.has(label)) writeText(STDERR, `Warning: Label '${label}' already exists for console.time()`, true);
    else timers.set(label, monotonicTime());
  }

  export function timeLog(label: string = "default"): void {
    if (!timers.has(label)) writeText(STDERR, `Warning: No such label '${label}' for console.timeLog()`, true);
    else logTime(label);
  }

  export function timeEnd(label: string = "default"): void {
    if (!timers.has(label)) {
      writeText(STDERR, `Warning: No such label '${label}' for console.timeEnd()`, true);
      return;
    }
    logTime(label);
    timers.delete(label);
  }
}

function logTime(label: string): void {
  const hundredths = Math.round((monotonicTime() - timers.get(label)) * 100);
  writeText(STDOUT, `${label}: ${hundredths / 100}ms`, true);
}

export namespace pollux_crypto {
  export function getRandomValues(array: Uint8Array): void {
    if (randomBytes(array.dataStart, array.length) < 0) throw new Error("the host has no random numbers");
  }
}

export namespace pollux_performance {
  export function now(): f64 {
    return monotonicTime();
  }
}

export class pollux_Date extends Date {
  static now(): i64 {
    return <i64>wallTime();
  }

  static parse(text: string): pollux_Date {
    return pollux_Date.fromString(text);
  }

  static fromString(text: string): pollux_Date {
    return new pollux_Date(Date.fromString(text).getTime());
  }
}

/** A standard stream to write to: its address is its descriptor. */
@unmanaged
class WritableStream {
  /** Writes a string or an ArrayBuffer. Bytes that the host refuses are lost. */
  write<T>(data: T): void {
    if (isString<T>()) writeText(<i32>changetype<usize>(this), changetype<string>(data));
    else if (data instanceof ArrayBuffer) {
      writeBytes(<i32>changetype<usize>(this), changetype<usize>(data), data.byteLength);
    } else ERROR("a string or an ArrayBuffer is expected");
  }
}

export namespace pollux_process {
  @lazy export const arch = "wasm32";
  @lazy export const platform = "wasm";
  @lazy export const argv = args();
  @lazy export const env = variables();
  @lazy export let exitCode = 0;
  @lazy export const stdout = changetype<WritableStream>(<usize>STDOUT);
  @lazy export const stderr = changetype<WritableStream>(<usize>STDERR);

  export function exit(code: i32 = exitCode): void {
    exitProgram(code);
  }

  export function time(): i64 {
    return <i64>wallTime();
  }

  export function hrtime(): u64 {
    return monotonicClock();
  }
}

/** Under another name, because `process.env` has this one. */
function variables(): Map<string, string> {
  return env();
}
