/**
 * A session as the fragment of an address, in characters that need no escape:
 *
 *     1!seed!buffer!latency!step!actions!script
 *
 * An action is a letter and its arguments, separated by "."; actions are separated by "_". Numbers have base 36; times are nanoseconds. A script is UTF-8 in
 * base64url, and empty without one.
 */
import { INSTANCE_FD_BASE } from "../../assembly/abi/epoll.ts";
import type { Action, CallName } from "./actions.ts";
import { ALLOWED, type Kind, OPS, PARAMETERS } from "./checks.ts";
import { MAX_ADDRESS, MAX_BUFFER, MAX_CROWD, MAX_MS, MAX_SCRIPT, MAX_STEPS, MIN_BUFFER } from "./limits.ts";
import type { Settings } from "./world.ts";

/** One action, and where it comes from. */
export interface Step {
  readonly action: Action;
  /** Line of the script, from 1. */
  readonly line?: number;
  /** Worker of the script, from 1, if it has several. */
  readonly worker?: number;
}

/** What an address holds. */
export interface SessionData extends Settings {
  readonly steps: readonly Step[];
  /** The step that is shown. */
  readonly step: number;
  /** The source of the script that has made the steps. */
  readonly script?: string;
}

export type SessionErrorCode = "too-long" | "version" | "damaged" | "range" | "too-many";

/** An address that is no session. */
export class SessionError extends Error {
  override readonly name = "SessionError";
  readonly code: SessionErrorCode;

