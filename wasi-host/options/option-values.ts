/** Checks the values of a host's options, which JavaScript callers can get wrong, before anything is opened. */
import { ArgumentError, checkOptions, shown } from "../errors/argument-error.ts";
import { HOST_OPTIONS, type WasiHostOptions } from "./options.ts";

const SLEEPS = ["blocking", "suspending", "stepping"];

/**
 * Throws an ArgumentError that names the option and the value.
 *
 * @param call the call that got the options
 * @param known all names, if there are more than the host's
 * @param sleeps the valid ways to sleep
 */
export function checkHostOptions(
  call: string,
  options: WasiHostOptions,
  known: Readonly<Record<string, true>> = HOST_OPTIONS,
  sleeps: readonly string[] = SLEEPS,
): void {
  checkOptions(call, options, known);
  const { args, env, listen, listenFds, connect, bind, dirs, driver, sleep, stdin, stdout, stderr } = options;
  each("args", args, isCText, "text without NUL");
  each("listen", listen, isAddress, "HOST:PORT, for example '127.0.0.1:8080', or { host, port }");
  each("listenFds", listenFds, isDescriptor, "a descriptor's number");
  for (const [name, grants] of Object.entries({ connect, bind })) each(name, grants, isText, "HOST:PORT");
  record(
    "env",
    env,
    (value, name) => isCText(value) && isCText(name) && name !== "" && !name.includes("="),
    "text without NUL",
  );
  record("dirs", dirs, isDirectory, "a path, or { path, readOnly }");
  one("driver", driver, isDriver, "a driver's name, or a driver that is open");
  one("inheritNetwork", options.inheritNetwork, (value) => typeof value === "boolean", "true or false");
  one("sleep", sleep, (value) => sleeps.includes(value as string), sleeps.map(shown).join(", "));
  one("stdin", stdin, isInput, "text, bytes, or a stream of bytes");
  for (const [name, output] of Object.entries({ stdout, stderr }))
    one(name, output, isOutput, "a function, or a stream");
}

type Test = (value: unknown, name: string) => boolean;

function one(name: string, value: unknown, fits: Test, expected: string): void {
  if (value === undefined || fits(value, name)) return;
  throw new ArgumentError(`${name} ${shown(value)}: expected ${expected}`, "ERR_INVALID_ARG_TYPE");
}

function each(name: string, values: unknown, fits: Test, expected: string): void {
  one(name, values, Array.isArray, `an array, each ${expected}`);
  for (const [index, value] of ((values as unknown[] | undefined) ?? []).entries()) {
    one(`${name}[${index}]`, value ?? null, fits, expected);
  }
}

function record(name: string, values: unknown, fits: Test, expected: string): void {
  one(name, values, isRecord, `an object whose values are each ${expected}`);
  for (const [key, value] of Object.entries(values ?? {})) {
    if (fits(value, key)) continue;
    throw new ArgumentError(`${name}[${shown(key)}] ${shown(value)}: expected ${expected}`, "ERR_INVALID_ARG_TYPE");
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** WASI's arguments and variables are NUL-terminated. */
function isCText(value: unknown): value is string {
  return isText(value) && !value.includes("\0");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isAddress(value: unknown): boolean {
  return isText(value) || (isRecord(value) && isText(value.host) && typeof value.port === "number");
}

function isDescriptor(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0;
}

function isDirectory(value: unknown): boolean {
  return isText(value) || (isRecord(value) && isText(value.path));
}

function isDriver(value: unknown): boolean {
  return isText(value) || (isRecord(value) && typeof value.poll === "function");
}

function isInput(value: unknown): boolean {
  if (isText(value) || value instanceof Uint8Array) return true;
  return isRecord(value) && (Symbol.asyncIterator in value || typeof value.handle === "number");
}

function isOutput(value: unknown): boolean {
  if (typeof value === "function") return true;
  return isRecord(value) && ("write" in value || "getWriter" in value || typeof value.handle === "number");
}