  constructor(code: SessionErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const VERSION = "1";
const MAX_SEED = 0xffff_ffff;
/** Of a millisecond: times are whole nanoseconds. */
const NANOSECONDS = 1_000_000;
const MAX_LINE = 100_000;
/** Letters of the calls. They stay as they are: addresses are kept for years. */
const LETTERS: Readonly<Record<CallName, string>> = {
  ...{ listen: "l", accept: "a", recv: "r", send: "s", shutdown: "h", close: "x" },
  ...{ epoll_create: "E", epoll_ctl: "C", epoll_wait: "W", poll: "P", select: "S" },
  ...{ connect: "c", client_send: "d", client_flood: "f", client_recv: "t", client_reads: "k" },
  ...{ client_shutdown: "e", client_close: "z", client_reset: "R", crowd: "m", advance: "v", wake: "w" },
};
const CALLS = new Map(Object.entries(LETTERS).map(([call, letter]) => [letter, call as CallName]));

export function encode({ seed, bufferSize, latencyMs, steps, step, script = "" }: SessionData): string {
  const parts = [VERSION, ...[seed, bufferSize, latencyMs * NANOSECONDS, step].map(text), steps.map(textOf).join("_")];
  return [...parts, base64(script)].join("!");
}

function text(value: number): string {
  return Math.round(value).toString(36);
}

function textOf({ action, line, worker }: Step): string {
  const values = action as unknown as Readonly<Record<string, unknown>>;
  const fields = PARAMETERS[action.call].map(({ name, kind }) => WRITE[kind](values[name]));
  while (fields.at(-1) === "") fields.pop();
  const origin = line === undefined ? "" : `:${text(line)}${worker === undefined ? "" : `:${text(worker)}`}`;
  return LETTERS[action.call] + fields.join(".") + origin;
}

const number = (value: unknown) => (value === undefined ? "" : text(value as number));
/** Instances are numbered from a large base, which an address does not repeat. */
const descriptor = (value: unknown) => {
  const fd = value as number | undefined;
  return fd !== undefined && fd >= INSTANCE_FD_BASE ? `*${text(fd - INSTANCE_FD_BASE)}` : number(fd);
};

const WRITE: Readonly<Record<Kind, (value: unknown) => string>> = {
  fd: descriptor,
  ...{ client: number, length: number, most: number, timeout: number, events: number, crowd: number, count: number },
  op: (value) => text(OPS.indexOf(value as (typeof OPS)[number])),
  flag: (value) => (value === true ? "1" : "0"),
  ms: (value) => number((value as number) * NANOSECONDS),
  fds: (value) => (value as number[]).map(descriptor).join("-"),
  entries: (value) =>
    (value as [number, number][]).map(([fd, events]) => `${descriptor(fd)}~${number(events)}`).join("-"),
};

/** A number of base 36; NaN for anything else, which no check lets pass. */
function numberOf(part: string): number {
  return /^-?[0-9a-z]{1,10}$/.test(part) ? Number.parseInt(part, 36) : Number.NaN;
}

function descriptorOf(part: string): number {
  return part.startsWith("*") ? INSTANCE_FD_BASE + numberOf(part.slice(1)) : numberOf(part);
}

const list = (part: string) => (part === "" ? [] : part.split("-"));

const READ: Readonly<Record<Kind, (part: string) => unknown>> = {
  fd: descriptorOf,
  ...{ client: numberOf, length: numberOf, most: numberOf, timeout: numberOf, events: numberOf },
  ...{ crowd: numberOf, count: numberOf },
  op: (part) => OPS[numberOf(part)],
  flag: (part) => (part === "1" ? true : part === "0" ? false : undefined),
  ms: (part) => numberOf(part) / NANOSECONDS,
  fds: (part) => list(part).map(descriptorOf),
  entries: (part) =>
    list(part).map((entry) => {
      const [fd = "", events = "", ...more] = entry.split("~");
      return [descriptorOf(fd), numberOf(events), ...more];
    }),
};

/**
 * Reads a fragment, with or without its "#".
 *
 * @throws SessionError "too-long", "version", "damaged" (the text is cut off or changed), "range" (a number is not allowed), "too-many"
 */
export function decode(fragment: string): SessionData {
  const whole = fragment.startsWith("#") ? fragment.slice(1) : fragment;
  if (whole.length > MAX_ADDRESS)
    throw new SessionError("too-long", `the address has more than ${MAX_ADDRESS} characters`);
  const parts = whole.split("!");
  if (parts[0] !== VERSION) throw new SessionError("version", "the address is not of a session, or of a newer page");
  if (parts.length !== 7) throw new SessionError("damaged", "the address is not complete");
  const [, seed, size, latency, step, actions, script] = parts;
  const steps = actions === "" ? [] : actions.split("_");
  if (steps.length > MAX_STEPS) throw new SessionError("too-many", `the address has more than ${MAX_STEPS} steps`);
  const read = steps.map(stepOf);
  const crowds = read.reduce((sum, { action }) => sum + (action.call === "crowd" ? action.count : 0), 0);
  if (crowds > MAX_CROWD) throw new SessionError("too-many", `the address has more than ${MAX_CROWD} connections`);
  const source = scriptOf(script);
  return {
    seed: inRange("seed", seed, 0, MAX_SEED),
    bufferSize: inRange("buffer", size, MIN_BUFFER, MAX_BUFFER),
    latencyMs: inRange("latency", latency, 0, MAX_MS * NANOSECONDS) / NANOSECONDS,
    step: inRange("step", step, 0, read.length),
    steps: read,
    ...(source === "" ? {} : { script: source }),
  };
}

function inRange(name: string, part: string, least: number, most: number): number {
  const value = numberOf(part);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new SessionError(
    Number.isNaN(value) ? "damaged" : "range",
    `the address's ${name} is not from ${least} to ${most}`,
  );
}

function stepOf(part: string, index: number): Step {
  const [head, line, worker, ...more] = part.split(":");
  const call = CALLS.get(head[0]);
  if (call === undefined || more.length > 0)
    throw new SessionError("damaged", `step ${index + 1} of the address is no call`);
  const fields = head.length === 1 ? [] : head.slice(1).split(".");
  const parameters = PARAMETERS[call];
  if (fields.length > parameters.length) {
    throw new SessionError("damaged", `step ${index + 1} of the address has too many arguments`);
  }
  const action: Record<string, unknown> = { call };
  for (const [at, { name, kind, optional }] of parameters.entries()) {
    const field = fields[at] ?? "";
    if (field === "" && optional === true) continue;
    const value = READ[kind](field);
    if (!ALLOWED[kind](value)) throw new SessionError("range", `step ${index + 1} of the address: ${call}'s ${name}`);
    action[name] = value;
  }
  return {
    action: action as unknown as Action,
    ...(line === undefined ? {} : { line: inRange("line", line, 1, MAX_LINE) }),
    ...(worker === undefined ? {} : { worker: inRange("worker", worker, 1, MAX_LINE) }),
  };
}

function base64(script: string): string {
  const bytes = new TextEncoder().encode(script);
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function scriptOf(part: string): string {
  let script: string;
  try {
    const binary = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
    script = new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(binary, (one) => one.charCodeAt(0)));
  } catch {
    throw new SessionError("damaged", "the script of the address cannot be read");
  }
  if (script.length > MAX_SCRIPT)
    throw new SessionError("too-long", `the script has more than ${MAX_SCRIPT} characters`);
  return script;
}
